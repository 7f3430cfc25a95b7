import type { CallFigures } from '../calls/calls.types.ts';
import type { Events } from '../events.ts';
import type { MetricsTick } from './analytics-events.ts';
import { dayOf } from './contribution-protocol.ts';
import type { RollupLogRepository } from './rollup-log-repository.ts';
import type { RollupReader } from './rollup-reader.ts';
import { quarterAfter, startOfDay, zoneClock } from './time-slots-protocol.ts';

export interface MetricsTickerOptions {
  readonly reader: RollupReader;
  readonly calls: Pick<CallFigures, 'active'>;
  readonly log: Pick<RollupLogRepository, 'raisePeak'>;
  readonly events: Pick<Events, 'publish'>;
  readonly campaignsRunning: () => Promise<number>;
  readonly process: () => MetricsTick['processes'][number];
  readonly currency: string;
  readonly timeZone: string;
  readonly now: () => Date;
}

/** Makes one tick: reads how things stand and tells it. All of it comes from the store, so a restart changes none of it. */
export function createMetricsTicker(options: MetricsTickerOptions): () => Promise<void> {
  const { reader, calls, log, now } = options;
  const offsetOf = zoneClock(options.timeZone);
  let peak = { day: '', calls: -1 };

  return async () => {
    const at = now();
    const atMs = at.getTime();
    const todayMs = startOfDay(atMs, offsetOf);
    const untilMs = quarterAfter(atMs + 1);
    const [days, activeCalls, campaignsRunning] = await Promise.all([
      reader.read('all', [[todayMs, untilMs]]),
      calls.active({}),
      options.campaignsRunning(),
    ]);
    const day = dayOf(atMs + offsetOf(atMs));
    if (peak.day !== day || activeCalls > peak.calls) peak = { day, calls: await log.raisePeak(day, activeCalls) };
    const figures = days.sum(todayMs, untilMs).figures(options.currency);
    const { amount, currency } = figures.spend;
    options.events.publish('metrics.tick', {
      at,
      activeCalls,
      peak: peak.calls,
      callsToday: figures.calls,
      answeredToday: figures.answered,
      averageDurationSeconds: figures.averageDurationSeconds,
      latency: figures.latency,
      spendToday: { amount, currency },
      campaignsRunning,
      processes: [options.process()],
    });
  };
}
