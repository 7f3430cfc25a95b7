import root, { type Test, test } from 'tap';
import { locate } from '../../src/compliance/location.ts';
import { normalisePhone } from '../../src/compliance/phone.ts';
import { hoursUnder } from '../../src/compliance/place-rules.ts';
import { nextOpenEverywhere } from '../../src/compliance/schedule.ts';
import { startApp } from '../helpers/app.ts';

const key = 'a-static-key-of-this-test'; // allow-secret: invented

let numbers = 0;
/** Places spread over the globe, so that it is day in one of them at any time. */
const places = ['+1212555', '+1808555', '+1671555', '+1787555', '+4420794'];

/** A number that no test called before, of a place where people may be called for the next minutes, or may not. */
function somebody({ awake = true } = {}): string {
  const isOpen = (phone: string) => {
    const to = normalisePhone(phone, 'US');
    const place = to.ok ? locate(to, null) : undefined;
    if (!place || 'problem' in place) throw new Error(`${phone} is nowhere`);
    const now = Date.now();
    const open = (at: number) => nextOpenEverywhere(hoursUnder(place.laws, 0), place.zones, at, at) === at;
    return awake ? open(now) && open(now + 10 * 60_000) : !open(now) && !open(now + 10 * 60_000);
  };
  const tail = (place: string) =>
    place.startsWith('+44') ? `60${String(numbers).padStart(3, '0')}` : `01${String(numbers).padStart(2, '0')}`;
  numbers += 1;
  const found = places.map(place => place + tail(place)).find(isOpen);
  if (!found) throw new Error('it is neither day nor night anywhere');
  return found;
}

async function start(t: Pick<Test, 'teardown'>) {
  const started = await startApp(t, {
    env: { TWILIO_CPS: '100', API_KEY: key, COMPANY_NAME: 'Seller', ALLOWED_COUNTRIES: 'US,GB,PR,GU' },
  });
  const { app } = started;
  // Its number has been busy today, which warns and changes nothing else.
  const from = app.sandbox.carrier!.phoneNumber;
  const past = { direction: 'outbound', to: '+13125550199', from, state: 'completed', endedAt: new Date() } as const;
  await Promise.all(Array.from({ length: 50 }, () => app.callRecords.calls.begin(past)));
  const ask = (path: string, token: string) => (body: object) => started.call('POST', path, { token, body });
  return {
    ...started,
    place: ask('/api/calls', key),
    verdict: ask('/api/calls/verdict', key),
    get: (path: string) => started.call('GET', path, { token: key }),
    dialled: (to: string) => app.sandbox.carrier!.control.calls().filter(call => call.to === to),
    records: app.callRecords.calls,
    /** Somebody we know, with the consent they gave. */
    know: async (phone: string, kind: 'express' | 'express-written' | null, fields: object = {}) => {
      const at = new Date(Date.now() - 86_400_000).toISOString();
      const consent = { kind, at, source: 'https://seller.example/form' };
      const { rejected } = await app.contacts.add([{ phone, ...(kind ? { consent } : {}) }], {
        origin: 'api',
        by: 'user:u1',
      });
      if (rejected.length > 0) throw new Error(JSON.stringify(rejected));
      // What no door lets in: records of another release, or a hand in the store.
      await app.store.connection.collection('contacts').updateOne({ phone }, { $set: { phone, ...fields } });
    },
    /** Ends a call as the carrier would have. */
    end: async (id: string, outcome: string) => {
      const $set = { state: 'completed', outcome, endedAt: new Date(), liveTo: null };
      await app.callRecords.calls.changeById(id, { $set });
    },
  };
}

let shared: ReturnType<typeof start> | undefined;
const site = () => {
  shared ??= start(root);
  return shared;
};

test('a sales call needs written consent on record, and its verdict is kept as evidence', async t => {
  const { place, verdict, get, know, dialled } = await site();
  const to = somebody();
  const body = { to, contentClass: 'telemarketing' };
  t.match(await place(body), { status: 422, body: { error: { code: 'NO_CONSENT' } } });
  await know(to, 'express-written');
  t.match(await verdict(body), { status: 200, body: { verdict: { allowed: true, code: null, dueAt: null } } });
  const { status, body: answer } = await place(body);
  t.equal(status, 201, JSON.stringify(answer));
  t.equal(dialled(to).length, 1);
  t.match((await get(`/api/calls/${answer.call.id}`)).body.call, {
    contentClass: 'telemarketing',
    verdict: {
      allowed: true,
      subject: { contentClass: 'telemarketing', vouchedBy: null },
      rules: [{ rule: 'kill-switch' }],
    },
  });
  const { rules } = (await get(`/api/calls/${answer.call.id}`)).body.call.verdict;
  const rule = (name: string) => rules.find((each: { rule: string }) => each.rule === name);
  t.match(rule('consent'), { evidence: { kind: 'express-written', source: /seller/ } });
  t.match(rule('hours'), { result: 'passed', evidence: { zones: [String], local: [String] } });
  t.match(rule('national-registry'), { result: 'warned' });
  t.match((await get('/api/audit?action=call.place')).body.items[0], { after: { contentClass: 'telemarketing' } });
});

test('spoken consent is enough for a reminder, and not for sales', async t => {
  const { verdict, know } = await site();
  const to = somebody();
  await know(to, 'express');
  t.match(await verdict({ to, contentClass: 'informational' }), { body: { verdict: { allowed: true } } });
  t.match(await verdict({ to, contentClass: 'telemarketing' }), {
    body: { verdict: { code: 'NO_CONSENT', permanent: true } },
  });
});

