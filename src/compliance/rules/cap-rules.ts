import { isAskedFor, orAskedFor } from '../booked-time.ts';
import {
  attemptsPerCampaign,
  conversationsPerMonth,
  gapAfter,
  gapOfTheirs,
  hardCaps,
  isConversation,
  isQuickHangUp,
  mostConversationsPerMonth,
  mostPerDay,
  rang,
  whenFewer,
} from '../caps.ts';
import type { DialFacts } from '../dial-facts.ts';
import { dayMs } from '../local-time.ts';
import { placeFor } from '../location.ts';
import type { PlaceLaw } from '../place-rules.ts';
import { everyClass, passed, type Rule, refused, rule, waitingRule, withConsent } from './rule.ts';

const lawsFor = ({ to, contact }: DialFacts): readonly PlaceLaw[] => {
  const place = to?.ok ? placeFor(to, contact ?? null) : undefined;
  return place && 'laws' in place ? place.laws : [];
};

type Given<K extends keyof DialFacts> = DialFacts & Pick<{ [F in K]-?: Exclude<DialFacts[F], undefined> }, K>;
type CapFacts = Given<'attempts' | 'caps'>;
type BookedCapFacts = Given<'attempts' | 'caps' | 'bookedFor'>;

/** An emergency may be told as often as the bounds allow, whatever is set for other calls. */
const dayLimit = (facts: CapFacts): number =>
  facts.contentClass === 'emergency' ? hardCaps.perDay : mostPerDay(facts.caps, salesLaws(facts));
const weekLimit = ({ contentClass, caps }: CapFacts): number =>
  contentClass === 'emergency' ? hardCaps.perWeek : Math.min(caps.perWeek, hardCaps.perWeek);
const salesLaws = (facts: DialFacts): readonly PlaceLaw[] =>
  facts.contentClass === 'telemarketing' ? lawsFor(facts) : [];

/** A call that somebody asked for at this time is held by the bounds and the law alone: the caps that are ours to set spare whom we call unasked. */
const dayLimitAt = (facts: BookedCapFacts, at: number): number =>
  isAskedFor(facts.bookedFor, at) ? mostPerDay(hardCaps, salesLaws(facts)) : dayLimit(facts);
const weekLimitAt = (facts: BookedCapFacts, at: number): number =>
  isAskedFor(facts.bookedFor, at) ? hardCaps.perWeek : weekLimit(facts);

const monthLimit = (facts: DialFacts): number =>
  Math.min(Infinity, ...lawsFor(facts).map(({ callsPer30Days = Infinity }) => callsPer30Days));

const within = (attempts: CapFacts['attempts'], windowMs: number, at: number): number =>
  attempts.filter(attempt => attempt.at > at - windowMs).length;

/** How often one number, and one contact of a campaign, is called: whichever campaign or caller id the calls came from. */
export const capRules: readonly Rule[] = [
  rule(
    'attempts-per-campaign',
    'ATTEMPT_CAP',
    ['campaign', 'attempts'],
    ({ campaign, attempts }) => {
      if (campaign === null) return passed({ campaign: null });
      const most = Math.min(campaign.maxAttempts ?? attemptsPerCampaign.usual, attemptsPerCampaign.most);
      const hangUps = attempts.filter(each => each.campaignId === campaign.id && isQuickHangUp(each)).length;
      const evidence = { attempts: campaign.attempts, most, hangUps };
      if (campaign.attempts >= most)
        return refused('The campaign has tried this contact as often as it may.', evidence);
      return hangUps >= 2
        ? refused('The person hung up at once twice, so the campaign does not call them again.', evidence)
        : passed(evidence);
    },
    { permanent: true, classes: everyClass },
  ),
  waitingRule('attempts-per-day', 'DAILY_CAP', ['attempts', 'caps', 'bookedFor'], {
    classes: everyClass,
    opens: (facts, at, until) => {
      const calls = rang(facts.attempts);
      const next = whenFewer(calls, dayLimit(facts), dayMs, at);
      const most = mostPerDay(hardCaps, salesLaws(facts));
      return orAskedFor(facts.bookedFor, at, next, until, from => whenFewer(calls, most, dayMs, from));
    },
    evidence: (facts, at) => ({ inLast24Hours: within(rang(facts.attempts), dayMs, at), most: dayLimitAt(facts, at) }),
    explain: (facts, at) => {
      const most = dayLimitAt(facts, at);
      return {
        message: `The number was called ${most === 1 ? 'once' : `${most} times`} in the last 24 hours, which is the most allowed.`,
      };
    },
  }),
  waitingRule('attempts-per-week', 'ATTEMPT_CAP', ['attempts', 'caps', 'bookedFor'], {
    classes: everyClass,
    opens: (facts, at, until) => {
      const calls = rang(facts.attempts);
      const next = whenFewer(calls, weekLimit(facts), 7 * dayMs, at);
      return orAskedFor(facts.bookedFor, at, next, until, from => whenFewer(calls, hardCaps.perWeek, 7 * dayMs, from));
    },
    evidence: (facts, at) => ({
      inLast7Days: within(rang(facts.attempts), 7 * dayMs, at),
      most: weekLimitAt(facts, at),
    }),
    explain: (facts, at) => ({
      message: `The number was called ${weekLimitAt(facts, at)} times in the last 7 days, which is the most allowed.`,
    }),
  }),
  waitingRule('conversations-per-month', 'ATTEMPT_CAP', ['attempts', 'bookedFor'], {
    classes: withConsent,
    opens: (facts, at, until) => {
      const talks = facts.attempts.filter(isConversation);
      const usual = whenFewer(talks, conversationsPerMonth, 30 * dayMs, at);
      const bound = (from: number) => whenFewer(talks, mostConversationsPerMonth, 30 * dayMs, from);
      const afterTalks = orAskedFor(facts.bookedFor, at, usual, until, bound);
      const most = monthLimit(facts);
      return afterTalks === null || most === Infinity
        ? afterTalks
        : whenFewer(rang(facts.attempts), most, 30 * dayMs, afterTalks);
    },
    evidence: ({ attempts, bookedFor }, at) => ({
      conversationsIn30Days: within(attempts.filter(isConversation), 30 * dayMs, at),
      most: isAskedFor(bookedFor, at) ? mostConversationsPerMonth : conversationsPerMonth,
    }),
    explain: () => ({
      message: 'Somebody spoke with the person, or called them, as often in the last 30 days as is allowed.',
    }),
  }),
  waitingRule('spacing', 'SPACING', ['attempts', 'campaign', 'bookedFor'], {
    classes: withConsent,
    opens: ({ attempts, campaign, bookedFor }, at, until) => {
      const calls = rang(attempts);
      const next = Math.max(at, gapAfter(calls, campaign)?.until ?? at);
      return orAskedFor(bookedFor, at, next, until, from => Math.max(from, gapOfTheirs(calls)?.until ?? from));
    },
    explain: ({ attempts, campaign, bookedFor }, at) => {
      const calls = rang(attempts);
      const gap = (isAskedFor(bookedFor, at) ? gapOfTheirs(calls) : undefined) ?? gapAfter(calls, campaign)!;
      return {
        message: `The last calls to this number ask for a pause (after ${gap.after}).`,
        evidence: { after: gap.after, until: new Date(gap.until).toISOString() },
      };
    },
  }),
];
