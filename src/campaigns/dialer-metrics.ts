import type { Metrics } from '../ops/metrics.ts';
import type { Turn } from './dialer-step.ts';

/** What is counted about dialling for campaigns. */
export function createDialerMetrics(metrics: Metrics) {
  const turns = metrics.counter(
    'dialer_turns_total',
    'Moments of a campaign that were used: dialled, in-doubt, failed, held, nobody (was due any more), missed.',
    ['result'],
  );
  const refused = metrics.counter(
    'dialer_refused_total',
    'People who were claimed and, by their verdict, not called at that moment.',
  );
  return {
    turn(turn: Turn) {
      turns.inc({ result: turn.kind });
      if (turn.refused > 0) refused.inc(turn.refused);
    },
  };
}
