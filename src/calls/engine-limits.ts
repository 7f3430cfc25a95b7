import type { EngineKind } from '../engines/engine-contract.ts';
import type { SettingsRepository } from '../ops/settings-repository.ts';

/** How many calls at once an engine's vendor takes, as far as it told us by refusing. */
export interface EngineLimits {
  /** No limit of ours is infinity. */
  limitOf(engine: EngineKind): Promise<{ readonly limit: number; readonly untilMs: number }>;
  /** The vendor is full with this many: one fewer are let in for a while, in every process. */
  lower(engine: EngineKind, taken: number): Promise<number>;
}

const lowerForMs = 60_000;
/** Another process's lesson reaches us this late at most; asking the store for every call would cost more than it tells. */
const believedForMs = 1_000;

export function createEngineLimits(
  settings: Pick<SettingsRepository, 'settingOf' | 'setValue'>,
  now: () => Date,
): EngineLimits {
  const known = new Map<EngineKind, { limit: number; untilMs: number; readAt: number }>();
  const key = (engine: EngineKind) => `limit:${engine}`;
  return {
    async limitOf(engine) {
      const at = now().getTime();
      let found = known.get(engine);
      if (!found || at - found.readAt >= believedForMs || at < found.readAt) {
        const { limit, untilMs } = (await settings.settingOf(key(engine))) ?? {};
        found =
          typeof limit === 'number' && typeof untilMs === 'number'
            ? { limit, untilMs, readAt: at }
            : { limit: Number.POSITIVE_INFINITY, untilMs: 0, readAt: at };
        known.set(engine, found);
      }
      return found.untilMs > at ? found : { limit: Number.POSITIVE_INFINITY, untilMs: 0 };
    },
    async lower(engine, taken) {
      const at = now().getTime();
      // At least one: otherwise nobody would ever find out that the vendor has room again.
      const limit = Math.max(1, taken - 1);
      const untilMs = at + lowerForMs;
      known.set(engine, { limit, untilMs, readAt: at });
      await settings.setValue(key(engine), { limit, untilMs });
      return limit;
    },
  };
}
