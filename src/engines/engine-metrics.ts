import type { Metrics } from '../ops/metrics.ts';
import type { EngineEnd, EngineKind } from './engine-contract.ts';
import type { EngineFault } from './engine-error.ts';

/** Measurements of every engine; all labels come from fixed lists. */
export interface EngineMetrics {
  /** From asking for a session until audio may flow. */
  connected(kind: EngineKind, seconds: number): void;
  failed(kind: EngineKind, fault: EngineFault): void;
  ended(kind: EngineKind, how: EngineEnd['kind'], closeCode: string): void;
  /** A message that was not understood. */
  message(kind: EngineKind, problem: 'unknown' | 'unreadable'): void;
}

const connectBuckets = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 10, 15] as const;

export function createEngineMetrics(metrics: Metrics): EngineMetrics {
  const connect = metrics.histogram(
    'engine_connect_seconds',
    'Time from opening an agent session until audio may flow.',
    connectBuckets,
    ['engine'],
  );
  const errors = metrics.counter('engine_errors_total', 'Requests that an engine refused or failed.', [
    'engine',
    'fault',
  ]);
  const ends = metrics.counter(
    'engine_sessions_ended_total',
    'Agent sessions by how they ended: by the agent, closed by us, lost, or refused; and by close code.',
    ['engine', 'how', 'code'],
  );
  const messages = metrics.counter('engine_messages_not_understood_total', 'Messages of an engine passed over.', [
    'engine',
    'problem',
  ]);
  return {
    connected: (engine, seconds) => connect.observe({ engine }, seconds),
    failed: (engine, fault) => errors.inc({ engine, fault }),
    ended: (engine, how, code) => ends.inc({ engine, how, code }),
    message: (engine, problem) => messages.inc({ engine, problem }),
  };
}
