import type { Dependency, DependencyReport } from '../ops/dependencies.ts';
import type { Engine, EngineError } from './engine-contract.ts';
import { isEngineError } from './engine-error.ts';

/** Readiness is asked every few seconds by whoever balances load; the vendor is asked far less often. */
const keptMs = 30_000;

/** What no waiting mends. */
const remedies: Partial<Record<EngineError['fault'], string>> = {
  credentials: 'Check the key of the agents’ vendor, its rights and its region. A changed key takes a restart.',
  credits: 'Add credits at the agents’ vendor, or raise the quota.',
};

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
      const remedy = remedies[error.fault];
      return {
        state: error.fault === 'full' ? 'degraded' : 'down',
        detail: error.message,
        ...(remedy === undefined ? {} : { remedy }),
      };
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
