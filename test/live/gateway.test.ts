import { once } from 'node:events';
import { test } from 'tap';
import WebSocket from 'ws';
import type { CallsSnapshot, CallUpdated, LiveBatch } from '../../src/live/live-contract.ts';
import { startApp } from '../helpers/app.ts';
import { ask, connect, connected, next, refusal } from './site.ts';

const call = { direction: 'outbound', to: '+13125550117', from: '+12125550100' } as const;

test('nobody hears a word before their token was looked at', async t => {
  const { url, signIn, app } = await startApp(t);
  t.match(await refusal(connect(t, url, {})), { code: 'AUTH_REQUIRED' });
  t.match(await refusal(connect(t, url, { token: 'nonsense' })), { code: 'AUTH_INVALID' });
  t.match(await refusal(connect(t, url, { token: 7 })), { code: 'AUTH_REQUIRED' });
  const token = await signIn();
  const socket = connect(t, url, { token });
  const snapshot = next<CallsSnapshot>(socket, 'calls:snapshot');
  await connected(socket);
  t.match(await snapshot, { calls: [], unchanged: [] });

  const polling = connect(t, url, { token }, { transports: ['polling'] });
  await connected(polling);
  const header = connect(t, url, {}, { extraHeaders: { authorization: `Bearer ${token}` } });
  await connected(header);
  t.match(await app.operations.metrics.registry.metrics(), 'parley_live_refused_total{code="AUTH_INVALID"} 1');
});

test('a raw connection that speaks before it was let in is closed', async t => {
  const { url } = await startApp(t);
  const raw = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  await once(raw, 'message');
  raw.send('42["call:watch",{"sid":"x"}]');
  await once(raw, 'close');
  t.pass('closed');
});

test('a call is told from its start to its end, and a viewer never sees whose', async t => {
  const { url, signIn, app, call: api } = await startApp(t);
  const admin = await signIn();
  const viewer = { email: 'viewer@parley.example', password: 'a viewer of calls' };
  await api('POST', '/api/users', { token: admin, body: { ...viewer, role: 'viewer' } });
  const viewing = await signIn(viewer.email, viewer.password);
  const seeing = connect(t, url, { token: admin });
  const masked = connect(t, url, { token: viewing });
  await Promise.all([next(seeing, 'calls:snapshot'), next(masked, 'calls:snapshot')]);

  const { calls } = app.callRecords;
  const begun = await calls.begin({ ...call, contactName: 'Ilya Brandt', variables: { first: 'Ilya' } });
  const tell = (stored: Parameters<typeof calls.toApi>[0], fields: string[] | null) =>
    app.operations.events.publish('calls.changed', { call: calls.toApi(stored), fields });
  const started = [next(seeing, 'call:started'), next(masked, 'call:started')];
  tell(begun, null);
  t.match(await started[0], { seq: 1, call: { to: '+13125550117', contactName: 'Ilya Brandt' } });
  const hidden = await started[1];
  t.match(hidden, { call: { to: '+1 ••• ••17', contactName: null, variables: {} } });
  t.notMatch(JSON.stringify(hidden), /Ilya|3125550117/);

  const updated = next<CallUpdated>(seeing, 'call:updated');
  const placed = await calls.placed(begun._id, 'CA00000000000000000000000000000017');
  tell(placed!, ['status', 'sid']);
  t.match(await updated, { seq: 2, since: 1, fields: { status: 'queued' } });
  t.same(Object.keys((await updated).fields).sort(), ['sid', 'status']);

  const again = connect(t, url, { token: admin, since: [[begun._id.toHexString(), 2]] });
  t.match(await next(again, 'calls:snapshot'), { calls: [], unchanged: [{ id: begun._id.toHexString(), seq: 2 }] });
});

test('events come in batches to those who asked for them', async t => {
  const { url, signIn, app } = await startApp(t);
  const socket = connect(t, url, { token: await signIn(), batch: true });
  await next(socket, 'calls:snapshot');
  const batch = next<LiveBatch>(socket, 'live:batch', ({ events }) => events.some(([name]) => name === 'call:started'));
  const { calls } = app.callRecords;
  for (const end of ['18', '19']) {
    const begun = await calls.begin({ ...call, to: `+131255501${end}` });
    app.operations.events.publish('calls.changed', { call: calls.toApi(begun), fields: null });
  }
  t.ok((await batch).events.length > 0);
});

