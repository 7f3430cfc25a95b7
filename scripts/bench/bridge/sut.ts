// One bridge as a process of its own: sut.ts KIND AGENT_PORT [STORE_URI]
import { naiveBridge, sampleBridge, spliceBridge } from './comparators.ts';

const [kind, agentPort, storeUri = ''] = process.argv.slice(2) as [string, string, string?];
const agentUrl = `ws://127.0.0.1:${agentPort}/v1/convai/conversation?agent_id=bench`;

const open: Record<string, () => Promise<number>> = {
  naive: () => naiveBridge(agentUrl),
  splice: () => spliceBridge(agentUrl),
  sample: () => sampleBridge(agentUrl),
  parley: async () => (await import('./parley.ts')).parleyBridge(Number(agentPort), storeUri),
};

process.on('message', () => {
  // Collecting garbage on demand is no work of the bridge: CPU up to now comes first, and again when memory has been looked at.
  const cpu = process.cpuUsage();
  (globalThis as { gc?: () => void }).gc?.();
  const { rss, heapUsed, external, heapTotal } = process.memoryUsage();
  process.send?.({ result: { cpu, rss, heapTotal, live: heapUsed + external, cpuAfter: process.cpuUsage() } });
});
process.on('disconnect', () => process.exit());
process.send?.({ result: await open[kind]!() });
