import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'socket.io-client';
import { test } from 'tap';
import { setUp } from '../../scripts/lib/set-up.mjs';
import { eventually, startProductSite } from '../../scripts/prove/lib/product-site.ts';
import type { CallLetGo, CallsSnapshot, CallUpdated, LiveFlag } from '../../src/live/live-contract.ts';
import { parseScenario } from '../../src/sandbox/scenarios/scenario.ts';
import { testClips } from '../helpers/carrier.ts';
import { redisMissing, startRedis } from '../helpers/redis.ts';
import { startBalancer } from './balancer.ts';
import { differenceOf, LiveClient, transcriptDifferenceOf } from './live-client.ts';
import { ask, connect, next } from './site.ts';

const people = `
name: people whose calls another process holds
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
      - says: yes please
      - agent: "agent: shall I book it"
        tools: [{ name: nothing_of_ours, parameters: {} }]
${'      - says: yes please\n      - agent: "agent: shall I book it"\n'.repeat(60)}
  - id: engaged
    name: Somebody who is engaged
    number: "+13125550178"
    answer: busy
    rings: 1
`;

type Piece = [sid: string, side: string, seq: number, bytes: Uint8Array];

// Real processes of the built product with a real Redis on one served store; clients come through one address.
test('two real processes behind a balancer without stickiness', { skip: redisMissing }, async t => {
  await setUp({ only: ['pocket-mongo', 'server'] });
  const redis = await startRedis(t);
  const password = randomBytes(12).toString('hex');
  const site = await startProductSite({
    scale: 4,
    scenario: parseScenario(people, testClips),
    env: { REDIS_URL: redis.url, ADMIN_PASSWORD: password },
  });
  t.teardown(() => site.close());
  const [first, second] = await Promise.all([site.start('first'), site.start('second')]);
  const balancer = await startBalancer(t, [first.address, second.address]);
  let streams = [second.address];
  site.router.route(path => (path === '/media-stream' ? streams : [first.address, second.address]));
  const api = (path: string) => site.ask(first, 'GET', path);
  const callOf = async (id: string) => (await api(`/api/calls/${id}`)).body.call;
  const dial = async (to: string) => {
    site.carrier.control.answerNext('talker', to);
    const placed = await site.ask(first, 'POST', '/api/calls', { to, amd: { mode: 'off' } });
    t.equal(placed.status, 201, JSON.stringify(placed.body));
    return placed.body.call as { id: string; sid: string };
  };
  const spoken = (id: string, turns: number) =>
    eventually(async () => (await api(`/api/calls/${id}/transcript`)).body.turns.length >= turns, 'words on the call');

  const { id, sid } = await dial('+13125550142');
  await spoken(id, 1);
  const holderOf = async (product: typeof first) =>
    (await site.ask(product, 'GET', '/api/admin/sessions')).body.items.map((each: { callId: string }) => each.callId);
  t.same([await holderOf(first), await holderOf(second)], [[], [id]], 'the second process holds the call');

  const signIn = await fetch(`${balancer.url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'admin@parley.example', password }),
  });
  const { accessToken } = (await signIn.json()) as { accessToken: string };
  /** Through the balancer, until one arrives at this process. */
  async function arriveAt(product: typeof first, token: string): Promise<Socket> {
    for (;;) {
      const socket = connect(t, balancer.url, { token });
      await next(socket, 'calls:snapshot');
      if (balancer.taken.at(-1) === product.address) return socket;
      socket.close();
    }
  }
  const far = await arriveAt(first, site.apiKey);
  const near = await arriveAt(second, accessToken);
  const pieces = new Map<Socket, Piece[]>([far, near].map(socket => [socket, []]));
  for (const [socket, list] of pieces) socket.on('call:audio', (...piece: Piece) => void list.push(piece));
  const hears = (socket: Socket, side: string, more = 3) => {
    const from = pieces.get(socket)!.length;
    return eventually(
      () =>
        pieces
          .get(socket)!
          .slice(from)
          .filter(piece => piece[1] === side).length >= more,
      `the ${side} in somebody’s ears`,
    );
  };

  for (const [name, socket, other] of [
    ['without its sockets', far, near],
    ['with its sockets', near, far],
  ] as const) {
    await t.test(`every command of a client of the process ${name}`, async t => {
      const peopleAre = (...modes: string[]) =>
        next<CallUpdated>(other, 'call:updated', ({ callId, fields }) => {
          const with_ = fields['people'] as { mode: string }[] | undefined;
          return callId === id && with_?.map(({ mode }) => mode).join() === modes.join();
        });
      t.match(await ask(socket, 'call:watch', { sid }), { ok: true, transcript: { callId: id } });
      const shown = peopleAre('listening');
      t.same(await ask(socket, 'call:listen', { sid }), { ok: true });
      await Promise.all([shown, hears(socket, 'caller'), hears(socket, 'agent')]);
      const words = `Offer Thursday, says the client ${name}.`;
      t.same(await ask(socket, 'call:whisper', { sid, text: words }), { ok: true });
      t.ok(await site.agent.control.until(each => each.context.some(text => text.includes(words))));

      t.same(await ask(other, 'call:listen', { sid }), { ok: true });
      const taken = next<{ event: { type: string } }>(socket, 'call:event', ({ event }) => event.type === 'taken-over');
      t.same(await ask(socket, 'call:takeover', { sid }), { ok: true });
      let said = 0;
      const microphone = setInterval(() => {
        socket.emit('call:microphone', sid, said, Buffer.alloc(160, 0x55));
        said += 1;
      }, 20);
      t.teardown(() => clearInterval(microphone));
      await Promise.all([taken, hears(other, 'person')]);
      t.match(await ask(other, 'call:takeover', { sid }), { error: { code: 'CALL_TAKEN', details: { person: {} } } });
      t.match(await ask(other, 'call:handback', { sid }), { error: { code: 'CALL_NOT_YOURS' } });
      t.match(await ask(other, 'call:whisper', { sid, text: 'psst' }), { error: { code: 'CALL_CANNOT' } });
      const note = `A note of the client ${name}.`;
      t.same(await ask(socket, 'call:handback', { sid, note }), { ok: true });
      clearInterval(microphone);
      t.ok(await site.agent.control.until(each => each.context.some(text => text.includes(note))));
      await hears(other, 'agent', 1);
      for (const each of [socket, other]) t.same(await ask(each, 'call:unlisten', { sid }), { ok: true });
      t.same(await ask(socket, 'call:unwatch', { sid }), { ok: true });
    });
  }

  await t.test('a call is passed on from the process without its sockets, and comes back', async t => {
    t.same(await ask(far, 'call:listen', { sid }), { ok: true });
    const letGo = next<CallLetGo>(far, 'call:letgo');
    const to = { kind: 'number', phone: '+13125550178' };
    t.match(await ask(far, 'call:transfer', { sid, to: { ...to, phone: '911' }, mode: 'blind' }), {
      error: { code: 'EMERGENCY_OR_SPECIAL_NUMBER' },
    });
    t.same(await ask(far, 'call:transfer', { sid, to, mode: 'blind' }), { ok: true });
    t.match(await letGo, { callId: id, what: 'listen', why: 'transferred' });
    const back = await eventually(async () => {
      const call = await callOf(id);
      return call.transfer?.state === 'failed' && call.capabilities.includes('transfer') && call;
    }, 'the call with its agent again');
    t.match(back, { transferReason: 'busy', transferredTo: null });
  });

  const client = new LiveClient(t, balancer.url, {
    token: site.apiKey,
    batch: true,
    fetchCall: async callId => (await callOf(callId)) ?? null,
  });
  client.socket.io.reconnection(true);
  client.socket.io.reconnectionDelay(300);
  client.socket.io.reconnectionDelayMax(300);
  const agrees = async () => {
    let difference: string | null = null;
    const same = async () => {
      const live = await api('/api/calls?active=true&limit=200');
      const said = await api(`/api/calls/${id}/transcript`);
      difference = differenceOf(client, live.body.items) ?? transcriptDifferenceOf(client, id, said.body.turns);
      return difference === null;
    };
    await eventually(same, 'a client that knows what the store says', 8_000).catch(() => {
      throw new Error(difference ?? 'it knows by now');
    });
  };

  await t.test('a connection that broke goes on in the other process with what it missed', async t => {
    await once(client.socket as never, 'calls:snapshot');
    client.watch(id);
    await agrees();
    const before = balancer.taken.at(-1)!;
    balancer.cut(before);
    const missed = await dial('+13125550143');
    await eventually(() => client.recovered > 0, 'a recovered connection');
    t.not(balancer.taken.at(-1), before, 'it is the other process');
    await eventually(() => client.state.calls.has(missed.id), 'what happened meanwhile');
    await agrees();
    t.equal((await site.ask(first, 'DELETE', `/api/calls/${missed.id}`)).status, 202);
    await eventually(() => !client.state.calls.has(missed.id), 'its end');
  });

  await t.test('the process with the call and the connection is killed: both go on in the other one', async t => {
    if (balancer.taken.at(-1) !== second.address) {
      client.socket.io.engine.close();
      await once(client.socket as never, 'calls:snapshot');
    }
    t.equal(balancer.taken.at(-1), second.address);
    const listener = await arriveAt(first, accessToken);
    t.same(await ask(listener, 'call:listen', { sid }), { ok: true });
    const letGo = next<CallLetGo>(listener, 'call:letgo');
    const flagOf = (): LiveFlag | undefined => client.state.calls.get(id)?.call.flags?.[0];
    const flag = await eventually(flagOf, 'a flag of the call');
    t.match(flag, { kind: 'tool-failed', reason: 'The tool nothing_of_ours failed' });
    streams = [first.address];
    const words = (await api(`/api/calls/${id}/transcript`)).body.turns.length;
    await second.kill();
    t.match(await letGo, { what: 'listen', why: 'holder-lost' });
    await spoken(id, words + 2);
    t.same(await holderOf(first), [id]);
    await agrees();
    t.match(await callOf(id), { status: 'in-progress', resumes: 1 });
    const later = connect(t, balancer.url, { token: site.apiKey });
    const { calls } = await next<CallsSnapshot>(later, 'calls:snapshot');
    t.match(calls, [{ call: { id, flags: [flag], lastTurn: { turn: { text: /./ } } } }], 'its flags are remembered');
    t.same(await ask(client.socket, 'call:listen', { sid }), { ok: true }, 'and it can be listened to again');
    t.same(await ask(listener, 'call:hangup', { sid }), { ok: true });
    await eventually(() => client.state.calls.size === 0, 'the end of the call');
    t.match(await callOf(id), { terminationSource: 'api' });
  });

  await t.test('each command is in the audit log once, with where it came from', async t => {
    const { items } = (await api(`/api/audit?targetId=${id}&limit=100`)).body as {
      items: { action: string; ip: string; requestId: string }[];
    };
    const actions = items.map(({ action }) => action);
    const times = (action: string) => actions.filter(each => each === action).length;
    t.same(
      ['watch', 'listen', 'whisper', 'takeover', 'handback', 'transfer', 'hangup'].map(each => times(`call.${each}`)),
      [5, 7, 2, 2, 2, 1, 1],
    );
    for (const { action, ip, requestId } of items) {
      t.match(ip, /127\.0\.0\.1/, `${action} has an address`);
      t.match(requestId, /\S/, `${action} has the id of its request`);
    }
  });
  t.same(site.complaints(), []);
});
