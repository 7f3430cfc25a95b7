import type { Metrics } from '../ops/metrics.ts';

export type HandoffCommand = 'listen' | 'whisper' | 'takeover' | 'handback' | 'transfer' | 'hangup';

/** What people do with live calls. */
export function createHandoffMetrics(metrics: Metrics, people: () => { listening: number; speaking: number }) {
  metrics.gauge('live_people', 'People with the calls that this process holds, by what they do.', ['mode'], gauge => {
    const { listening, speaking } = people();
    gauge.set({ mode: 'listening' }, listening);
    gauge.set({ mode: 'speaking' }, speaking);
  });
  return {
    commands: metrics.counter(
      'live_commands_total',
      'Commands for live calls that were asked of this process, by what came of them: done, or the code of the refusal.',
      ['command', 'result'],
    ),
  };
}

export type HandoffMetrics = ReturnType<typeof createHandoffMetrics>;
