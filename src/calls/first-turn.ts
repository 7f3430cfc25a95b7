import type { OpeningStep, SpokenTurn } from '../bridge/bridge.types.ts';
import type { Disclosure } from '../compliance/spoken-disclosure.ts';
import type { Logger } from '../ops/logger.ts';
import type { Stored } from '../store/schema.ts';
import type { Call } from './call-document.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallLifecycle } from './call-lifecycle.ts';
import type { CallRepository } from './call-repository.ts';
import type { LifecycleMetrics } from './lifecycle-metrics.ts';

/** What is known of the first thing said on a call. */
export interface FirstTurn {
  readonly at: Date;
  readonly startMs: number;
  readonly endMs: number;
  readonly seller: boolean;
  readonly ai: boolean;
  readonly cutOff: boolean;
  /** What it would have said and nobody has heard yet. */
  readonly lacks: readonly Disclosure[];
  /** When the last of it was heard, in milliseconds since the call was answered; null while something is missing. */
  readonly saidAtMs: number | null;
}

export interface FirstTurnOptions {
  readonly calls: Pick<CallRepository, 'findById' | 'noteFirstTurn' | 'completeFirstTurn'>;
  readonly lifecycle: Pick<CallLifecycle, 'changed'>;
  readonly eventLog: CallEventLog;
  readonly metrics: LifecycleMetrics;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Which of the things that must be said these words say, each of them. */
  check(texts: readonly string[], call: Stored<Call>): Promise<(readonly Disclosure[])[]>;
  /** Begins the recording of a live call, unless it was begun. */
  record(call: Stored<Call>): Promise<void>;
}

export interface FirstTurns {
  /** Something the agent said came to its end, heard whole or cut off. Never rejects. */
  heard(callId: string, turn: SpokenTurn, live?: boolean): Promise<OpeningStep>;
  settled(): Promise<void>;
}

/**
 * The first thing said on a call: checked for what it must say, and only after it may a recording begin. Where it was cut off, what it
 * would have said is waited for: the agent says it again, or the call is not recorded.
 */
export function createFirstTurns(options: FirstTurnOptions): FirstTurns {
  const { calls, eventLog, metrics, logger } = options;
  const working = new Set<Promise<unknown>>();

  async function take(callId: string, turn: SpokenTurn, live: boolean): Promise<OpeningStep> {
    const call = await calls.findById(callId);
    if (!call) return 'said';
    const before = call.firstTurn as FirstTurn | null;
    if (before && before.saidAtMs !== null) return said(call, live);
    const [heard = [], meant = []] = await options.check([turn.heardText ?? turn.text, turn.text], call);
    const whole = !turn.interrupted && turn.heardText === undefined;
    const noted = before
      ? await repeated(call, before, turn, heard, whole)
      : await first(call, turn, heard, meant, whole);
    // Another process was asked as well, or the same one twice.
    if (!noted) return 'ask-again';
    const { saidAtMs, lacks } = noted.firstTurn as unknown as FirstTurn;
    if (saidAtMs === null) return lacks.length > 0 ? 'say-again' : 'go-on';
    return said(noted, live);
  }

  /** Also asked of a call that went on here: the process that heard it may have died before it asked for the recording. */
  async function said(call: Stored<Call>, live: boolean): Promise<OpeningStep> {
    const open = call.recording === 'off' || call.recording === 'requested';
    if (live && call.policy?.record && open && !call.endedAt) await options.record(call);
    return 'said';
  }

  async function first(
    call: Stored<Call>,
    { startMs, endMs }: SpokenTurn,
    heard: readonly Disclosure[],
    meant: readonly Disclosure[],
    whole: boolean,
  ): Promise<Stored<Call> | null> {
    const at = options.now();
    const [seller, ai] = [heard.includes('seller'), heard.includes('ai')];
    const lacks = whole ? [] : meant.filter(each => !heard.includes(each));
    const complete = whole || (meant.length > 0 && lacks.length === 0);
    const firstTurn: FirstTurn = {
      at,
      startMs,
      endMs,
      seller,
      ai,
      cutOff: !whole,
      lacks,
      saidAtMs: complete ? endMs : null,
    };
    const noted = await calls.noteFirstTurn(call._id, { ...firstTurn });
    if (!noted) return null;
    metrics.firstTurns.inc({ seller: seller ? 'said' : 'missing', ai: ai ? 'said' : 'missing' });
    // The words themselves are in the transcript, which is erased when its time is over; events stay.
    const data = { seller, ai, startMs, ...(whole ? {} : { cutOff: true, lacks }) };
    eventLog.add(noted, { type: 'first-turn.heard', source: 'agent', at, data });
    options.lifecycle.changed(noted, ['firstTurn']);
    return noted;
  }

  /** What was cut off is said in another turn. Of turns that say nothing of it nothing is written. */
  async function repeated(
    call: Stored<Call>,
    before: FirstTurn,
    { startMs, endMs }: SpokenTurn,
    heard: readonly Disclosure[],
    whole: boolean,
  ): Promise<Stored<Call> | null> {
    const lacks = before.lacks.filter(each => !heard.includes(each));
    const complete = before.lacks.length > 0 ? lacks.length === 0 : whole;
    if (!complete && lacks.length === before.lacks.length) return call;
    const seller = before.seller || heard.includes('seller');
    const ai = before.ai || heard.includes('ai');
    const firstTurn: FirstTurn = { ...before, seller, ai, lacks, saidAtMs: complete ? endMs : null };
    const noted = await calls.completeFirstTurn(call._id, { ...firstTurn });
    if (!noted) return null;
    const type = 'first-turn.said-again';
    if (complete) eventLog.add(noted, { type, source: 'agent', data: { seller, ai, startMs } });
    options.lifecycle.changed(noted, ['firstTurn']);
    return noted;
  }

  return {
    heard(callId, turn, live = true) {
      const work = take(callId, turn, live)
        .catch((error): OpeningStep => {
          logger.warn({ err: error, attemptId: callId }, 'a first sentence could not be checked');
          return 'ask-again';
        })
        .finally(() => working.delete(work));
      working.add(work);
      return work;
    },
    async settled() {
      while (working.size > 0) await Promise.all(working);
    },
  };
}
