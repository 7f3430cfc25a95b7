import { pino } from 'pino';
import { type Test, test } from 'tap';
import { Type } from 'typebox';
import { createMetrics } from '../../src/ops/metrics.ts';
import { callInfoTool } from '../../src/tools/call-info-tool.ts';
import { createToolRegistry, type Tool, ToolProblem } from '../../src/tools/tool-registry.ts';
import { longestToolResult, type ToolContext } from '../../src/tools/tools.types.ts';

const slot = Type.Object({ slot: Type.String({ minLength: 3 }) }, { additionalProperties: false });

function start(t: Test, ...tools: Partial<Tool>[]) {
  const log: string[] = [];
  const metrics = createMetrics();
  t.teardown(() => metrics.stop());
  const registry = createToolRegistry({ logger: pino({}, { write: line => void log.push(line) }), metrics });
  for (const tool of tools) registry.add({ name: 'book', parameters: slot, run: () => 'done', ...tool });
  const session = new AbortController();
  const context: ToolContext = {
    callId: 'attempt-1',
    callSid: 'CA1',
    direction: 'outbound',
    to: '+12125550142',
    from: '+12125550100',
    agentId: 'a',
    variables: {},
    answeredAt: new Date(),
    signal: session.signal,
  };
  const call = (name: string, args: unknown = { slot: '10:30' }) =>
    registry.run({ toolCallId: 'c', name, arguments: args as Record<string, unknown>, expectsResult: true }, context);
  return { registry, metrics, log, session, call };
}

test('a tool gets its arguments and the call, and its answer becomes text', async t => {
  const { call, metrics } = start(
    t,
    { run: ({ slot }, { callId }) => ({ slot, callId }) },
    { name: 'text', run: async () => 'as it is' },
    { name: 'nothing', run: () => undefined },
    { name: 'long', run: () => 'x'.repeat(longestToolResult * 2) },
  );
  t.same(await call('book'), { result: '{"slot":"10:30","callId":"attempt-1"}', isError: false });
  t.same(await call('text'), { result: 'as it is', isError: false });
  t.same(await call('nothing'), { result: '', isError: false });
  t.equal((await call('long')).result.length, longestToolResult);
  t.match(await metrics.registry.metrics(), 'parley_tool_calls_total{tool="book",result="ok"} 1');
});

test('unknown names and bad arguments are answered at once, without running anything', async t => {
  let ran = 0;
  const run = () => {
    ran += 1;
  };
  const { call, metrics } = start(t, { run });
  const rows: [name: string, args: unknown, said: RegExp][] = [
    ['unheard_of', {}, /no tool/],
    ['constructor', {}, /no tool/],
    ['Book', { slot: '10:30' }, /no tool/],
    ['book', {}, /missing: slot/],
    ['book', { slot: 3 }, /slot/],
    ['book', { slot: 'x' }, /slot/],
    ['book', { slot: '10:30', price: 1 }, /no such arguments: price/],
    ['book', null, /./],
    ['book', [], /./],
    ['book', JSON.parse('{"__proto__":{"slot":"10:30"}}'), /./],
  ];
  for (const [name, args, said] of rows) {
    t.match(await call(name, args), { isError: true, result: said }, `${name} ${JSON.stringify(args)}`);
  }
  t.equal(ran, 0);
  t.match(await metrics.registry.metrics(), 'parley_tool_calls_total{tool="none",result="unknown"} 3');
});

test('a handler that throws, rejects, takes too long or cannot be said in JSON gives one error', async t => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  const seen: boolean[] = [];
  const { call, log } = start(
    t,
    {
      run: () => {
        throw new Error('password=hunter2');
      },
    },
    { name: 'rejects', run: () => Promise.reject(new Error('internals')) },
    { name: 'says_why', run: () => Promise.reject(new ToolProblem('That slot is taken.')) },
    { name: 'circle', run: () => circle },
    {
      name: 'slow',
      timeLimitMs: 20,
      run: (_, { signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => {
            seen.push(true);
            reject(new Error('late'));
          }),
        ),
    },
  );
  t.same(await call('book'), { result: 'It did not work.', isError: true });
  t.same(await call('rejects'), { result: 'It did not work.', isError: true });
  t.same(await call('says_why'), { result: 'That slot is taken.', isError: true });
  t.same(await call('circle'), { result: 'It did not work.', isError: true });
  t.same(await call('slow'), { result: 'It took too long.', isError: true });
  t.same(seen, [true], 'it was told to stop');
  t.equal(log.length, 3, 'what is our mistake is logged, what came too late is not');
});

test('a session that ends answers whatever still runs, and nothing new begins', async t => {
  let begun = 0;
  const { call, session } = start(t, {
    run: () => {
      begun += 1;
      return new Promise(() => undefined);
    },
  });
  const running = [call('book'), call('book')];
  session.abort();
  t.same(await Promise.all(running), [
    { result: 'The call has ended.', isError: true },
    { result: 'The call has ended.', isError: true },
  ]);
  t.match(await call('book'), { isError: true });
  t.equal(begun, 2);
});

test('two tools of one name, or a name the vendor refuses, are mistakes at the start', t => {
  const { registry } = start(t, {});
  const tool: Tool = { name: 'book', parameters: slot, run: () => '' };
  t.throws(() => registry.add(tool), /book/);
  t.throws(() => registry.add({ ...tool, name: 'a b' }), /a b/);
  t.same(registry.names, ['book']);
  t.end();
});

test('get_call_info: which call, how long, what time it is', async t => {
  const now = new Date(Date.now() + 61_000);
  const { registry, call } = start(t);
  registry.add(callInfoTool(() => now));
  const info = JSON.parse((await call('get_call_info', { timeZone: 'America/New_York' })).result);
  t.match(info, { direction: 'outbound', callerNumber: '+12125550142', now: { timeZone: 'America/New_York' } });
  t.ok(info.secondsSoFar >= 60 && info.secondsSoFar <= 61);
  t.match(JSON.parse((await call('get_call_info', { timeZone: 'Mars/Olympus' })).result), { now: { timeZone: 'UTC' } });
});
