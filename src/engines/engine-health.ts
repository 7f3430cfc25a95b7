import type { Dependency, DependencyReport } from '../ops/dependencies.ts';
import type { Engine } from './engine-contract.ts';
import { isEngineError } from './engine-error.ts';

/** Readiness is asked every few seconds by whoever balances load; the vendor is asked far less often. */
const keptMs = 30_000;

/** Whether the agents' vendor answers us. It is never critical: calls that need it are refused by themselves. */
export function engineHealth(engine: Pick<Engine, 'agents'>, now: () => number = Date.now): Dependency {
  let last: { readonly at: number; readonly report: Promise<DependencyReport> } | undefined;
  const ask = async (): Promise<DependencyReport> => {
    const startedAt = performance.now();
    try {
      await engine.agents();
      return { state: 'up', latencyMs: Math.round(performance.now() - startedAt) };
    } catch (error) {
      if (!isEngineError(error)) throw error;
      return { state: error.fault === 'full' ? 'degraded' : 'down', detail: error.message };
    }
  };
  return {
    name: 'agent',
    critical: false,
    check() {
      if (!last || now() - last.at >= keptMs) last = { at: now(), report: ask() };
      return last.report;
    },
  };
}
