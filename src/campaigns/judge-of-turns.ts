import { minuteMs } from '../compliance/local-time.ts';
import { type JudgedCampaign, type JudgedDial, type JudgedPerson, settingsAt } from './judge-facts.ts';
import { hoursProblem, whereaboutsOf } from './judge-hours.ts';
import type { JudgeNotes } from './judge-notes.ts';

/** Nobody who is due and allowed waits longer than this because of others. */
const patienceMs = 24 * 60 * minuteMs;
/** People who became due within so short a time of each other are due at the same time. */
const sameTurnMs = 5 * minuteMs;
const stepMs = 15 * minuteMs;

/** Whether it needs a closer look. */
export const isLongWait = ({ at, dueAt }: Pick<JudgedDial, 'at' | 'dueAt'>): boolean => at - dueAt > patienceMs;

/** Judges whether people's turn came: of whoever waited over a day, nobody who became due later may have gone before. */
export interface TurnJudge {
  /** The next attempt, in order; `phone` is asked only about somebody who waited long. */
  take(dial: JudgedDial, phone: string | null): void;
  /** Somebody who waits at the end. */
  waiting(person: JudgedPerson, now: number): void;
}

export function createTurnJudge(campaign: JudgedCampaign, notes: JudgeNotes): TurnJudge {
  /**
   * Who went since when, later due than everybody after them: the answer to "the latest due of all who went since" lies at one place
   * of it. People mostly go in the order in which they become due, so there are few such places.
   */
  const latest: { readonly at: number; readonly dueAt: number }[] = [];

  function overtakenSince(moment: number, dueAt: number): boolean {
    let [low, high] = [0, latest.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (latest[middle]!.at > moment) high = middle;
      else low = middle + 1;
    }
    return low < latest.length && latest[low]!.dueAt > dueAt + sameTurnMs;
  }

  /** When they could be called first: it was their turn, the campaign ran, and the hours allowed it. */
  function allowedFrom(phone: string | null, dueAt: number, until: number): number | null {
    const place = phone?.startsWith('+') ? whereaboutsOf(phone, null) : null;
    for (let at = dueAt; at <= until; at += stepMs) {
      if (!ran(campaign, at)) continue;
      if (place && hoursProblem(place, settingsAt(campaign, at), at) !== null) continue;
      return at;
    }
    return null;
  }

  function judge(
    who: { contactId: string; callId?: string },
    phone: string | null,
    dueAt: number,
    until: number,
  ): void {
    notes.checked('nobody-starved');
    if (until - dueAt <= patienceMs) return;
    const allowed = allowedFrom(phone, dueAt, until);
    if (allowed === null || until - allowed <= patienceMs || !overtakenSince(allowed + patienceMs, dueAt)) return;
    const hours = Math.round((until - allowed) / 3_600_000);
    notes.broken(
      'nobody-starved',
      until,
      who,
      `due and allowed for ${hours} h, while people went who became due later`,
    );
  }

  return {
    take: ({ at, contactId, callId, dueAt, booked }, phone) => {
      judge({ contactId, callId }, phone, dueAt, at);
      // Booked callbacks and other people's attempts are not the same queue.
      if (booked) return;
      while (latest.length > 0 && latest.at(-1)!.dueAt <= dueAt) latest.pop();
      latest.push({ at, dueAt });
    },
    waiting: ({ contactId, phone, dueAt, state }, now) => {
      if (state === 'waiting') judge({ contactId }, phone, dueAt, now);
    },
  };
}

const ran = ({ running }: JudgedCampaign, at: number): boolean =>
  running === null || running.some(({ from, to }) => from <= at && at < (to ?? Infinity));
