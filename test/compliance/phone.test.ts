import t from 'tap';
import { isE164, normalisePhone, type PhoneKind, type PhoneProblem } from '../../src/compliance/phone.ts';

t.test('numbers as people and carriers write them become E.164', async t => {
  const cases: [text: string, country: string, e164: string, kind: PhoneKind, home: string | undefined][] = [
    ['+12125550123', 'US', '+12125550123', 'landline-or-mobile', 'US'],
    ['+1 212 555 0123', 'DE', '+12125550123', 'landline-or-mobile', 'US'],
    ['(212) 555-0123', 'US', '+12125550123', 'landline-or-mobile', 'US'],
    ['212.555.0123', 'US', '+12125550123', 'landline-or-mobile', 'US'],
    ['1-212-555-0123', 'US', '+12125550123', 'landline-or-mobile', 'US'],
    ['212\u2013555\u20110123', 'US', '+12125550123', 'landline-or-mobile', 'US'],
    ['+1\u00a0212\u2009555 0123', 'US', '+12125550123', 'landline-or-mobile', 'US'],
    ['\u202a+12125550123\u202c', 'US', '+12125550123', 'landline-or-mobile', 'US'],
    ['tel:+12125550123', 'US', '+12125550123', 'landline-or-mobile', 'US'],
    ['＋１２１２５５５０１２３', 'US', '+12125550123', 'landline-or-mobile', 'US'],
    ['  +12125550123\n', 'US', '+12125550123', 'landline-or-mobile', 'US'],
    ['030 901820', 'DE', '+4930901820', 'landline', 'DE'],
    ['+49 (0)30 901820', 'US', '+4930901820', 'landline', 'DE'],
    ['0044 20 7946 0018', 'DE', '+442079460018', 'landline', 'GB'],
    ['011 44 20 7946 0018', 'US', '+442079460018', 'landline', 'GB'],
    ['06 698 12345', 'IT', '+390669812345', 'landline', 'VA'],
    ['+1 800 555 0199', 'US', '+18005550199', 'toll-free', 'US'],
    ['+1 900 555 0123', 'US', '+19005550123', 'premium', 'US'],
    ['+44 909 879 0000', 'US', '+449098790000', 'premium', 'GB'],
    ['+800 1234 5678', 'US', '+80012345678', 'toll-free', undefined],
  ];
  for (const [text, country, e164, kind, home] of cases) {
    const phone = normalisePhone(text, country);
    t.match(phone, { ok: true, e164, kind, country: home, assigned: true }, `${JSON.stringify(text)} in ${country}`);
    t.ok(phone.ok && isE164(phone.e164));
  }
});

t.test('a number that our tables do not know yet is kept, and marked', async t => {
  t.match(normalisePhone('+15555550123', 'US'), { ok: true, e164: '+15555550123', assigned: false, kind: 'unknown' });
});

t.test('everything else is refused with its reason', async t => {
  const cases: [text: unknown, country: string, reason: PhoneProblem][] = [
    ['', 'US', 'empty'],
    [' \t\u200b', 'US', 'empty'],
    [undefined, 'US', 'empty'],
    [null, 'US', 'empty'],
    [12125550123, 'US', 'not-a-number'],
    [{ $gt: '' }, 'US', 'not-a-number'],
    [['+12125550123'], 'US', 'not-a-number'],
    ['2.0255501E+09', 'US', 'spreadsheet-number'],
    ['1,2025550123e10', 'US', 'spreadsheet-number'],
    ['2025550123.0', 'US', 'spreadsheet-number'],
    ['+', 'US', 'not-a-number'],
    ['---', 'US', 'not-a-number'],
    ['n/a', 'US', 'not-a-number'],
    ['anonymous', 'US', 'withheld'],
    ['Anonymous', 'US', 'withheld'],
    ['RESTRICTED', 'US', 'withheld'],
    ['unavailable', 'US', 'withheld'],
    ['+266696687', 'US', 'withheld'],
    ['266696687', 'US', 'withheld'],
    ['+7378742833', 'US', 'withheld'],
    ['+2562533', 'US', 'withheld'],
    ['+8656696', 'US', 'withheld'],
    ['+86282452253', 'US', 'withheld'],
    ['sip:anna@example.com', 'US', 'address'],
    ['client:anna', 'US', 'address'],
    ['whatsapp:+12125550123', 'US', 'address'],
    ['+1 212 555 0123 ext. 22', 'US', 'extension'],
    ['+1 212 555 0123 x22', 'US', 'extension'],
    ['+12125550123;ext=22', 'US', 'extension'],
    ['+12125550123,,22', 'US', 'extension'],
    ['+12125550123#22', 'US', 'extension'],
    ['1-800-FLOWERS', 'US', 'letters'],
    ['call +12125550123', 'US', 'letters'],
    ['+1 212 555 0123 evenings', 'US', 'letters'],
    ['+12125550123, +12125550124', 'US', 'several'],
    ['+12125550123 / +12125550124', 'US', 'several'],
    ['212 555 0123 / 212 555 0124', 'US', 'several'],
    ['+12125550123 +12125550124', 'US', 'several'],
    ['911', 'US', 'special'],
    ['+1911', 'US', 'special'],
    ['+1 411', 'US', 'special'],
    ['933', 'US', 'special'],
    ['112', 'DE', 'special'],
    ['110', 'DE', 'special'],
    ['999', 'GB', 'special'],
    ['988', 'US', 'special'],
    ['116117', 'GB', 'special'],
    ['+999 123 4567', 'US', 'unknown-country'],
    ['5550123', 'US', 'wrong-length'],
    ['+1212555', 'US', 'too-short'],
    ['+12125550', 'US', 'wrong-length'],
    ['+121255501234', 'US', 'wrong-length'],
    ['+1212555012345678', 'US', 'too-long'],
    ['0044 20 7946 0018', 'US', 'too-long'],
    ['1'.repeat(101), 'US', 'too-long'],
  ];
  for (const [text, country, reason] of cases) {
    const phone = normalisePhone(text, country);
    t.match(phone, { ok: false, reason }, `${JSON.stringify(text)} in ${country}`);
    if (typeof text === 'string' && text.length > 3 && !phone.ok)
      t.notMatch(phone.message, text, 'nothing is repeated');
  }
});

t.test('no text makes it throw or run long', async t => {
  const pieces = ['+', '1', '0', ' ', '(', ')', '-', 'ext', ';', ',', 'a', '\u0000', '٣', '😀', '__proto__'];
  let seed = 7;
  const next = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed;
  };
  const began = process.cpuUsage();
  for (let round = 0; round < 5_000; round += 1) {
    const text = Array.from({ length: next() % 30 }, () => pieces[next() % pieces.length]).join('');
    const phone = normalisePhone(text, 'US');
    if (phone.ok && !isE164(phone.e164)) t.fail(`not E.164: ${JSON.stringify(text)} → ${phone.e164}`);
  }
  t.ok(process.cpuUsage(began).user < 20e6);
});
