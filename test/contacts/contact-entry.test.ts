import { test } from 'tap';
import { checkEntry } from '../../src/contacts/contact-entry.ts';

const now = new Date('2026-11-20T12:00:00Z');
const check = (raw: unknown, country = 'US') => checkEntry(raw, { country, now });
const consent = { kind: 'express', at: '2026-03-01', source: 'form' };

test('a person is brought into one form', async t => {
  const checked = check({
    phone: ' (212) 555-0100 ',
    name: 'Ada M. Example',
    email: ' ada@example.com ',
    language: 'pt_br',
    timeZone: 'america/new_york',
    tags: [' vip ', 'vip', ''],
    company: '',
    role: null,
    customFields: { plan: ' gold ', seats: 4, vip: true, empty: '', none: null },
    consent,
  });
  t.same(checked, {
    ok: true,
    entry: {
      phone: '+12125550100',
      firstName: 'Ada M.',
      lastName: 'Example',
      email: 'ada@example.com',
      language: 'pt-BR',
      timeZone: 'America/New_York',
      tags: ['vip'],
      customFields: { plan: 'gold', seats: 4, vip: true },
      consent: { ...consent, at: new Date('2026-03-01'), text: null },
    },
  });
  t.match(check({ phone: '0664 1234567' }, 'AT'), { entry: { phone: '+436641234567' } });
  t.match(check({ phone: '+12125550100', name: 'Example, Ada' }), { entry: { firstName: 'Ada', lastName: 'Example' } });
});

const refused: [field: string, raw: unknown][] = [
  ['phone', {}],
  ['phone', { phone: '911' }],
  ['phone', { phone: 12125550100 }],
  ['', 'a text'],
  ['', ['a list']],
  ['nickname', { phone: '+12125550100', nickname: 'A' }],
  ['email', { phone: '+12125550100', email: 'not an address' }],
  ['language', { phone: '+12125550100', language: 'English please' }],
  ['timeZone', { phone: '+12125550100', timeZone: 'EST5' }],
  ['timeZone', { phone: '+12125550100', timeZone: '+02:00' }],
  ['timeZone', { phone: '+12125550100', timeZone: 'Mars/Olympus' }],
  ['tags', { phone: '+12125550100', tags: 'vip' }],
  ['tags.1', { phone: '+12125550100', tags: ['ok', 'x'.repeat(61)] }],
  ['firstName', { phone: '+12125550100', firstName: 'Ada\0' }],
  ['company', { phone: '+12125550100', company: 'x'.repeat(201) }],
  ['customFields', { phone: '+12125550100', customFields: JSON.parse('{"__proto__": "x"}') }],
  ['customFields', { phone: '+12125550100', customFields: { 'a.b': 'x' } }],
  ['customFields', { phone: '+12125550100', customFields: { $gt: 'x' } }],
  ['customFields.deep', { phone: '+12125550100', customFields: { deep: { er: 1 } } }],
  ['consent.kind', { phone: '+12125550100', consent: { ...consent, kind: 'implied' } }],
  ['consent.source', { phone: '+12125550100', consent: { ...consent, source: ' ' } }],
  ['consent.at', { phone: '+12125550100', consent: { ...consent, at: '03/04/2026' } }],
  ['consent.at', { phone: '+12125550100', consent: { ...consent, at: '2026-02-30' } }],
  ['consent.at', { phone: '+12125550100', consent: { ...consent, at: '2027-01-01' } }],
  ['consent.by', { phone: '+12125550100', consent: { ...consent, by: 'me' } }],
];

for (const [field, raw] of refused) {
  test(`refused, naming ${field || 'the whole'}: ${JSON.stringify(raw)}`, async t => {
    const checked = check(raw);
    t.match(checked, { ok: false, field });
    t.notOk(checked.ok === false && checked.problem.includes('212555'), 'the number itself is not repeated');
  });
}
