import { test } from 'tap';
import { startApp } from '../helpers/app.ts';

const API_KEY = 'an-invented-key-of-a-test'; // allow-secret: invented

test('commands for live calls over the API: who may, on which calls, and what is written down', async t => {
  const { app, call } = await startApp(t, { env: { API_KEY, COMPANY_NAME: 'Brightwater Dental', TWILIO_CPS: '10' } });
  const { control } = app.sandbox.carrier!;
  const api = (method: string, path: string, body?: unknown, token = API_KEY) =>
    call(method, path, { token, ...(body === undefined ? {} : { body }) });
  const human = control.people().find(each => each.answer === 'human')!;
  control.answerNext(human.id);
  const placed = await api('POST', '/api/calls', { to: '+13125550142', amd: { mode: 'off' }, maxMinutes: 1 });
  const { id } = placed.body.call;
  t.notMatch(placed.body.call.capabilities, ['whisper'], 'nobody is on the line yet');

  const viewer = { email: 'vi@parley.example', role: 'viewer' };
  const made = await api('POST', '/api/users', viewer);
  const { body: signedIn } = await call('POST', '/api/auth/login', {
    body: { email: viewer.email, password: made.body.password },
  });

  const ready = new Promise<void>(resolve => {
    const stop = app.operations.events.on('calls.changed', ({ call: changed }) => {
      if (changed.id !== id || !(changed['capabilities'] as string[]).includes('whisper')) return;
      stop();
      resolve();
    });
  });
  await ready;
  while (!app.sessions.get(id)) await new Promise(resolve => setTimeout(resolve, 5));
  const told = await api('POST', `/api/calls/${id}/whisper`, { text: 'Offer Thursday at four.' });
  t.same([told.status, told.body], [202, { ok: true }]);
  const inEars = app.sandbox.agent!.control.until(each => each.context.some(text => text.includes('Thursday at four')));
  t.ok(await inEars, 'the agent has it');

  t.equal((await api('POST', `/api/calls/${id}/whisper`, { text: 'x' }, signedIn.accessToken)).status, 403);
  t.equal((await api('POST', `/api/calls/${id}/whisper`, { text: '  ' })).status, 400);
  t.equal((await api('POST', '/api/calls/CA00000000000000000000000000000000/whisper', { text: 'x' })).status, 404);

  const view = (await api('GET', `/api/calls/${id}`)).body.call;
  t.same(view.people, []);
  t.match(view.capabilities, ['listen', 'whisper', 'takeOver']);

  const who = { kind: 'user', id: 'u-dana', label: 'Dana Reyes' };
  const news: unknown[] = [];
  app.operations.events.on(
    'call.people',
    each => void news.push(each.people.map(({ name, mode }) => `${name} ${mode}`)),
  );
  const listening = await app.liveCommands.listen(view.sid, who, { audio() {}, stopped() {} });
  const line = await app.liveCommands.takeOver(id, { who, audio() {}, stopped() {} });
  t.match((await api('GET', `/api/calls/${id}`)).body.call, {
    activity: { agent: 'person' },
    people: [{ id: 'u-dana', name: 'Dana Reyes', mode: 'speaking' }],
  });
  t.equal((await api('POST', `/api/calls/${id}/whisper`, { text: 'x' })).body.error.code, 'CALL_CANNOT');
  line.speak(0, Buffer.alloc(160, 0xff));
  await app.liveCommands.handBack(id, who, ' She is in a hurry. ');
  listening.stop();
  t.same(news, [['Dana Reyes listening'], ['Dana Reyes speaking'], ['Dana Reyes listening'], []]);

  const ended = new Promise<unknown>(resolve => app.operations.events.on('calls.ended', event => resolve(event.call)));
  await app.liveCommands.hangUp(id, who);
  t.match(await ended, { id, terminationSource: 'api', terminationReason: 'requested', cause: { by: 'Dana Reyes' } });
  await t.rejects(app.liveCommands.whisper(id, who, 'x'), { code: 'CALL_ENDED' });
  await t.rejects(app.liveCommands.takeOver(id, { who, audio() {}, stopped() {} }), { code: 'CALL_ENDED' });
  t.same((await api('GET', `/api/calls/${id}`)).body.call.capabilities, []);

  const events = (await api('GET', `/api/calls/${id}/events?limit=200`)).body.items as {
    type: string;
    data: unknown;
  }[];
  t.same(
    events.map(each => each.type).filter(type => /^(whisper|listening|taken|handed)/.test(type)),
    ['whisper', 'listening-began', 'taken-over', 'handed-back', 'listening-ended'],
  );
  const { items } = (await api('GET', `/api/audit?targetId=${id}&limit=50`)).body;
  t.same(items.map((each: { action: string; actor: { label: string } }) => each.action).reverse(), [
    'call.place',
    'call.whisper',
    'call.listen',
    'call.takeover',
    'call.handback',
    'call.hangup',
  ]);
  t.notMatch(
    JSON.stringify(items),
    /Thursday|hurry/,
    'words are in the call, which can be erased, and not in the audit log',
  );
});
