import { test } from 'tap';
import { maskedCall, maskedPhone, withoutPeople } from '../../src/calls/call-mask-protocol.ts';
import { startApp } from '../helpers/app.ts';

test('a masked number tells its country and its last two digits', async t => {
  for (const [phone, shown] of [
    ['+13125550117', '+1 ••• ••17'],
    ['+498912345628', '+49 ••• ••28'],
    ['anonymous', 'anonymous'],
    [`hmac-sha256:${'ab'.repeat(32)}`, '•••'],
    ['+99912345', '••• ••45'],
  ] as const)
    t.equal(maskedPhone(phone), shown);
});

test('nothing of a person is left in what has no fixed form', async t => {
  const shown = withoutPeople({
    to: '+13125550117',
    name: 'Ilya Brandt',
    caller_name: 'Ilya',
    words: 'The number +1 312-555-0117 is busy, call 3125550117 later',
    nested: [{ From: '+13125550117', at: '2026-11-20T13:30:00.000Z', ms: 1_234_567_890 }],
    variables: { first: 'Ilya' },
  });
  t.same(shown, {
    to: '+1 ••• ••17',
    name: null,
    caller_name: null,
    words: 'The number •••17 is busy, call •••17 later',
    nested: [{ From: '+1 ••• ••17', at: '2026-11-20T13:30:00.000Z', ms: 1_234_567_890 }],
    variables: {},
  });
  t.match(maskedCall({ direction: 'inbound', from: '+13125550117', to: '+12125550100' }), {
    from: '+1 ••• ••17',
    to: '+12125550100',
  });
});

test('whoever may not see people sees none of them through the API', async t => {
  const { app, call, signIn } = await startApp(t);
  const admin = await signIn();
  const viewer = { email: 'viewer@parley.example', password: 'a viewer of calls' };
  await call('POST', '/api/users', { token: admin, body: { ...viewer, role: 'viewer' } });
  const token = await signIn(viewer.email, viewer.password);
  const { calls, events, journal } = app.callRecords;
  const begun = await calls.begin({
    direction: 'outbound',
    to: '+13125550117',
    from: '+12125550100',
    contactName: 'Ilya Brandt',
    variables: { caller_name: 'Ilya' },
    cause: { message: '+13125550117 is not in service' },
  });
  const id = begun._id.toHexString();
  journal.event(id, 'heard', 'bridge', { from: '+13125550117', name: 'Ilya' });
  await journal.written(id);
  t.ok(events);
  for (const path of [
    '/api/calls',
    '/api/calls?fields=to,contactName',
    '/api/calls/export',
    `/api/calls/${id}`,
    `/api/calls/${id}/events`,
    `/api/calls/${id}/transcript`,
  ]) {
    const seen = await call('GET', path, { token });
    t.equal(seen.status, 200, path);
    t.notMatch(JSON.stringify(seen.body), /Ilya|3125550117/, path);
    const whole = await call('GET', path, { token: admin });
    t.match(JSON.stringify(whole.body), /Ilya|3125550117/, `${path} for somebody who may`);
  }
  for (const path of ['', '/count', '/export'].map(each => `/api/calls${each}?number=0117`)) {
    t.match(await call('GET', path, { token }), {
      status: 403,
      body: { error: { code: 'FORBIDDEN', details: { permission: 'people:see' } } },
    });
  }
});
