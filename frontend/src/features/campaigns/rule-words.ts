import { formatCount, formatMoney, formatShare } from '../../lib/format.ts';
import { spacedNumber } from '../../lib/phone-number.ts';
import { campaignsText } from '../../strings/campaigns.ts';
import type { Campaign } from './api/campaigns.ts';
import { isDay, shareOf, variantDraftsOf } from './campaign-parts.ts';

const words = campaignsText.rules;

type Window = NonNullable<Campaign['schedule']>['windows'][number];

/** "Mon to Fri 09:00–17:30 · Sat 10:00–14:00": days of the same hours together, the week beginning on Monday. */
export function hoursText(windows: readonly Window[]): string {
  const byHours = new Map<string, number[]>();
  for (const { day, from, to } of windows) {
    const hours = `${from}–${to}`;
    byHours.set(hours, [...(byHours.get(hours) ?? []), (day + 6) % 7].sort());
  }
  return [...byHours]
    .sort(([, [a = 0]], [, [b = 0]]) => a - b)
    .map(([hours, days]) => `${runsOf([...new Set(days)]).join(', ')} ${hours}`)
    .join(' · ');
}

/** Days that follow each other, as "Mon to Fri". */
function runsOf(days: readonly number[]): string[] {
  const runs: number[][] = [];
  for (const day of days) {
    const run = runs.at(-1);
    if (run && run.at(-1) === day - 1) run.push(day);
    else runs.push([day]);
  }
  const name = (day: number | undefined) => words.days[((day ?? 0) + 1) % 7] ?? '';
  return runs.flatMap(run => (run.length > 2 ? [`${name(run[0])} to ${name(run.at(-1))}`] : run.map(day => name(day))));
}

type Names = ReadonlyMap<string, string>;

/** "US, 24 December" of a schedule's list: calendars by the name of their country, days as they are. */
export const holidaysText = (holidays: readonly string[]): string =>
  holidays.map(each => (isDay(each) ? each : campaignsText.wizard.calendar(each))).join(', ');

/** What each variable is filled from, as "plan: their field Plan". */
export function variablesText({ variables }: Pick<Campaign, 'variables'>): string[] {
  const { fields } = campaignsText.wizard.agentStep;
  return Object.entries(variables).map(([name, { field, value }]) =>
    field === undefined
      ? words.fromText(name, value ?? '')
      : words.fromField(name, (fields as Record<string, string>)[field] ?? field.replace(/^customFields\./, '')),
  );
}

/** "A (50 %, Ava), B (50 %)": each version with its share, and its agent where it has one of its own. */
export function versionsText({ variants }: Pick<Campaign, 'variants'>, agents: Names): string {
  const drafts = variantDraftsOf(variants);
  return drafts
    .map(draft => {
      const agent = draft.agentId === '' ? null : (agents.get(draft.agentId) ?? draft.agentId);
      return words.version(draft.name, agent, formatShare(shareOf(drafts, draft) ?? 0));
    })
    .join(', ');
}

export function callerIdsText({ callerIds, localPresence }: Pick<Campaign, 'callerIds' | 'localPresence'>): string {
  const numbers = callerIds.map(spacedNumber).join(', ');
  if (callerIds.length === 0) return words.usualCallerId;
  return callerIds.length === 1 ? numbers : words.inTurn(numbers, localPresence);
}

export const breakerText = ({ breaker }: Pick<Campaign, 'breaker'>): string =>
  breaker === null
    ? words.usualBreaker
    : words.ownBreaker(
        breaker.inARow,
        Math.round(breaker.share * 100),
        breaker.ofAtLeast,
        breaker.withinSeconds,
        breaker.pauseSeconds,
      );

const minutesText = (minutes: number): string => {
  const [size, unit] = (
    [
      [1440, 'day'],
      [60, 'hour'],
      [1, 'minute'],
    ] as const
  ).find(([each]) => minutes % each === 0) ?? [1, 'minute'];
  return new Intl.NumberFormat(undefined, { style: 'unit', unit, unitDisplay: 'long' }).format(minutes / size);
};

const rateText = (rate: number): string =>
  rate >= 1
    ? words.sentence.perSecond(formatCount(rate))
    : words.sentence.everySeconds(formatCount(Math.round(10 / rate) / 10));

/** Everything a campaign will do, each in one sentence that needs no knowledge of its fields. */
export function rulesInWords(campaign: Campaign, { agents, lists }: { agents: Names; lists: Names }): string[] {
  const { sentence } = words;
  const { schedule, retry, amd, budget, seller, agentId, variants, pace, record } = campaign;
  const machine = amd ? (amd.mode === 'off' ? 'off' : amd.onMachine) : undefined;
  const again = (outcome: 'busy' | 'no-answer' | 'voicemail') => retry?.afterMinutes?.[outcome]?.[0];
  const [busy, noAnswer, voicemail] = [again('busy'), again('no-answer'), again('voicemail')];
  const waits =
    busy && noAnswer && voicemail
      ? sentence.waits(minutesText(busy), minutesText(noAnswer), minutesText(voicemail))
      : '';
  const clock =
    (schedule?.timeZone ?? 'contact') === 'contact' ? words.byContact : words.byZone(schedule?.timeZone ?? '');
  const named = campaign.lists.map(id => lists.get(id) ?? words.unknownList);
  const said = [
    named.length > 0
      ? sentence.who(new Intl.ListFormat(undefined, { type: 'conjunction' }).format(named))
      : sentence.nobody,
    sentence.class[campaign.contentClass],
    sentence.never,
    seller && sentence.seller(seller.legalName, seller.callbackNumber ? spacedNumber(seller.callbackNumber) : null),
    agentId && agents.has(agentId) && variants.length === 0 && sentence.speaks(agents.get(agentId) ?? ''),
    variants.length > 0 && sentence.compares(versionsText(campaign, agents)),
    campaign.callerIds.length > 0 && sentence.from(callerIdsText(campaign)),
    schedule === null
      ? sentence.lawful
      : schedule.windows.length === 0
        ? sentence.never_open
        : sentence.when(hoursText(schedule.windows), clock),
    (schedule?.startsAt || schedule?.endsAt) && sentence.between(schedule.startsAt ?? null, schedule.endsAt ?? null),
    schedule?.holidays?.length && sentence.notOn(holidaysText(schedule.holidays)),
    sentence.pace(rateText(pace.callsPerSecond), pace.maxConcurrent),
    retry && sentence.tries(retry.maxAttempts, waits),
    machine && sentence.machines[machine],
    record === null ? sentence.undecided : record ? sentence.recorded : sentence.notRecorded,
    budget
      ? sentence.budget(formatMoney(String(budget.amount), budget.currency), budget.per === 'month')
      : sentence.noBudget,
  ];
  return said.filter((each): each is string => typeof each === 'string' && each !== '');
}
