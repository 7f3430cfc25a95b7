import { constants, type PerformanceEntry, PerformanceObserver, performance } from 'node:perf_hooks';

/** A time in which a process did nothing but one thing: `ms` until `at`, by the system's clock. */
export interface Halt {
  readonly at: number;
  readonly ms: number;
  readonly what: string;
}

const everyMs = 5;
const worthTellingMs = 15;

/** Notes when the event loop stood still, and how long the collector stopped the process; returns what was noted since it was asked last. */
export function watchHalts(): () => Halt[] {
  let halts: Halt[] = [];
  let expected = performance.now() + everyMs;
  let cpu = process.cpuUsage();
  setInterval(() => {
    const now = performance.now();
    const used = process.cpuUsage(cpu);
    const ms = now - expected;
    // A halt without work is one of the machine, which had something else to do.
    const worked = `loop (${((used.user + used.system) / 1_000).toFixed(0)} ms of CPU)`;
    if (ms >= worthTellingMs) halts.push({ at: Date.now(), ms, what: worked });
    cpu = process.cpuUsage();
    expected = now + everyMs;
  }, everyMs).unref();
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) {
      if (entry.duration < worthTellingMs) continue;
      const { kind } = (entry as PerformanceEntry & { readonly detail?: { readonly kind?: number } }).detail ?? {};
      const what = kind === constants.NODE_PERFORMANCE_GC_MINOR ? 'small collection' : 'large collection';
      halts.push({ at: performance.timeOrigin + entry.startTime + entry.duration, ms: entry.duration, what });
    }
  }).observe({ entryTypes: ['gc'] });
  return () => {
    const noted = halts;
    halts = [];
    return noted;
  };
}
