import { setTimeout as delay } from 'node:timers/promises';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { JobCensus } from './job-record.ts';

export interface JobMetrics {
  readonly done: Counter<'name'>;
  readonly failed: Counter<'name'>;
  readonly dead: Counter<'name'>;
  observe(name: string, durationMs: number): void;
}

/** A scrape is given up by its reader after some seconds, and nobody wants to be blind just when the store hangs. */
const patienceMs = 1_000;

/** Counters of this process, and gauges over all processes that are read from the store when they are scraped. */
export function createJobMetrics(
  registry: Registry,
  census: () => Promise<JobCensus[]>,
  now: () => number,
): JobMetrics {
  const registers = [registry];
  const labelNames = ['name'] as const;
  let asking: Promise<JobCensus[]> | undefined;
  // All gauges share one look at the store. A store that is away, or does not answer, must not take the other metrics with
  // it: a missing series says that nobody knows.
  const rows = () => {
    asking ??= census()
      .catch(() => [])
      .finally(() => {
        asking = undefined;
      });
    return Promise.race([asking, delay(patienceMs, [], { ref: false })]);
  };
  new Gauge({
    name: 'parley_jobs',
    help: 'Jobs in the store by name and state, over all processes',
    labelNames: ['name', 'state'] as const,
    registers,
    async collect() {
      const counted = await rows();
      this.reset();
      for (const { name, state, count } of counted) this.set({ name, state }, count);
    },
  });
  new Gauge({
    name: 'parley_jobs_oldest_due_seconds',
    help: 'Age of the oldest job that is due and waits; 0 when the first is due later',
    labelNames,
    registers,
    async collect() {
      const counted = await rows();
      this.reset();
      for (const { name, oldestDueAt } of counted) {
        if (oldestDueAt) this.set({ name }, Math.max(0, (now() - oldestDueAt.getTime()) / 1000));
      }
    },
  });
  const duration = new Histogram({
    name: 'parley_job_duration_seconds',
    help: 'How long one attempt ran',
    labelNames,
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 30, 60, 300],
    registers,
  });
  return {
    done: new Counter({ name: 'parley_jobs_done_total', help: 'Jobs done by this process', labelNames, registers }),
    failed: new Counter({
      name: 'parley_jobs_failed_total',
      help: 'Failed attempts in this process',
      labelNames,
      registers,
    }),
    dead: new Counter({
      name: 'parley_jobs_dead_total',
      help: 'Jobs that became dead letters in this process',
      labelNames,
      registers,
    }),
    observe: (name, durationMs) => duration.observe({ name }, durationMs / 1000),
  };
}
