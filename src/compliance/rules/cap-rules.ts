import {
  attemptsPerCampaign,
  conversationsPerMonth,
  gapAfter,
  hardCaps,
  isConversation,
  isQuickHangUp,
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

type CapFacts = DialFacts & Pick<{ [F in keyof DialFacts]-?: Exclude<DialFacts[F], undefined> }, 'attempts' | 'caps'>;

/** An emergency may be told as often as the bounds allow, whatever is set for other calls. */
const dayLimit = (facts: CapFacts): number =>
  facts.contentClass === 'emergency'
    ? hardCaps.perDay
    : mostPerDay(facts.caps, facts.contentClass === 'telemarketing' ? lawsFor(facts) : []);
const weekLimit = ({ contentClass, caps }: CapFacts): number =>
  contentClass === 'emergency' ? hardCaps.perWeek : Math.min(caps.perWeek, hardCaps.perWeek);

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
  waitingRule('attempts-per-day', 'DAILY_CAP', ['attempts', 'caps'], {
    classes: everyClass,
    opens: (facts, at) => whenFewer(rang(facts.attempts), dayLimit(facts), dayMs, at),
    evidence: (facts, at) => ({ inLast24Hours: within(rang(facts.attempts), dayMs, at), most: dayLimit(facts) }),
    explain: facts => ({
      message: `The number was called ${dayLimit(facts) === 1 ? 'once' : `${dayLimit(facts)} times`} in the last 24 hours, which is the most allowed.`,
    }),
  }),
  waitingRule('attempts-per-week', 'ATTEMPT_CAP', ['attempts', 'caps'], {
    classes: everyClass,
    opens: (facts, at) => whenFewer(rang(facts.attempts), weekLimit(facts), 7 * dayMs, at),
    evidence: (facts, at) => ({ inLast7Days: within(rang(facts.attempts), 7 * dayMs, at), most: weekLimit(facts) }),
    explain: facts => ({
      message: `The number was called ${weekLimit(facts)} times in the last 7 days, which is the most allowed.`,
    }),
  }),
  waitingRule('conversations-per-month', 'ATTEMPT_CAP', ['attempts'], {
    classes: withConsent,
    opens: (facts, at) => {
      const talks = facts.attempts.filter(isConversation);
      const afterTalks = whenFewer(talks, conversationsPerMonth, 30 * dayMs, at);
      const most = monthLimit(facts);
      return most === Infinity ? afterTalks : whenFewer(rang(facts.attempts), most, 30 * dayMs, afterTalks);
    },
    evidence: ({ attempts }, at) => ({
      conversationsIn30Days: within(attempts.filter(isConversation), 30 * dayMs, at),
      most: conversationsPerMonth,
    }),
    explain: () => ({
      message: 'Somebody spoke with the person, or called them, as often in the last 30 days as is allowed.',
    }),
  }),
  waitingRule('spacing', 'SPACING', ['attempts', 'campaign'], {
    classes: withConsent,
    opens: ({ attempts, campaign }, at) => Math.max(at, gapAfter(rang(attempts), campaign)?.until ?? at),
    explain: ({ attempts, campaign }) => {
      const gap = gapAfter(rang(attempts), campaign)!;
      return {
        message: `The last calls to this number ask for a pause (after ${gap.after}).`,
        evidence: { after: gap.after, until: new Date(gap.until).toISOString() },
      };
    },
  }),
];
