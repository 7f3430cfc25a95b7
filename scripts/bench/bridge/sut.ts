// One bridge as a process of its own: sut.ts KIND AGENT_PORT [STORE_URI]
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { naiveBridge, sampleBridge, spliceBridge } from './comparators.ts';

const [kind, agentPort, storeUri = ''] = process.argv.slice(2) as [string, string, string?];
const agentUrl = `ws://127.0.0.1:${agentPort}/v1/convai/conversation?agent_id=bench`;

const open: Record<string, () => Promise<number>> = {
  naive: () => naiveBridge(agentUrl),
  splice: () => spliceBridge(agentUrl),
  sample: () => sampleBridge(agentUrl),
  parley: async () => (await import('./parley.ts')).parleyBridge(Number(agentPort), storeUri),
};

// What the collector takes, and how long the process is stopped by it at a time: delays of 10 ms and more are its own or the code's.
const collected = { minor: 0, major: 0, minorMs: 0, majorMs: 0, longestMs: 0 };
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) {
    const { duration, detail } = entry as PerformanceEntry & { readonly detail?: { readonly kind?: number } };
    const minor = detail?.kind === constants.NODE_PERFORMANCE_GC_MINOR;
    collected[minor ? 'minor' : 'major'] += 1;
    collected[minor ? 'minorMs' : 'majorMs'] += duration;
    collected.longestMs = Math.max(collected.longestMs, duration);
  }
}).observe({ entryTypes: ['gc'] });

const inspector = new Session();
const profiler = (method: string, params: object = {}) =>
  new Promise<{ profile?: object }>((resolve, reject) =>
    inspector.post(`Profiler.${method}`, params, (error, found) => (error ? reject(error) : resolve(found ?? {}))),
  );

process.on('message', async ({ do: what, file }: { do?: string; file?: string }) => {
  if (what === 'profile') {
    inspector.connect();
    await profiler('enable');
    await profiler('setSamplingInterval', { interval: 200 });
    await profiler('start');
    return process.send?.({ result: null });
  }
  if (what === 'profiled') {
    const { profile } = await profiler('stop');
    writeFileSync(file!, JSON.stringify(profile));
    return process.send?.({ result: null });
  }
  // Collecting garbage on demand is no work of the bridge: CPU up to now comes first, and again when memory has been looked at.
  const cpu = process.cpuUsage();
  const garbage = { ...collected };
  if (what === 'memory') (globalThis as { gc?: () => void }).gc?.();
  const { rss, heapUsed, external, heapTotal } = process.memoryUsage();
  // The collection that was asked for is told later.
  await new Promise(resolve => setTimeout(resolve, 5));
  Object.assign(collected, { longestMs: 0 });
  process.send?.({ result: { cpu, rss, heapTotal, live: heapUsed + external, cpuAfter: process.cpuUsage(), garbage } });
});
process.on('disconnect', () => process.exit());
process.send?.({ result: await open[kind]!() });
