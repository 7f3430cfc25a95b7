import { clockAt, clockIn } from '../../lib/zones.ts';
import { campaignsText } from '../../strings/campaigns.ts';
import type { CampaignPerson, CampaignState } from './api/campaigns.ts';

const words = campaignsText.queue.why;

const standsStill: Partial<Record<CampaignState, string>> = {
  idle: words.notStarted,
  paused: words.paused,
  pausing: words.paused,
  error: words.error,
  completed: words.over,
  stopped: words.over,
};

/** Why somebody is not called at this moment, in one sentence. */
export function whyNotNow(
  person: Pick<CampaignPerson, 'state' | 'verdict' | 'dueAt' | 'bookedFor' | 'lastOutcome'>,
  campaign: CampaignState,
  now: number,
  outcomeWord: (outcome: string) => string,
): string {
  const { state, verdict, dueAt, bookedFor, lastOutcome } = person;
  if (state === 'dialing') return words.dialing;
  if (state === 'in-call') return words.inCall;
  if (state === 'done') return lastOutcome ? words.finished(outcomeWord(lastOutcome)) : words.finishedPlain;
  if (state === 'blocked') return verdict?.message ?? words.blocked;
  const still = standsStill[campaign];
  if (still) return still;
  const due = dueAt === null ? now : Date.parse(dueAt);
  if (due <= now) return words.due;
  if (bookedFor) return words.booked;
  if (verdict?.message && setsTheTime(verdict, due)) return hoursThere(verdict, now, due) ?? verdict.message;
  return lastOutcome ? words.again(outcomeWord(lastOutcome)) : words.later;
}

const hourMs = 3_600_000;

/** A verdict of a former try says nothing about the next one: it is the reason only where it leads to this very time. */
function setsTheTime({ dueAt, at }: NonNullable<CampaignPerson['verdict']>, due: number): boolean {
  const from = Date.parse(dueAt ?? at ?? '');
  return Math.abs(due - from) < hourMs;
}

/** What the clock there says now, and from when on they may be called: the server's sentence tells the time at which it looked. */
function hoursThere({ code, zone }: NonNullable<CampaignPerson['verdict']>, now: number, due: number): string | null {
  if (code !== 'OUTSIDE_HOURS') return null;
  const [there, opens] = [clockAt(zone, now), clockAt(zone, due)];
  return there && opens && words.hours(there.time, there.place, opens.time);
}

/** A moment by the clock of a zone, as "10:32 in Chicago"; null where it is unknown, or the clocks agree. */
export function timeThere(at: number, zone: string | null, locale?: string, own?: string): string | null {
  const there = clockIn(zone, at, { ...(locale && { locale }), ...(own && { own }) });
  return there && campaignsText.queue.there(there.time, there.place);
}

/** Sentences of the server name moments as ISO 8601; people read them by their own clock. */
export const withLocalTimes = (sentence: string, format: (at: number) => string): string =>
  sentence.replace(/\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z/g, moment => format(Date.parse(moment)));
