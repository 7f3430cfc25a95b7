import type { Logger } from '../ops/logger.ts';
import { severalAtOnce } from '../several-at-once.ts';
import type { Stored } from '../store/schema.ts';
import type { Carrier, CarrierCall } from '../telephony/carrier-contract.ts';
import type { Call } from './call-document.ts';
import type { CallEndings } from './call-ending.ts';
import type { CallLifecycle } from './call-lifecycle.ts';
import type { CallRepository } from './call-repository.ts';
import { isFinalCallState } from './call-state.ts';
import { lostReport, reportOf } from './carrier-report.ts';
import type { LifecycleMetrics } from './lifecycle-metrics.ts';

export interface ReconcilerOptions {
  readonly calls: CallRepository;
  readonly carrier: Pick<Carrier, 'call' | 'find' | 'hangUp'>;
  readonly lifecycle: Pick<CallLifecycle, 'changed' | 'status' | 'conclude'>;
  readonly endings: Pick<CallEndings, 'note'>;
  readonly metrics: LifecycleMetrics;
  readonly logger: Logger;
  readonly now: () => Date;
  /** A round begins nothing more after this long; the next one does. */
  readonly roundMs?: number;
  /** What a round's length is taken from, in milliseconds. */
  readonly clock?: () => number;
}

/** What one round found; every figure is a number of calls. */
export interface ReconcilerReport {
  found: number;
  freed: number;
  moved: number;
  concluded: number;
}

export const patience = {
  /** Placing a call takes at most this long; an attempt without a name that is older is in doubt. */
  inDoubtMs: 10_000,
  /** The carrier's list lags: what it does not show is looked for again until then. */
  givenUpMs: 45_000,
  /** A call that rings or talks is asked about when nothing was heard of it for this long. */
  quietMs: 60_000,
  /** One that is being ended, or whose ringing must be over, sooner. */
  endingMs: 15_000,
  /** An ended call is concluded by whoever wrote down its end, unless that process died. */
  concludedMs: 15_000,
} as const;

const mostPerRound = 1_000;
/** A carrier takes a tenth of a second for an answer: one after the other, a few hundred calls would take longer than until the next round. */
const atOnce = 8;
/** The carrier's clock and ours may differ by this much. */
const clockSkewMs = 5_000;

/** Puts right what callbacks and dead processes left behind, from what the carrier says. Several rounds at once do no harm. */
export function createReconciler(options: ReconcilerOptions): { round(): Promise<ReconcilerReport> } {
  const { calls, carrier, metrics, logger, now, roundMs = 40_000, clock = () => performance.now() } = options;

  /** One call that cannot be put right must not keep the others waiting. */
  async function forEach(
    found: Stored<Call>[],
    what: string,
    work: (call: Stored<Call>) => Promise<boolean>,
    isTime: () => boolean,
  ): Promise<number> {
    let done = 0;
    const one = async (call: Stored<Call>): Promise<void> => {
      try {
        if (!(await work(call))) return;
        metrics.reconciled.inc({ what });
        done += 1;
      } catch (error) {
        logger.warn({ err: error, attemptId: call._id.toHexString() }, 'a call could not be reconciled; trying again');
      }
    };
    await severalAtOnce(found, atOnce, one, isTime);
    return done;
  }

  /** The carrier's call that this attempt made, if it made one: to this number, since then, and nobody else's. */
  async function callOf(attempt: Stored<Call>): Promise<CarrierCall | null> {
    const since = attempt.createdAt.getTime() - clockSkewMs;
    for (const candidate of await carrier.find({ to: attempt.to, from: attempt.from })) {
      if (candidate.createdAt && candidate.createdAt.getTime() < since) continue;
      if (!(await calls.findBySid(candidate.sid))) return candidate;
    }
    return null;
  }

  async function resolveDoubt(attempt: Stored<Call>, count: (what: 'found' | 'freed') => void): Promise<boolean> {
    const callId = attempt._id.toHexString();
    const found = attempt.direction === 'outbound' ? await callOf(attempt) : null;
    if (found) {
      const named = await calls.attachSid(callId, found.sid);
      if (!named) return false;
      options.lifecycle.changed(named, ['sid']);
      count('found');
      await takeOver(callId, found);
      // Whoever asked for it was told that it failed, or wanted it ended.
      if (attempt.terminationSource && !isFinalCallState(found.status)) await carrier.hangUp(found.sid);
      return true;
    }
    if (now().getTime() - attempt.createdAt.getTime() < patience.givenUpMs) return false;
    await options.endings.note(callId, { source: 'system', reason: 'never-placed' });
    const freed = await calls.giveUp(callId, now());
    if (!freed) return false;
    count('freed');
    await options.lifecycle.conclude(freed);
    return true;
  }

  const takeOver = (callId: string, found: CarrierCall): Promise<unknown> =>
    options.lifecycle.status(callId, reportOf(found, now()), 'reconciler');

  /** Asks the carrier about a call of which nothing was heard. */
  async function ask(call: Stored<Call>): Promise<boolean> {
    if (call.sid === null || !isDue(call, now())) return false;
    const callId = call._id.toHexString();
    const found = await carrier.call(call.sid);
    if (found && (found.status === call.state || !isFinalCallState(found.status))) {
      // It was looked at: the next look is due as long after this one.
      await calls.touch(callId);
      return false;
    }
    if (found) return (await options.lifecycle.status(callId, reportOf(found, now()), 'reconciler')) === 'applied';
    await options.endings.note(callId, { source: 'system', reason: 'unknown-to-carrier' });
    const lost = lostReport(call.sid, call.answeredAt ? 'completed' : 'failed', now());
    return (await options.lifecycle.status(callId, lost, 'reconciler')) === 'applied';
  }

  return {
    async round() {
      const report: ReconcilerReport = { found: 0, freed: 0, moved: 0, concluded: 0 };
      const begun = clock();
      const isTime = () => clock() - begun < roundMs;
      const before = (ms: number) => new Date(now().getTime() - ms);
      const doubtful = await calls.inDoubt(before(patience.inDoubtMs), mostPerRound);
      await forEach(doubtful, 'in-doubt', call => resolveDoubt(call, what => (report[what] += 1)), isTime);
      // These need no carrier, so that they come before those who wait for one.
      const unfinished = await calls.unfinished(before(patience.concludedMs), mostPerRound);
      report.concluded = await forEach(unfinished, 'not-concluded', call => options.lifecycle.conclude(call), isTime);
      report.moved = await forEach(await calls.quiet(before(patience.endingMs), mostPerRound), 'no-news', ask, isTime);
      return report;
    },
  };
}

/** Whether the silence around a call is long enough to ask. */
export function isDue(
  call: Pick<Call, 'state' | 'terminationSource'> & { readonly updatedAt: Date },
  now: Date,
): boolean {
  const silentMs = now.getTime() - call.updatedAt.getTime();
  return silentMs >= (call.terminationSource ? patience.endingMs : patience.quietMs);
}
