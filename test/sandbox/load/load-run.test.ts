import { type Test, test } from 'tap';
import type { LoadOrder } from '../../../src/sandbox/load/load-order.ts';
import { startTestAgent } from '../../helpers/agent-twin.ts';
import { startTestCarrier } from '../../helpers/carrier.ts';
import { joinWithAgent } from '../../helpers/frame-bridge.ts';
import { type Answer, startTrivialProduct } from '../../helpers/trivial-product.ts';

const order: LoadOrder = {
  ...{ calls: 4, rampSeconds: 0.4, holdSeconds: 5, talking: 0.5 },
  ...{ silence: 'sparse', direction: 'inbound' },
};
const twiml = '<Response><Connect><Stream url="/media"/></Connect></Response>';

/** A carrier, an agent and a bridge between them; everything at the pace of real people. */
async function startBridge(t: Test, answer: Answer = { body: twiml }) {
  const authToken = 'c'.repeat(32);
  const product = await startTrivialProduct(t, authToken);
  const carrier = await startTestCarrier(t, {
    ...{ authToken, scale: 1, recognise: false },
    deliver: { [product.publicOrigin]: product.localOrigin },
  });
  const agent = await startTestAgent(t, { scale: 1 });
  product.answers['/voice'] = answer;
  let open = true;
  t.teardown(() => {
    open = false;
  });
  void (async () => {
    while (open) {
      const stream = await product.stream();
      joinWithAgent(stream.socket, { baseUrl: agent.baseUrl, apiKey: agent.apiKey, agentId: agent.agentId });
    }
  })();
  const twin = async (method: string, body?: object) => {
    const reply = await fetch(`${carrier.baseUrl}/twin/load`, {
      method,
      headers: { authorization: `Bearer ${carrier.controlKey}` },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    // biome-ignore lint/suspicious/noExplicitAny: reports and errors are looked into
    return { status: reply.status, body: (await reply.json()) as any };
  };
  const done = async () => {
    await carrier.control.loadFinished();
    return (await twin('GET')).body;
  };
  return { product, carrier, agent, twin, done, voiceUrl: `${product.publicOrigin}/voice` };
}

test('a run measures loss, order and latency of those who talk, and the first sound of all', async t => {
  const { carrier, twin, done, voiceUrl } = await startBridge(t);
  t.match((await twin('POST', order)).body, { error: /no voice URL, and voiceUrl was not given/ });
  t.match(await twin('POST', { ...order, calls: 0 }), { status: 400, body: { error: /^calls / } });
  t.match(await twin('GET'), { status: 400, body: { error: 'no load run was started' } });
  t.match((await twin('POST', { ...order, voiceUrl })).body, { state: 'ramping' });
  t.match((await twin('POST', { ...order, voiceUrl })).body, { error: /going on already/ });

  const report = await done();
  t.match(report.calls, { placed: 4, connected: 4, live: 0, peak: 4, completed: 4 });
  t.same(report.failures, {});
  t.same(report.violations, {});
  const { frames, latencyMs, firstSoundMs, cost } = report;
  t.ok(frames.expected > 50, `${frames.expected} frames were measured`);
  t.match(frames, { returned: frames.expected, lost: 0, reordered: 0, doubled: 0, foreign: 0 });
  for (const way of ['toAgent', 'toCaller', 'roundTrip'] as const) {
    t.equal(latencyMs[way].count, frames.returned, way);
    t.ok(latencyMs[way].p50 > 0, 'nothing is instant');
  }
  t.ok(latencyMs.roundTrip.p50 >= latencyMs.toAgent.p50);
  t.equal(firstSoundMs.count, 4);
  t.ok(cost.processorPercent > 0 && cost.microsecondsPerCallSecond > 0);
  t.ok(carrier.control.calls().every(call => call.state === 'completed'));
});

test('what goes wrong is counted by its kind', async t => {
  const { carrier, twin, done, voiceUrl, product } = await startBridge(t);
  let count = 0;
  product.answers['/voice'] = () => {
    count += 1;
    if (count === 1) return { status: 500 };
    return { body: count === 2 ? '<Response><Pause length="1"/></Response>' : twiml };
  };
  carrier.control.addFault({ kind: 'stream-refused' });
  await twin('POST', { ...order, calls: 4, rampSeconds: 0, holdSeconds: 3, talking: 0, voiceUrl });
  const report = await done();
  const kinds = Object.keys(report.failures).join('; ');
  t.match(kinds, /not connected: 11200/);
  t.match(kinds, /not connected: turned away by TwiML without a stream/);
  t.match(kinds, /not connected: 31902/);
  t.ok(report.calls.completed >= 1, 'the others are not disturbed');
});

test('calls of a limited length make room for others, and a run can be stopped early', async t => {
  const { carrier, twin, done, voiceUrl } = await startBridge(t);
  await twin('POST', { ...order, calls: 2, rampSeconds: 0, holdSeconds: 600, callSeconds: 1, talking: 0, voiceUrl });
  let ended = 0;
  await new Promise<void>(resolve => {
    const stop = carrier.control.onCall(call => {
      if (call.state === 'completed') ended += 1;
      if (ended < 3) return;
      stop();
      resolve();
    });
  });
  await twin('DELETE');
  const report = await done();
  t.ok(report.calls.placed > 2, 'more calls than places');
  t.equal(report.calls.peak, 2, 'and never more at a time');
  t.same(report.failures, {});
});
