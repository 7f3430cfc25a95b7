import { type Test, test } from 'tap';
import { AgentRepository } from '../../src/agents/agent-repository.ts';
import { createAgentService } from '../../src/agents/agent-service.ts';
import { AgentVersionRepository } from '../../src/agents/agent-version-repository.ts';
import { createDefaultAgent } from '../../src/agents/default-agent.ts';
import { createElevenLabsEngine } from '../../src/engines/elevenlabs/elevenlabs-engine.ts';
import { createEngineMetrics } from '../../src/engines/engine-metrics.ts';
import { createEngines } from '../../src/engines/engines.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { startTestAgent, type TestAgent } from '../helpers/agent-twin.ts';
import { silent, startTestStore, type TestStore } from '../helpers/store.ts';

/** One process of an installation, as far as agents go. */
async function startProcess(
  t: Test,
  twin: TestAgent,
  store: TestStore,
  vendorAgentId: string | undefined = twin.agentId,
) {
  const metrics = createMetrics();
  const engine = createElevenLabsEngine({ ...twin, metrics: createEngineMetrics(metrics) });
  const engines = createEngines([engine]);
  const repository = new AgentRepository(store);
  const service = createAgentService({ agents: repository, versions: new AgentVersionRepository(store), engines });
  await store.ensureIndexes();
  const first = createDefaultAgent({ repository, service, engines, log: silent, vendorAgentId, retryMs: 20 });
  t.teardown(async () => {
    first.stop();
    await engine.close();
    metrics.stop();
  });
  return { first, service, repository };
}

test('of several first starts at once one makes the agent, and once archived it does not come back', async t => {
  const twin = await startTestAgent(t);
  const store = await startTestStore(t);
  const uri = { uri: store.uri };
  const processes = await Promise.all(
    [store, await startTestStore(t, uri), await startTestStore(t, uri)].map(each => startProcess(t, twin, each)),
  );
  await Promise.all(processes.map(({ first }) => first.begin(5_000)));
  const ids = await Promise.all(processes.map(async ({ service }) => (await service.byDefault()).id));
  t.equal(new Set(ids).size, 1);
  t.equal((await processes[0]!.repository.all()).length, 1);

  await processes[1]!.service.archive(ids[0]!);
  const later = await startProcess(t, twin, await startTestStore(t, uri));
  await later.first.begin(5_000);
  await t.rejects(later.service.byDefault(), { code: 'AGENT_NOT_FOUND', message: /no agent yet/ });
  await later.service.create({ name: 'One', engine: 'elevenlabs', vendorAgentId: twin.agentId });
  t.match(await later.service.byDefault(), { name: 'One' }, 'the only one');
  await later.service.create({ name: 'Two', engine: 'elevenlabs', vendorAgentId: twin.agentId });
  await t.rejects(later.service.byDefault(), { code: 'AGENT_NOT_FOUND', message: /several/ });
});

test('a vendor that does not answer holds up no start, and the agent is made when it does', async t => {
  const twin = await startTestAgent(t);
  twin.control.addFault({ kind: 'rest-status', status: 500, times: 2 });
  const { first, service } = await startProcess(t, twin, await startTestStore(t));
  await first.begin(5_000);
  await t.rejects(service.byDefault(), { code: 'AGENT_NOT_FOUND' });
  for (;;) {
    const made = await service.byDefault().catch(() => undefined);
    if (!made) continue;
    t.match(made, { vendorAgentId: twin.agentId, version: 1 });
    break;
  }

  twin.control.addFault({ kind: 'rest-slow', delayMs: 30_000 });
  const slow = await startProcess(t, twin, await startTestStore(t));
  const began = performance.now();
  await slow.first.begin(30);
  t.ok(performance.now() - began < 20_000, 'the start went on before the vendor answered');
});

test('without a configured agent nothing is made, and nobody who has agents is given another', async t => {
  const twin = await startTestAgent(t);
  const none = await startProcess(t, twin, await startTestStore(t), '');
  await none.first.begin(1_000);
  t.same(await none.repository.all(), []);
  const store = await startTestStore(t);
  const own = await startProcess(t, twin, store);
  await own.service.create({ name: 'Mine', engine: 'elevenlabs', vendorAgentId: twin.agentId });
  await own.first.begin(1_000);
  t.equal((await own.repository.all()).length, 1);
});

test('a save in between is taken in where no version was named, and a lost version is kept again', async t => {
  const twin = await startTestAgent(t);
  const store = await startTestStore(t);
  const one = await startProcess(t, twin, store);
  const two = await startProcess(t, twin, await startTestStore(t, { uri: store.uri }));
  const agent = await one.service.create({ name: 'A', engine: 'elevenlabs', vendorAgentId: twin.agentId });
  const id = agent._id.toHexString();
  const saves = await Promise.all([
    one.service.change(id, { maxMinutes: 3 }),
    two.service.change(id, { business: 'Example Dental' }),
    two.service.change(id, { speaksAs: 'Nova' }),
  ]);
  t.same(saves.map(({ after }) => after.version).sort(), [2, 3, 4]);
  t.match(await two.service.find(id), { maxMinutes: 3, business: 'Example Dental', speaksAs: 'Nova', version: 4 });

  // A process that died between the save and keeping its version.
  await store.connection.collection('agentVersions').deleteMany({ agentId: agent._id });
  const three = await startProcess(t, twin, await startTestStore(t, { uri: store.uri }));
  t.match(await three.service.version(id, 4), { speaksAs: 'Nova' });
  await three.service.change(id, { name: 'B' });
  const four = await startProcess(t, twin, await startTestStore(t, { uri: store.uri }));
  t.match(await four.service.version(id, 4), { name: 'A' });
});
