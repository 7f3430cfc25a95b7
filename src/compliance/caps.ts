import type { CampaignFacts, Caps, PastAttempt } from './dial-facts.ts';
import { dayMs, minuteMs } from './local-time.ts';
import type { PlaceLaw } from './place-rules.ts';

/** How often one number is called where nobody says otherwise. */
export const defaultCaps: Caps = { perDay: 1, perWeek: 3 };
/** No setting goes beyond these. */
export const hardCaps: Caps = { perDay: 3, perWeek: 7 };

export const attemptsPerCampaign = { usual: 6, most: 10 };
/** Conversations with one person in 30 days. */
export const conversationsPerMonth = 2;
/** The same where somebody asks for another one. */
export const mostConversationsPerMonth = 4;
/** The longest time that any of these rules looks back. */
export const lookBackDays = 60;

const afterRefusalMs = 60 * dayMs;
const afterQuickHangUpMs = 7 * dayMs;
const quickHangUpSeconds = 6;
/** Until the next attempt, by what came of the last one. */
const gapMinutes: Readonly<Record<string, number>> = {
  'no-answer': 4 * 60,
  // Nobody knows whether it rang, or it did and was taken back.
  unknown: 4 * 60,
  canceled: 4 * 60,
  busy: 30,
  voicemail: 24 * 60,
  'message-left': 24 * 60,
  // Whoever heard silence is not called at once again.
  abandoned: 72 * 60,
};

/** Attempts that may have rung; what the network or the carrier refused reached nobody. */
export const rang = (attempts: readonly PastAttempt[]): readonly PastAttempt[] =>
  attempts.filter(({ outcome }) => outcome !== 'failed' && outcome !== 'invalid-number');

/** The first moment from `at` on at which fewer than `most` of these calls lie within the time before it. */
export function whenFewer(attempts: readonly PastAttempt[], most: number, windowMs: number, at: number): number {
  const oldestThatCounts = [...attempts].sort((one, other) => other.at - one.at)[most - 1];
  return oldestThatCounts ? Math.max(at, oldestThatCounts.at + windowMs) : at;
}

/** Most calls to one number in 24 hours: what is set, never more than the law of any place it may be in. */
export const mostPerDay = (caps: Caps, laws: readonly PlaceLaw[]): number =>
  Math.min(caps.perDay, hardCaps.perDay, ...laws.map(({ salesCallsPerDay = Infinity }) => salesCallsPerDay));

export const isConversation = ({ outcome }: PastAttempt): boolean =>
  outcome === 'conversation' || outcome === 'opt-out';

/** They hung up at once: a person, who did not want to be called. */
export const isQuickHangUp = ({ outcome, talkedSeconds, hungUpByThem }: PastAttempt): boolean =>
  hungUpByThem &&
  talkedSeconds !== null &&
  talkedSeconds <= quickHangUpSeconds &&
  (outcome === 'conversation' || outcome === 'abandoned' || outcome === 'no-answer');

/** Why the next attempt has to wait, and until when. */
export interface Gap {
  readonly until: number;
  readonly after: string;
}

/** The longest wait that past calls to the number ask for; undefined when nothing does. */
export function gapAfter(attempts: readonly PastAttempt[], campaign: CampaignFacts | null): Gap | undefined {
  let longest: Gap | undefined;
  attempts.forEach((attempt, index) => {
    for (const [ms, after] of waitsAfter(attempt, attempts.slice(index), campaign)) {
      const until = (attempt.endedAt ?? attempt.at) + ms;
      if (!longest || until > longest.until) longest = { until, after };
    }
  });
  return longest;
}

/** The longest wait that the person themselves asked for, by refusing or hanging up at once; undefined when nothing does. */
export function gapOfTheirs(attempts: readonly PastAttempt[]): Gap | undefined {
  let longest: Gap | undefined;
  for (const attempt of attempts) {
    for (const [ms, after] of theirWaits(attempt)) {
      const until = (attempt.endedAt ?? attempt.at) + ms;
      if (!longest || until > longest.until) longest = { until, after };
    }
  }
  return longest;
}

function theirWaits(attempt: PastAttempt): [ms: number, after: string][] {
  const waits: [number, string][] = [];
  if (attempt.refused) waits.push([afterRefusalMs, 'refusal']);
  if (isQuickHangUp(attempt)) waits.push([afterQuickHangUpMs, 'hang-up']);
  return waits;
}

/** `upToIt` holds the attempt and all before it, newest first. */
function waitsAfter(
  attempt: PastAttempt,
  upToIt: readonly PastAttempt[],
  campaign: CampaignFacts | null,
): [ms: number, after: string][] {
  const waits = theirWaits(attempt);
  const outcome = attempt.outcome ?? 'unknown';
  const minutes = retryMinutes(outcome, upToIt, campaign) ?? gapMinutes[outcome];
  if (minutes !== undefined) waits.push([minutes * minuteMs, outcome]);
  return waits;
}

/** The campaign's own wait after its attempts, by how many ended like this; the last one it names holds for all after it. */
function retryMinutes(
  outcome: string,
  upToIt: readonly PastAttempt[],
  campaign: CampaignFacts | null,
): number | undefined {
  const list = campaign?.afterMinutes?.[outcome];
  if (!campaign || !list?.length || upToIt[0]?.campaignId !== campaign.id) return undefined;
  const times = upToIt.filter(each => each.campaignId === campaign.id && each.outcome === outcome).length;
  return list[Math.min(times, list.length) - 1];
}