test('commands are refused by form, right, name and number, and answered always', async t => {
  const { url, signIn, call: api } = await startApp(t);
  const admin = await signIn();
  const viewer = { email: 'viewer@parley.example', password: 'a viewer of calls' };
  await api('POST', '/api/users', { token: admin, body: { ...viewer, role: 'viewer' } });
  const socket = connect(t, url, { token: admin });
  await connected(socket);
  t.match(await ask(socket, 'call:watch', { sid: 'CAnone' }), { error: { code: 'CALL_NOT_FOUND' } });
  t.match(await ask(socket, 'call:watch', {}), { error: { code: 'VALIDATION_FAILED', details: [{ field: 'sid' }] } });
  t.match(await ask(socket, 'call:watch', null), { error: { code: 'VALIDATION_FAILED' } });
  t.match(await ask(socket, 'call:whisper', { sid: 'x', text: 'psst', more: 1 }), {
    error: { code: 'VALIDATION_FAILED', details: [{ field: 'more' }] },
  });
  t.match(await ask(socket, 'call:explode', {}), { error: { code: 'UNKNOWN_EVENT' } });
  t.match(await ask(socket, 'call:watch', Buffer.from('junk')), { error: { code: 'VALIDATION_FAILED' } });
  socket.emit('call:microphone', { not: 'a' }, Number.NaN, 'piece');

  const small = connect(t, url, { token: await signIn(viewer.email, viewer.password) });
  await connected(small);
  for (const [name, args, permission] of [
    ['call:listen', { sid: 'x' }, 'calls:listen'],
    ['call:whisper', { sid: 'x', text: 'a' }, 'calls:whisper'],
    ['call:takeover', { sid: 'x' }, 'calls:take-over'],
    ['call:handback', { sid: 'x' }, 'calls:take-over'],
    ['call:transfer', { sid: 'x', to: { kind: 'number', phone: '+12125550100' }, mode: 'blind' }, 'calls:transfer'],
    ['call:hangup', { sid: 'x' }, 'calls:end'],
  ] as const) {
    t.match(await ask(small, name, args), { error: { code: 'FORBIDDEN', details: { permission } } }, name);
  }
  const stranger = { name: 'contacts alone', scopes: ['contacts:read'] };
  const key = (await api('POST', '/api/api-keys', { token: admin, body: stranger })).body;
  const narrow = connect(t, url, { token: key.secret });
  await connected(narrow);
  t.match(await ask(narrow, 'call:watch', { sid: 'x' }), {
    error: { code: 'FORBIDDEN', details: { permission: 'calls:read' } },
  });

  const flood = connect(t, url, { token: admin });
  await connected(flood);
  const reason = next<{ reason: string }>(flood, 'auth:expired');
  const ended = once(flood as never, 'disconnect');
  const answers = Array.from({ length: 400 }, () => ask(flood, 'call:watch', { sid: 'CAnone' }).catch(() => null));
  t.match(await reason, { reason: 'flood' });
  await ended;
  flood.close();
  const codes = (await Promise.all(answers.slice(0, 100))).map(answer => answer?.error.code);
  t.ok(codes.includes('RATE_LIMITED'));
});

test('whoever loses their right is gone at once, and a changed role counts at once', async t => {
  const { url, signIn, call: api, app } = await startApp(t);
  const admin = await signIn();
  const person = { email: 'supervisor@parley.example', password: 'a supervisor today' };
  const made = await api('POST', '/api/users', { token: admin, body: { ...person, role: 'supervisor' } });
  const token = await signIn(person.email, person.password);
  await app.callRecords.calls.begin(call);
  const socket = connect(t, url, { token });
  t.match(await next(socket, 'calls:snapshot'), { calls: [{ call: { to: call.to } }] });

  const masked = next(socket, 'calls:snapshot');
  await api('PATCH', `/api/users/${made.body.user.id}`, { token: admin, body: { role: 'viewer' } });
  t.match(await masked, { calls: [{ call: { to: '+1 ••• ••17' } }] });
  t.match(await ask(socket, 'call:listen', { sid: 'x' }), { error: { code: 'FORBIDDEN' } });

  const told = next(socket, 'auth:expired');
  const ended = once(socket as never, 'disconnect');
  await api('POST', '/api/auth/logout', { token, body: { everywhere: true } });
  t.match(await told, { reason: 'revoked' });
  await ended;

  const key = await api('POST', '/api/api-keys', { token: admin, body: { name: 'wall', scopes: ['calls:read'] } });
  const program = connect(t, url, { token: key.body.secret });
  await next(program, 'calls:snapshot');
  const revoked = next(program, 'auth:expired');
  await api('DELETE', `/api/api-keys/${key.body.apiKey.id}`, { token: admin });
  t.match(await revoked, { reason: 'revoked' });
});

test('a connection lasts as long as its token, and longer with a fresh one of the same person', async t => {
  let skip = 0;
  const { url, signIn, call: api } = await startApp(t, { now: () => new Date(Date.now() + skip) });
  const admin = await signIn();
  const other = { email: 'other@parley.example', password: 'somebody else today' };
  await api('POST', '/api/users', { token: admin, body: { ...other, role: 'admin' } });
  const [renewed, left] = [connect(t, url, { token: admin }), connect(t, url, { token: admin })];
  await Promise.all([connected(renewed), connected(left)]);
  const foreign = await signIn(other.email, other.password);
  t.match(await ask(renewed, 'auth:renew', { token: foreign }), { error: { code: 'AUTH_INVALID' } });
  t.match(await ask(renewed, 'auth:renew', { token: 'nonsense' }), { error: { code: 'AUTH_INVALID' } });
  skip = 600_000;
  const fresh = await signIn();
  t.match(await ask(renewed, 'auth:renew', { token: fresh }), { ok: true, expiresAt: String });
  const told = next(left, 'auth:expired');
  skip = 1_000_000;
  t.match(await told, { reason: 'expired', code: 'AUTH_INVALID' });
  t.ok(renewed.connected);
});