test('at night a verdict says when the day begins, by the clock of the number and of the contact', async t => {
  const { verdict, place, know, dialled } = await site();
  const to = somebody({ awake: false });
  await know(to, 'express-written');
  const { verdict: night } = (await verdict({ to, contentClass: 'informational' })).body;
  t.match(night, { allowed: false, code: /OUTSIDE_HOURS|HOLIDAY/, rule: 'hours', permanent: false, dueAt: String });
  t.ok(Date.parse(night.dueAt) > Date.now());
  t.match(await place({ to, contentClass: 'informational' }), { status: 422, body: { error: { code: night.code } } });
  t.same(dialled(to), []);
  t.match(await verdict({ to }), { body: { verdict: { allowed: true } } }, 'whoever vouches calls when they like');

  const day = somebody();
  await know(day, 'express', { timeZone: 'Nowhere/Land' });
  t.match(await verdict({ to: day, contentClass: 'informational' }), {
    body: { verdict: { code: 'UNKNOWN_LOCATION' } },
  });
});

test('a number that was called today waits until tomorrow, whoever asked for that call, and even once it was erased', async t => {
  const { place, verdict, know, end, get, call, dialled } = await site();
  const to = somebody();
  await know(to, 'express-written');
  const first = await place({ to });
  t.equal(first.status, 201, 'without a class');
  await end(first.body.call.id, 'conversation');
  const again = { to, contentClass: 'informational' };
  const capped = await verdict(again);
  t.match(capped, { body: { verdict: { code: 'DAILY_CAP', permanent: false, dueAt: String } } });
  t.ok(Date.parse(capped.body.verdict.dueAt) > Date.now() + 23 * 3_600_000);
  t.match(await call('DELETE', `/api/calls/${first.body.call.id}/record`, { token: key }), { status: 200 });
  t.not((await get(`/api/calls/${first.body.call.id}`)).body.call.to, to);
  t.match(await verdict(again), { body: { verdict: { code: 'DAILY_CAP' } } });
  t.equal(dialled(to).length, 1);
});

test('50 requests at once are one call, and none more when that has ended', async t => {
  const { place, know, end, dialled, records } = await site();
  const to = somebody();
  await know(to, 'express');
  const body = { to, contentClass: 'informational' };
  // Each call ends as soon as it was dialled, so that the rule against two at once does not do the work of the cap.
  const rush = Array.from({ length: 50 }, async () => {
    const answer = await place(body);
    if (answer.status === 201) await end(answer.body.call.id, 'no-answer');
    return answer;
  });
  const answers = await Promise.all(rush);
  t.equal(answers.filter(({ status }) => status === 201).length, 1);
  for (const { body } of answers.filter(({ status }) => status !== 201))
    t.match(body.error.code, /NUMBER_IN_CALL|DAILY_CAP/);
  t.equal(dialled(to).length, 1);
  t.match(await place(body), { status: 422, body: { error: { code: 'DAILY_CAP' } } });
  t.equal(await records.findActiveTo(to), null, 'no attempt is left behind');
});

test('a caller id that has called many people in a day is warned about', async t => {
  const { verdict, know } = await site();
  const to = somebody();
  await know(to, 'express');
  const { rules } = (await verdict({ to, contentClass: 'informational' })).body.verdict;
  t.match(
    rules.find((each: { rule: string }) => each.rule === 'caller-id-load'),
    { result: 'warned', evidence: { callsFromToday: Number } },
  );
});

test('an emergency needs an administrator and a reason, and neither consent nor day', async t => {
  const { place, verdict, call, signIn, get } = await site();
  const to = somebody({ awake: false });
  const flood = { to, contentClass: 'emergency', emergencyReason: 'The dam above the town may break' };
  t.match(await place({ to, contentClass: 'emergency' }), {
    status: 400,
    body: { error: { code: 'VALIDATION_FAILED', details: [{ field: 'emergencyReason' }] } },
  });
  const admin = await signIn();
  const email = 'mona@example.com';
  const made = await call('POST', '/api/users', { token: admin, body: { email, role: 'manager' } });
  t.equal(made.status, 201, JSON.stringify(made.body));
  const manager = await signIn(email, made.body.password);
  for (const path of ['/api/calls', '/api/calls/verdict']) {
    t.match(await call('POST', path, { token: manager, body: flood }), {
      status: 403,
      body: { error: { code: 'FORBIDDEN' } },
    });
  }
  t.match(await verdict(flood), { body: { verdict: { allowed: true } } });
  const placed = await place(flood);
  t.equal(placed.status, 201, JSON.stringify(placed.body));
  t.match((await get(`/api/calls/${placed.body.call.id}`)).body.call.contentClass, 'emergency');
  t.match((await get('/api/audit?action=call.place')).body.items[0], {
    after: { contentClass: 'emergency', emergencyReason: flood.emergencyReason },
  });
});

test('what cannot be read is never taken for allowed', async t => {
  const { app, verdict, know } = await site();
  const to = somebody();
  await know(to, 'express');
  const { contacts } = app;
  const byPhone = contacts.byPhone.bind(contacts);
  Object.assign(contacts, { byPhone: () => Promise.reject(new Error('the store is away')) });
  t.teardown(() => Object.assign(contacts, { byPhone }));
  t.match(await verdict({ to, contentClass: 'informational' }), { body: { verdict: { code: 'VERDICT_INCOMPLETE' } } });
  t.match(await verdict({ to }), { body: { verdict: { allowed: true } } }, 'who vouches needs no look at it');
});
