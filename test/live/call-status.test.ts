import { test } from 'tap';
import { Type } from 'typebox';
import type { CallLevels, CallsSnapshot, CallUpdated, LiveActivity, LiveFlag } from '../../src/live/live-contract.ts';
import { startProduct } from '../helpers/product.ts';
import { ask, connect, connected, next } from './site.ts';

const people = `
name: a call on which much happens
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
        tools: [{ name: book, parameters: {} }]
      - says: yes please
      - agent: "agent: shall I book it"
        tools: [{ name: nothing_of_ours, parameters: {} }]
${'      - says: yes please\n      - agent: "agent: shall I book it"\n'.repeat(20)}
`;

test('what an agent does, how loud it is and why somebody should look', async t => {
  const product = await startProduct(t, { scenario: people, scale: 4 });
  product.app.tools.add({
    name: 'book',
    parameters: Type.Object({}),
    run: () => new Promise(resolve => setTimeout(resolve, 600, 'booked')),
  });
  const { url, env } = product;
  const token = String(env['API_KEY']);
  const socket = connect(t, url, { token });
  await connected(socket);
  const seen: (LiveActivity & { readonly ms: number })[] = [];
  const flagged: (readonly LiveFlag[])[] = [];
  socket.on('call:updated', ({ fields }: CallUpdated) => {
    const { activity, flags } = fields as { activity?: LiveActivity; flags?: LiveFlag[] };
    if (activity) seen.push({ ...activity, ms: performance.now() });
    if (flags) flagged.push(flags);
  });
  // Long enough that the dashboard is told before the next is true.
  product.agent.control.addFault({ kind: 'slow-start', delayMs: 2_500 });
  const { id, sid } = await product.dial('talker');
  await product.talking(id);

  const levels: CallLevels[] = [];
  socket.on('call:levels', (event: CallLevels) => void levels.push(event));
  t.match(await ask(socket, 'call:watch', { sid }), { ok: true });
  await next<CallLevels>(socket, 'call:levels', each => each.levels.agent > 0.05);
  await next<CallLevels>(socket, 'call:levels', each => each.levels.caller > 0.05);
  t.match(levels[0], { callId: id, callSid: sid, levels: { person: 0 } });
  t.same(product.app.sessions.get(id)!.people.view(), [], 'a meter is nobody who listens');
  while (!flagged.at(-1)?.length) await next<CallUpdated>(socket, 'call:updated', ({ fields }) => 'flags' in fields);
  t.match(flagged.at(-1), [{ level: 'attention', reason: 'The tool nothing_of_ours failed', at: String }]);
  const perSecond = levels.length / ((levels.at(-1)!.seq - levels[0]!.seq) / 1_000);
  t.ok(perSecond <= 6, `${perSecond.toFixed(1)} levels a second`);
  t.same(await ask(socket, 'call:unwatch', { sid }), { ok: true });
  const told = levels.length;

  // Some last for less than two looks at it, but there are twenty turns to come.
  for (const state of ['connecting', 'listening', 'speaking', 'thinking', 'using-tool'])
    while (!seen.some(({ agent }) => agent === state))
      await next<CallUpdated>(socket, 'call:updated', ({ fields }) => 'activity' in fields);
  t.match(
    seen.filter(({ agent }) => agent === 'using-tool'),
    [{ step: 'book' }],
  );
  const gaps = seen.slice(1).map(({ ms }, index) => ms - seen[index]!.ms);
  const inAnySecond = Math.max(
    ...seen.map(({ ms }) => seen.filter(each => each.ms >= ms && each.ms < ms + 1_000).length),
  );
  t.ok(inAnySecond <= 5, `at most ${inAnySecond} within a second, the smallest gap ${Math.min(...gaps).toFixed(0)} ms`);

  const written = await product.until(id, call => call.flags.length > 0, 'flags in the answer of the API');
  t.match(written.flags, [{ kind: 'tool-failed', level: 'attention', reason: 'The tool nothing_of_ours failed' }]);
  const listed = (await product.api('GET', '/api/calls?active=true')).body.items;
  t.same(
    listed.map((each: { flags: unknown }) => each.flags),
    [written.flags],
    'and in lists',
  );

  const later = connect(t, url, { token });
  const { calls } = await next<CallsSnapshot>(later, 'calls:snapshot');
  t.match(calls, [
    {
      call: { id, activity: { agent: String }, flags: [{ kind: 'tool-failed' }], lastTurn: { turn: { text: String } } },
    },
  ]);
  t.equal(levels.length, told, 'nobody watches, nothing is told');
  t.same(await ask(socket, 'call:hangup', { sid }), { ok: true });
  const over = await product.until(id, call => call.outcome, 'over');
  t.match(over.flags, [{ kind: 'tool-failed' }], 'it is known afterwards, too');
});
