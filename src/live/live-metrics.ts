import type { Metrics } from '../ops/metrics.ts';

/** What is measured of live connections. */
export type LiveMetrics = ReturnType<typeof createLiveMetrics>;

export function createLiveMetrics(metrics: Metrics, connections: () => number) {
  metrics.gauge('live_connections', 'Live connections of dashboards and programs.', [], gauge =>
    gauge.set(connections()),
  );
  return {
    refused: metrics.counter('live_refused_total', 'Live connections that were not let in, by code.', ['code']),
    ended: metrics.counter('live_disconnects_total', 'Live connections that ended, by reason.', ['reason']),
    events: metrics.counter('live_events_total', 'Events sent to rooms, once for each kind of room.'),
    commands: metrics.counter('live_client_commands_total', 'Commands of live connections, by result.', [
      'command',
      'result',
    ]),
    snapshots: metrics.counter('live_snapshots_total', 'Times the active calls were read for whoever connected.'),
  };
}
