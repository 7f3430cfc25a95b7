import type { CallMeter, LiveSession, SideLevels } from '../bridge/bridge.types.ts';

export interface LevelWatchOptions {
  readonly session: (callId: string) => LiveSession | undefined;
  /** Calls that somebody looks at, here or in another process. */
  readonly watched: () => Iterable<string>;
  readonly tell: (session: LiveSession, levels: SideLevels) => void;
}

/** How loud watched calls are. A call that nobody looks at has no meter and costs nothing. */
export interface LevelWatch {
  look(): void;
  stop(): void;
}

interface Metered {
  readonly session: LiveSession;
  readonly meter: CallMeter;
  silent: boolean;
}

export function createLevelWatch({ session: sessionOf, watched, tell }: LevelWatchOptions): LevelWatch {
  let metered = new Map<string, Metered>();

  const begin = (session: LiveSession): Metered => ({ session, meter: session.people.meter(), silent: false });

  return {
    look() {
      const next = new Map<string, Metered>();
      for (const callId of watched()) {
        const session = sessionOf(callId);
        if (!session) continue;
        const before = metered.get(callId);
        next.set(callId, before && !before.meter.isOver && before.session === session ? before : begin(session));
      }
      for (const [callId, each] of metered) if (next.get(callId) !== each) each.meter.stop();
      metered = next;
      for (const each of metered.values()) {
        const levels = each.meter.take();
        const silent = levels.caller + levels.agent + levels.person === 0;
        // Silence is told once.
        if (!silent || !each.silent) tell(each.session, levels);
        each.silent = silent;
      }
    },
    stop() {
      for (const { meter } of metered.values()) meter.stop();
      metered = new Map();
    },
  };
}
