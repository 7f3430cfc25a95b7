import { once } from 'node:events';
import type { Socket } from 'socket.io-client';
import { type Test, test } from 'tap';
import type { CallLetGo, CallUpdated } from '../../src/live/live-contract.ts';
import { startProduct } from '../helpers/product.ts';
import { ask, connect, connected, next } from './site.ts';

const talker = `
name: somebody whose call is taken
agents:
  - id: host
    name: Host
    voice: agent
    firstMessage: "agent: good morning"
    otherwise: "agent: shall I book it"
    farewell: "agent: thank you"
people:
  - id: talker
    name: Somebody with time
    answer: human
    rings: 1
    greets: hello
    agent: host
    script:
${'      - says: yes please\n      - agent: "agent: shall I book it"\n'.repeat(40)}
`;

/** A microphone that is open, as a browser's is. */
function microphone(t: Test, socket: Socket, sid: string) {
  let seq = 0;
  const timer = setInterval(() => {
    socket.emit('call:microphone', sid, seq, Buffer.alloc(160, 0x55));
    seq += 1;
  }, 20);
  t.teardown(() => clearInterval(timer));
  return { off: () => clearInterval(timer) };
}

test('one call in the hands of several people', async t => {
  const product = await startProduct(t, { scenario: talker, scale: 4 });
  const { url, signIn } = product;
  const password = 'a supervisor today';
  const supervisors = ['ana@parley.example', 'bo@parley.example'];
  for (const email of supervisors) await product.api('POST', '/api/users', { email, password, role: 'supervisor' });
  const [ana, bo] = (await Promise.all(
    supervisors.map(async email => connected(connect(t, url, { token: await signIn(email, password) }))),
  )) as [Socket, Socket];
  let dialled = 0;
  const talking = async () => {
    dialled += 1;
    const call = await product.dial('talker', { to: `+1312555014${dialled}` });
    await product.talking(call.id);
    return call;
  };
  const heardBy = (socket: Socket, wanted: string) =>
    new Promise<void>(resolve => {
      const hear = (_: string, side: string) => {
        if (side !== wanted) return;
        socket.off('call:audio', hear);
        resolve();
      };
      socket.on('call:audio', hear);
    });

  await t.test('of two who take it at once one has it, and the other is told who', async t => {
    const { sid } = await talking();
    for (let round = 0; round < 3; round += 1) {
      const asked = await Promise.all([ana, bo].map(each => ask(each, 'call:takeover', { sid })));
      t.same(asked.map(({ ok }) => ok === true).sort(), [false, true]);
      const lost = asked.find(({ error }) => error);
      t.match(lost, { error: { code: 'CALL_TAKEN', details: { person: { id: String, name: String } } } });
      const winner = asked[0].ok ? ana : bo;
      t.same(await ask(winner, 'call:handback', { sid }), { ok: true });
    }
  });

  await t.test('a fresh token does not disturb who listens or speaks', async t => {
    const { sid } = await talking();
    t.same(await ask(ana, 'call:listen', { sid }), { ok: true });
    t.same(await ask(bo, 'call:takeover', { sid }), { ok: true });
    const open = microphone(t, bo, sid);
    const gone: unknown[] = [];
    for (const each of [ana, bo]) each.on('call:letgo', event => gone.push(event));
    await heardBy(ana, 'person');
    for (const [index, each] of [ana, bo].entries()) {
      const token = await signIn(supervisors[index], password);
      t.match(await ask(each, 'auth:renew', { token }), { ok: true, expiresAt: String });
    }
    await Promise.all([heardBy(ana, 'person'), heardBy(ana, 'caller'), heardBy(bo, 'caller')]);
    t.same(gone, []);
    t.same(await ask(bo, 'call:handback', { sid }), { ok: true });
    open.off();
    t.same(await ask(ana, 'call:unlisten', { sid }), { ok: true });
    const { items } = (await product.api('GET', '/api/audit?action=auth.renew')).body;
    t.match(items, [{ target: { type: 'user' }, ip: /127/, requestId: /\S/ }, {}]);
  });

  await t.test('who lost the right in the middle loses the call at once', async t => {
    const { id, sid } = await talking();
    const { items } = (await product.api('GET', '/api/users')).body;
    const user = items.find((each: { email: string }) => each.email === supervisors[1]);
    t.same(await ask(bo, 'call:takeover', { sid }), { ok: true });
    const free = next<CallUpdated>(
      ana,
      'call:updated',
      ({ callId, fields }) => callId === id && JSON.stringify(fields['people']) === '[]',
    );
    const since = Date.now();
    await product.api('PATCH', `/api/users/${user.id}`, { role: 'viewer' });
    await free;
    t.ok(Date.now() - since < 2_000, `${Date.now() - since} ms`);
    t.match(await ask(bo, 'call:handback', { sid }), { error: { code: 'FORBIDDEN' } });
  });

  await t.test(
    'the caller hangs up while somebody speaks: the line ends, and nothing is left to hand back',
    async t => {
      const { id, sid } = await talking();
      t.same(await ask(ana, 'call:takeover', { sid }), { ok: true });
      const open = microphone(t, ana, sid);
      const letGo = next<CallLetGo>(ana, 'call:letgo');
      const ended = next<{ call: { id: string } }>(ana, 'call:ended', ({ call }) => call.id === id);
      product.carrier.control.hangUp(sid);
      t.match(await letGo, { callId: id, what: 'takeover', why: 'call-ended' });
      await ended;
      open.off();
      for (const name of ['call:handback', 'call:takeover', 'call:listen', 'call:hangup'])
        t.match(await ask(ana, name, { sid }), { error: { code: 'CALL_ENDED' } }, name);
      t.match(await product.until(id, call => call.outcome, 'over'), { terminationReason: 'caller-hung-up' });
    },
  );

  await t.test('a process that stops says so, and says goodbye to each connection', async t => {
    const draining = next(ana, 'server:draining');
    void product.app.operations.drain.begin(1_000);
    t.match(await draining, { at: String });
    t.ok(ana.connected, 'it goes on until its calls have ended');
    const last = next(ana, 'auth:expired');
    const gone = once(ana as never, 'disconnect');
    await product.app.close();
    t.match(await last, { reason: 'closing', code: 'DRAINING' });
    await gone;
  });
});
