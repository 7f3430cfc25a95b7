import type { Metrics } from '../ops/metrics.ts';
import type { CallDirection } from './call-state.ts';

/** What is counted about placing and holding calls; labels come from fixed lists. */
export function createCallMetrics(metrics: Metrics) {
  const active = metrics.gauge(
    'calls_active',
    'Calls whose place this process holds; all processes together are all calls.',
    ['direction'],
  );
  const peak = metrics.gauge('calls_active_peak', 'Most calls this process held at once since it started.');
  const now: Record<CallDirection, number> = { inbound: 0, outbound: 0 };
  let most = 0;
  for (const direction of ['inbound', 'outbound'] as const) active.set({ direction }, 0);
  peak.set(0);
  return {
    started: metrics.counter(
      'calls_started_total',
      'Calls that the carrier took (outbound) or that were given an agent (inbound).',
      ['direction', 'engine'],
    ),
    refused: metrics.counter(
      'calls_refused_total',
      'Calls that were refused before anybody was dialled or answered, by code.',
      ['direction', 'code'],
    ),
    placing: metrics.histogram(
      'call_placing_seconds',
      'From the request to the answer of the carrier.',
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    ),
    active(direction: CallDirection, count: number) {
      now[direction] = count;
      active.set({ direction }, count);
      most = Math.max(most, now.inbound + now.outbound);
      peak.set(most);
    },
  };
}

export type CallMetrics = ReturnType<typeof createCallMetrics>;
