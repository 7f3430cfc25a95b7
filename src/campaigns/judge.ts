import type {
  JudgedCall,
  JudgedCampaign,
  JudgedDial,
  JudgedInstallation,
  JudgedNumber,
  JudgedPerson,
  Judgement,
} from './judge-facts.ts';
import { createJudgeNotes } from './judge-notes.ts';
import { createNumberSet } from './judge-number-set.ts';
import { judgeNumber } from './judge-of-number.ts';
import { createTimeJudge } from './judge-of-time.ts';
import { createTurnJudge, isLongWait } from './judge-of-turns.ts';
import { inOrder } from './judge-order.ts';

/** Everything there is to know of a run, handed over bit by bit: a million calls pass through, and are never all there. */
export interface JudgeRecord {
  readonly campaign: JudgedCampaign;
  readonly installation: JudgedInstallation;
  readonly now: number;
  /** Every dialled outbound call of the campaign's time, of whichever campaign, in the order in which they were written. */
  calls(): AsyncIterable<JudgedCall & { readonly writtenAt: number }>;
  /** Attempts as the log tells them, in its order. */
  dials(): AsyncIterable<JudgedDial>;
  people(): AsyncIterable<JudgedPerson>;
  /** All calls to these numbers, at most `numbersAtOnce`, also those before the campaign, oldest first by number. */
  ofNumbers(
    numbers: readonly string[],
  ): Promise<ReadonlyMap<string, { calls: readonly JudgedCall[]; facts: JudgedNumber }>>;
  phoneOf(callId: string): Promise<string | null>;
  /** The carrier's own list of the calls that we placed, where it is at hand: each must be one of ours. */
  readonly carrierCalls?: readonly { readonly sid: string; readonly at: number }[];
}

export const numbersAtOnce = 400;

/**
 * Replays a campaign and says pass or fail, with each breach named. It trusts nothing that the dialer concluded: windows, caps and pace
 * are worked out anew from when was dialled, to which number, and how the campaign was set.
 */
export async function judgeRun(record: JudgeRecord): Promise<Judgement> {
  const { campaign, installation, now } = record;
  const notes = createJudgeNotes();
  const numbers = createNumberSet();
  const time = createTimeJudge(campaign, installation, notes);
  const unknown = new Map((record.carrierCalls ?? []).map(({ sid, at }) => [sid, at]));
  let calls = 0;
  const ordered = inOrder(
    record.calls(),
    call => call.writtenAt,
    call => call.dialledAt,
  );
  for await (const call of ordered) {
    time.take(call);
    if (call.sid !== null) unknown.delete(call.sid);
    if (call.campaignId !== campaign.id) continue;
    calls += 1;
    numbers.add(call.to);
  }

  for (const [sid, at] of unknown)
    notes.broken('at-most-once', at, {}, `the carrier has the call ${sid}, which nobody wrote down`);

  for (const batch of numbers.batches(numbersAtOnce)) {
    for (const { calls: ofNumber, facts } of (await record.ofNumbers(batch)).values())
      judgeNumber(campaign, installation, ofNumber, facts, notes);
  }

  const turns = createTurnJudge(campaign, notes);
  for await (const dial of record.dials()) {
    turns.take(dial, isLongWait(dial) ? await record.phoneOf(dial.callId) : null);
  }
  let people = 0;
  for await (const person of record.people()) {
    people += 1;
    turns.waiting(person, now);
  }
  const reports = notes.reports();
  return {
    campaignId: campaign.id,
    name: campaign.name,
    verdict: reports.some(({ result }) => result === 'fail') ? 'fail' : 'pass',
    calls,
    numbers: numbers.size,
    people,
    rules: reports,
  };
}
