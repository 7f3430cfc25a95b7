import { pino } from 'pino';
import { type Test, test } from 'tap';
import { Type } from 'typebox';
import { createMetrics } from '../../src/ops/metrics.ts';
import { createToolRegistry, type Tool, ToolProblem } from '../../src/tools/tool-registry.ts';
import { type CallSite, startCallSite } from './call-site.ts';

/** Somebody for whom the agent does what stands here after `tools`, and who then says goodbye. */
const callerFor = (tools: string) => `
name: tools
agents:
  - id: booker
    name: Booker
    voice: agent
    firstMessage: "agent: good morning"
    otherwise: "agent: shall I book it"
    farewell: "agent: thank you"
people:
  - id: buyer
    name: A buyer
    answer: human
    greets: hello
    agent: booker
    script:
      - says: yes please
      - agent: "agent: shall I book it"
        tools: ${tools}
      - says: goodbye
      - agent: "agent: thank you"
        endsCall: true
`;

function registryOf(t: Test, ...tools: (Pick<Tool, 'name' | 'run'> & Partial<Tool>)[]) {
  const metrics = createMetrics();
  t.teardown(() => metrics.stop());
  const registry = createToolRegistry({ logger: pino({ level: 'silent' }), metrics });
  const parameters = Type.Object({ slot: Type.String({ minLength: 3 }) }, { additionalProperties: false });
  for (const tool of tools) registry.add({ parameters, ...tool });
  return registry;
}

/** What the agent was told about each tool it called, in order. The twin itself complains about a second or a missing result. */
const toolsIn = (site: CallSite) =>
  site.agent.control
    .conversations()[0]!
    .turns.flatMap(turn => (turn.tools ?? []).map(({ name, isError, result }) => ({ name, isError, result })));
const eventsOf = (site: CallSite, type: string) =>
  site.desk.events.filter(each => each.type === type).map(({ data }) => data);

const bookIt = 'book, parameters: { slot: "10:30" }';
for (const [what, use, told, ran] of [
  [
    'is good',
    bookIt,
    { isError: false, result: /^\{"booked":"10:30","callSid":"CA[0-9a-f]+","to":"\+13125550142"\}$/ },
    1,
  ],
  ['has bad arguments', 'book, parameters: { time: now }', { isError: true, result: /no such arguments: time/ }, 0],
  ['is refused', 'refuses, parameters: { slot: "10:30" }', { isError: true, result: 'That day is a holiday.' }, 0],
  ['throws', 'throws, parameters: { slot: "10:30" }', { isError: true, result: 'It did not work.' }, 0],
  ['takes too long', 'slow, parameters: { slot: "10:30" }', { isError: true, result: 'It took too long.' }, 0],
  ['nobody knows', 'invented, parameters: {}', { isError: true, result: /no tool/ }, 0],
] as const) {
  test(`a tool that ${what} is answered exactly once, and the call goes on`, async t => {
    let runs = 0;
    const registry = registryOf(
      t,
      {
        name: 'book',
        run: (args, { callSid, to }) => {
          runs += 1;
          return { booked: args['slot'], callSid, to };
        },
      },
      {
        name: 'refuses',
        run: () => {
          throw new ToolProblem('That day is a holiday.');
        },
      },
      {
        name: 'throws',
        run: async () => {
          throw new Error('the calendar’s password is wrong');
        },
      },
      { name: 'slow', timeLimitMs: 50, run: () => new Promise(() => {}) },
    );
    const site = await startCallSite(t, {
      scenario: callerFor(`[{ name: ${use} }]`),
      tools: (call, context) => registry.run(call, context),
    });
    const sid = await site.call('buyer');
    t.match(await site.over(sid), { source: 'elevenlabs', reason: 'agent-ended' });
    const [answer, ...more] = toolsIn(site).filter(each => each.name !== 'end_call');
    t.match(answer, told);
    t.same(more, []);
    t.equal(runs, ran, 'what is not valid never runs');
    const [called, answered] = [eventsOf(site, 'tool-called'), eventsOf(site, 'tool-answered')];
    t.match(answered, [{ toolCallId: called[0]!['toolCallId'], isError: told.isError }]);
    t.equal(answered.length, 1);
    t.same(site.errors, []);
    t.equal(site.pulse.size, 0);
  });
}

