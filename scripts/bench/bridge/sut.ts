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
  (globalThis as { gc?: () => void }).gc?.();
  process.send?.({ result: { cpu: process.cpuUsage(), rss: process.memoryUsage.rss() } });
});
process.on('disconnect', () => process.exit());
process.send?.({ result: await open[kind]!() });
