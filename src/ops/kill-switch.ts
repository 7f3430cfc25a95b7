import { shared } from '../store/gathered.ts';
import type { SettingsRepository } from './settings-repository.ts';

/** Whether anybody may be called at all. */
export interface KillSwitchState {
  readonly on: boolean;
  readonly since: string | null;
  /** Who turned it last. */
  readonly by: string | null;
  readonly reason: string | null;
}

export interface KillSwitch {
  /** Asked with every call: nothing is kept in memory, so it holds in every process with the next question. */
  state(): Promise<KillSwitchState>;
  turn(on: boolean, by: string, reason: string | null): Promise<KillSwitchState>;
}

const key = 'kill-switch';

/** Stops all calling of the installation at once; lives in the store, so that the admin command works without a server. */
export function createKillSwitch(settings: SettingsRepository, now: () => Date): KillSwitch {
  const setting = shared(name => settings.settingOf(name));
  return {
    state: async () => {
      const value = await setting(key);
      if (!value) return { on: false, since: null, by: null, reason: null };
      // Whatever is not a clear "off" stops: a damaged setting must not let calls out.
      return {
        on: value['on'] !== false,
        since: text(value['since']),
        by: text(value['by']),
        reason: text(value['reason']),
      };
    },
    turn: async (on, by, reason) => {
      const state = { on, since: now().toISOString(), by, reason };
      await settings.setValue(key, state);
      return state;
    },
  };
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
