import type { LiveSession } from '../bridge/bridge.types.ts';
import type { LiveActivity, LiveFlag } from './live-contract.ts';

export interface ActivityOptions {
  readonly sessions: () => readonly LiveSession[];
  readonly activityOf: (session: LiveSession) => LiveActivity;
  readonly flagsOf: (session: LiveSession) => readonly LiveFlag[];
  /** Whether anybody would see it. */
  readonly wanted: () => boolean;
  /** `first` when nothing of the call was told yet. */
  readonly tell: (
    session: LiveSession,
    fields: { readonly activity: LiveActivity; readonly flags: readonly LiveFlag[] },
    first: boolean,
  ) => void;
  readonly now: () => number;
}

/** How often what did not change is told again, so that nobody takes a quiet call for a lost one. */
const repeatMs = 5_000;

/** What agents are doing at this moment, and why somebody should look: told when it changes, at most as often as it is looked at. */
export interface ActivityWatch {
  look(): void;
  /** Somebody came who knows nothing: with the next look everything is told. */
  forget(): void;
}

export function createActivityWatch(options: ActivityOptions): ActivityWatch {
  const { sessions, activityOf, flagsOf, wanted, tell, now } = options;
  let told = new Map<string, { readonly state: string; readonly at: number }>();
  return {
    look() {
      if (!wanted()) {
        if (told.size > 0) told = new Map();
        return;
      }
      const at = now();
      const next: typeof told = new Map();
      for (const session of sessions()) {
        const activity = activityOf(session);
        const flags = flagsOf(session);
        const state = [activity.agent, activity.step, ...flags.map(({ kind, at }) => `${kind} ${at}`)].join('\n');
        const before = told.get(session.callId);
        if (before?.state === state && at - before.at < repeatMs) {
          next.set(session.callId, before);
          continue;
        }
        next.set(session.callId, { state, at });
        tell(session, { activity, flags }, before === undefined);
      }
      told = next;
    },
    forget: () => told.clear(),
  };
}
