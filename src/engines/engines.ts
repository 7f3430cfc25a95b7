import { AppError } from '../errors.ts';
import type { Engine, EngineKind } from './engine-contract.ts';

/** Every engine of this installation. */
export interface Engines {
  /** Kinds that have an implementation. */
  readonly available: readonly EngineKind[];
  /** Throws `ENGINE_NOT_AVAILABLE`, naming it, for one that has none. */
  get(kind: EngineKind): Engine;
}

export function createEngines(list: readonly Engine[]): Engines {
  const byKind = new Map(list.map(engine => [engine.kind, engine]));
  const available = [...byKind.keys()];
  return {
    available,
    get(kind) {
      const engine = byKind.get(kind);
      if (engine) return engine;
      throw new AppError(
        'ENGINE_NOT_AVAILABLE',
        `The engine ${kind} is not available in this release; choose ${available.join(' or ')}.`,
        { details: [{ field: 'engine', problem: `must be ${available.join(' or ')}` }] },
      );
    },
  };
}
