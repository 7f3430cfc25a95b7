import type { LiveSession, SessionRegistry } from '../bridge/bridge.types.ts';
import type { CallView } from '../calls/calls.types.ts';
import type { Events } from '../events.ts';
import type { Logger } from '../ops/logger.ts';
import { type CallFeed, liveUpdate } from './call-feed.ts';
import type { FlagEvent } from './call-flags.ts';
import type { FanOut } from './fan-out.ts';
import { createFlagWatch } from './flag-watch.ts';
import { createLevelWatch } from './level-watch.ts';
import { createActivityWatch } from './live-activity.ts';
import type { LiveActivity, LiveFields, LiveFlag, LiveTurn } from './live-contract.ts';

export interface CallStatusOptions {
  readonly events: Pick<Events, 'on'>;
  readonly sessions: () => Pick<SessionRegistry, 'get' | 'all'>;
  readonly activityOf: (session: LiveSession) => LiveActivity;
  readonly feed: CallFeed;
  readonly fanOut: FanOut;
  readonly records: StatusRecords;
  /** Calls that somebody watches, here or in another process. */
  readonly watched: () => Iterable<string>;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** What was written down of calls, for what this process has not heard itself. */
export interface StatusRecords {
  /** Writes down why a person should look at a call. */
  readonly keepFlags: (callId: string, flags: readonly LiveFlag[]) => Promise<void>;
  readonly newestTurns: (
    callIds: readonly string[],
  ) => Promise<ReadonlyMap<string, { readonly index: number; readonly turn: LiveTurn }>>;
  readonly past: (
    callId: string,
  ) => Promise<{ readonly answeredAt: Date | null; readonly events: readonly FlagEvent[] }>;
}

/** What live calls have that no document has, told while somebody is there to see it. */
export interface CallStatus {
  liveFields(calls: readonly CallView[]): Promise<(call: CallView) => LiveFields>;
  /** Somebody came who knows nothing: everything is told within a quarter of a second. */
  newcomer(): void;
  stop(): void;
}

const activityEveryMs = 250;
const levelsEveryMs = 200;
const flagsEveryMs = 1_000;

export function createCallStatus(options: CallStatusOptions): CallStatus {
  const { events, sessions, activityOf, feed, fanOut, records, watched, logger, now } = options;
  const session = (callId: string) => sessions().get(callId);
  const flags = createFlagWatch({
    events,
    session,
    sessions: () => sessions().all(),
    keep: records.keepFlags,
    past: records.past,
    logger,
    now: () => now().getTime(),
  });
  const activity = createActivityWatch({
    sessions: () => sessions().all(),
    activityOf,
    flagsOf: flags.of,
    wanted: () => fanOut.wanted('calls'),
    tell: ({ callId, callSid, people }, seen, first) => {
      const lastTurn = first ? feed.lastTurn(callId) : undefined;
      const fields = { ...seen, people: people.view(), ...(lastTurn === undefined ? {} : { lastTurn }) };
      fanOut.sendNewest('calls', callId, 'call:updated', liveUpdate(callId, callSid, fields));
    },
    now: () => performance.now(),
  });
  const levels = createLevelWatch({
    session,
    watched,
    tell: ({ callId, callSid }, levels) => {
      const at = now();
      const event = { seq: at.getTime(), at: at.toISOString(), callSid, callId, levels };
      fanOut.sendNewest(`call:${callId}`, 'levels', 'call:levels', event);
    },
  });
  const timers = [
    setInterval(() => activity.look(), activityEveryMs).unref(),
    setInterval(() => levels.look(), levelsEveryMs).unref(),
    setInterval(() => void flags.write(), flagsEveryMs).unref(),
  ];

  return {
    async liveFields(calls) {
      const unheard = calls.flatMap(({ id }) => (feed.lastTurn(id) === undefined ? [id] : []));
      const newest = unheard.length > 0 ? await records.newestTurns(unheard) : new Map();
      return ({ id }) => {
        const lastTurn = feed.lastTurn(id) ?? lastTurnOf(newest.get(id));
        const here = session(id);
        return {
          ...(lastTurn === undefined ? {} : { lastTurn }),
          ...(here ? { activity: activityOf(here), people: here.people.view(), flags: flags.of(here) } : {}),
        };
      };
    },
    newcomer: () => activity.forget(),
    stop() {
      for (const timer of timers) clearInterval(timer);
      levels.stop();
      flags.stop();
    },
  };
}

const lastTurnOf = (found: { readonly index: number; readonly turn: LiveTurn } | undefined): LiveFields['lastTurn'] =>
  found && { ...found, final: found.turn.interrupted };