test('a caller who hangs up while a tool runs: the tool is told to stop, and nothing is left', async t => {
  let stopped = () => {};
  const told = new Promise<void>(resolve => {
    stopped = resolve;
  });
  let began = () => {};
  const running = new Promise<void>(resolve => {
    began = resolve;
  });
  const registry = registryOf(t, {
    name: 'book',
    run: (_args, { signal }) => {
      began();
      signal.addEventListener('abort', () => stopped());
      return new Promise(() => {});
    },
  });
  const site = await startCallSite(t, {
    scenario: callerFor('[{ name: book, parameters: { slot: "10:30" } }]'),
    tools: (call, context) => registry.run(call, context),
  });
  const sid = await site.call('buyer');
  await running;
  site.carrier.control.hangUp(sid);
  await told;
  t.match(await site.over(sid), { source: 'twilio', reason: 'caller-hung-up' });
  t.equal(site.sessions.size, 0);
  t.equal(site.pulse.size, 0);
  t.same(site.errors, []);
});

test('silence is nobody’s fault while a tool runs', async t => {
  let finish = (_: unknown) => {};
  const registry = registryOf(t, {
    name: 'book',
    run: () =>
      new Promise(resolve => {
        finish = resolve;
      }),
  });
  const site = await startCallSite(t, {
    scenario: callerFor('[{ name: book, parameters: { slot: "10:30" } }]'),
    tools: (call, context) => registry.run(call, context),
  });
  for (const { agent_id } of site.agent.control.agents()) {
    site.agent.control.configure(agent_id, { conversation_config: { turn: { turn_timeout: -1 } } });
  }
  const sid = await site.call('buyer');
  await site.desk.event('tool-called');
  // Three times as long as a silent caller is given before being asked.
  await new Promise<void>(resolve => void site.clock.after(25_000, resolve));
  t.notOk(site.desk.types().includes('silence'), 'nobody was asked whether they are there');
  t.notOk(site.desk.endings.has(sid));
  finish('done');
  t.match(await site.over(sid), { source: 'elevenlabs', reason: 'agent-ended' });
});

test('a key pressed is an event, and the agent knows of it', async t => {
  const site = await startCallSite(t);
  const sid = await site.call('silent');
  await site.desk.event('agent-ready');
  site.carrier.control.press(sid, '4#');
  await site.desk.until(() => (eventsOf(site, 'dtmf').length === 2 ? true : undefined));
  t.same(eventsOf(site, 'dtmf'), [{ digit: '4' }, { digit: '#' }]);
  const talked = await site.agent.control.until(each => each.turns.some(turn => turn.medium === 'dtmf'));
  t.match(
    talked.turns.filter(turn => turn.medium === 'dtmf').map(turn => turn.message),
    ['4#'],
    'as one answer, as it was meant',
  );
  site.carrier.control.hangUp(sid);
  await site.over(sid);
});

test('keys pressed before the agent is ready are told to it when it is', async t => {
  const site = await startCallSite(t);
  site.agent.control.addFault({ kind: 'slow-start', delayMs: 5_000 });
  const sid = await site.call('silent');
  await site.session(sid);
  site.carrier.control.press(sid, '12');
  await site.desk.until(() => (eventsOf(site, 'dtmf').length === 2 ? true : undefined));
  t.notOk(site.desk.types().includes('agent-ready'));
  const talked = await site.agent.control.until(each => each.turns.some(turn => turn.medium === 'dtmf'));
  t.match(talked.turns.find(turn => turn.medium === 'dtmf')?.message, '12');
  site.carrier.control.hangUp(sid);
  await site.over(sid);
});
