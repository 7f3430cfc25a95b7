import {
  type JudgedCall,
  type JudgedCampaign,
  type JudgedInstallation,
  type JudgedSpan,
  settingsWithin,
} from './judge-facts.ts';
import type { JudgeNotes } from './judge-notes.ts';
import { createEarliest } from './judge-order.ts';

/** What was reserved or checked before an edit or a move may still be dialled this long after it. */
const lateDialMs = 5_000;
/** The kill switch holds everywhere within this long. */
const stopMs = 1_000;
const endResolutionMs = 1_000;
const secondMs = 1_000;

/** Judges what depends on the order in which calls were dialled. Memory grows with the pace, never with the number of calls. */
export interface TimeJudge {
  /** The next call of any campaign, in the order of `dialledAt`. */
  take(call: JudgedCall): void;
}

export function createTimeJudge(
  campaign: JudgedCampaign,
  { callsPerSecond, stopped }: Pick<JudgedInstallation, 'callsPerSecond' | 'stopped'>,
  notes: JudgeNotes,
): TimeJudge {
  if (callsPerSecond === null) notes.unsure('pace', 'nobody says how many calls a second the account may place');
  if (campaign.running === null) notes.unsure('running', 'the log does not tell when the campaign ran');
  const ownPace = createPaceWatch();
  const accountPace = createPaceWatch();
  const ends = createEarliest<number>(end => end);

  function judgePace(call: JudgedCall, own: boolean): void {
    if (callsPerSecond !== null) {
      const problem = accountPace.dialled(call.dialledAt, [callsPerSecond]);
      // A breach belongs to the campaign whose call it was.
      if (problem && own) notes.broken('pace', call.dialledAt, named(call), `${problem} by the account`);
    }
    if (!own) return;
    notes.checked('pace');
    const windowMs = Math.max(...campaign.settings.map(each => windowOf(each.callsPerSecond)));
    const rates = settingsWithin(campaign, call.dialledAt - windowMs - lateDialMs, call.dialledAt);
    const problem = ownPace.dialled(
      call.dialledAt,
      rates.map(each => each.callsPerSecond),
    );
    if (problem) notes.broken('pace', call.dialledAt, named(call), `${problem} by the campaign`);
  }

  function judgeConcurrency(call: JudgedCall): void {
    notes.checked('concurrency');
    for (let end = ends.first(); end !== undefined && end <= call.dialledAt + endResolutionMs; end = ends.first())
      ends.removeFirst();
    ends.add(call.endedAt ?? Number.MAX_SAFE_INTEGER);
    const allowed = settingsWithin(campaign, call.dialledAt - lateDialMs, call.dialledAt);
    const most = Math.max(...allowed.map(each => each.maxConcurrent));
    if (ends.size > most)
      notes.broken(
        'concurrency',
        call.dialledAt,
        named(call),
        `${ends.size} calls of the campaign at once, where ${most} are allowed`,
      );
  }

  function judgeStops(call: JudgedCall): void {
    notes.checked('kill-switch');
    const stop = stopped.find(
      ({ from, to }) => call.dialledAt > from + stopMs && call.dialledAt < (to ?? Infinity) - stopMs,
    );
    if (stop)
      notes.broken(
        'kill-switch',
        call.dialledAt,
        named(call),
        `dialled ${secondsSince(stop, call)} s after the kill switch was turned on`,
      );
    if (campaign.running === null) return;
    notes.checked('running');
    const { running } = campaign;
    if (running.some(({ from, to }) => from <= call.dialledAt && call.dialledAt <= (to ?? Infinity) + lateDialMs))
      return;
    const last = running.findLast(({ to }) => to !== null && to < call.dialledAt);
    notes.broken(
      'running',
      call.dialledAt,
      named(call),
      last
        ? `dialled ${Math.round((call.dialledAt - last.to!) / 1_000)} s after the campaign stopped running`
        : 'dialled before the campaign was started',
    );
  }

  return {
    take: call => {
      const own = call.campaignId === campaign.id;
      // Single calls that people ask for are not the dialer's, and follow no pace of its.
      if (call.campaignId !== null) judgePace(call, own);
      if (!own) return;
      judgeConcurrency(call);
      judgeStops(call);
    },
  };
}

/** A pace below one a second is looked at over the time of one call. */
const windowOf = (callsPerSecond: number): number => Math.max(secondMs, secondMs / callsPerSecond);

/** Never more than rate + 1 in any second; with a slow pace never more than 2 in the time that one takes. */
function createPaceWatch() {
  const recent: number[] = [];
  let begin = 0;
  return {
    dialled(at: number, rates: readonly number[]): string | undefined {
      const rate = Math.max(...rates);
      const windowMs = windowOf(rate);
      recent.push(at);
      while (recent[begin]! <= at - windowMs) begin += 1;
      const count = recent.length - begin;
      if (begin > 1_024) {
        recent.splice(0, begin);
        begin = 0;
      }
      const most = Math.floor(Math.max(1, rate) + 1 + 1e-9);
      if (count <= most) return undefined;
      const period = windowMs === secondMs ? 'one second' : `${Math.round(windowMs / 100) / 10} s`;
      return `${count} calls within ${period}, where ${rate} a second and one more are allowed,`;
    },
  };
}

const secondsSince = ({ from }: JudgedSpan, { dialledAt }: JudgedCall): number =>
  Math.round((dialledAt - from) / 1_000);
const named = ({ id, contactId }: JudgedCall) => ({ callId: id, contactId });
