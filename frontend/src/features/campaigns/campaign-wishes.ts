import type { Campaign, NewCampaign } from './api/campaigns.ts';
import { type CampaignDraft, emptyDraft } from './campaign-draft.ts';
import {
  breakerDraftOf,
  breakerOf,
  daysIn,
  isDay,
  sourcesOf,
  variableDraftsOf,
  variantDraftsOf,
  variantsOf,
} from './campaign-parts.ts';
import { typedNumber } from './pace-fields.ts';

/** Monday first here, Sunday is 0 there. */
const dayOf = (index: number) => (index + 1) % 7;

/** What the server is asked for. Emptied fields are said to be empty, so that a saved campaign is changed by the same. */
export function wishesOf(draft: CampaignDraft, ownZone: string): NewCampaign {
  const minutes = (typed: string) => [Math.round(typedNumber(typed))];
  return {
    name: draft.name.trim(),
    contentClass: draft.contentClass || 'informational',
    lists: draft.lists,
    agentId: draft.agentId || null,
    variables: sourcesOf(draft.variables),
    variants: variantsOf(draft.variants),
    callerIds: draft.callerIds,
    localPresence: draft.localPresence && draft.callerIds.length > 1,
    emergencyReason: draft.contentClass === 'emergency' ? draft.emergencyReason.trim() || null : null,
    seller:
      draft.sellerName.trim() === ''
        ? null
        : { legalName: draft.sellerName.trim(), callbackNumber: draft.sellerNumber.trim() || null },
    schedule: {
      timeZone: draft.clock === 'contact' ? 'contact' : ownZone,
      windows: draft.hours.flatMap(({ on, from, to }, index) => (on ? [{ day: dayOf(index), from, to }] : [])),
      startsAt: draft.startsAt.trim() || null,
      endsAt: draft.endsAt.trim() || null,
      holidays: [...draft.calendars, ...daysIn(draft.holidays)],
    },
    pace: { callsPerSecond: typedNumber(draft.callsPerSecond), maxConcurrent: typedNumber(draft.maxConcurrent) },
    retry: {
      maxAttempts: typedNumber(draft.maxAttempts),
      afterMinutes: {
        busy: minutes(draft.busyMinutes),
        'no-answer': minutes(draft.noAnswerMinutes),
        voicemail: minutes(draft.voicemailMinutes),
      },
    },
    amd: amdOf(draft),
    record: draft.record === '' ? null : draft.record === 'yes',
    maxMinutes: draft.maxMinutes.trim() === '' ? null : typedNumber(draft.maxMinutes),
    budget:
      draft.budget.trim() === ''
        ? null
        : { amount: typedNumber(draft.budget), currency: draft.currency.trim().toUpperCase(), per: draft.budgetPer },
    priority: typedNumber(draft.priority),
    breaker: draft.breakerKind === 'usual' ? null : breakerOf(draft.breaker),
  };
}

function amdOf({ machine, machineMessage }: CampaignDraft): Exclude<NewCampaign['amd'], undefined> {
  if (machine === '') return null;
  if (machine === 'off') return { mode: 'off' };
  if (machine !== 'leave-message') return { mode: 'detect', onMachine: machine };
  const message = machineMessage.trim();
  return { mode: 'wait-for-end', onMachine: machine, ...(message === '' ? {} : { message }) };
}

/** A saved campaign as the fields have it. Whatever they cannot show is left as it is by `changesOf`. */
export function draftOf(campaign: Campaign): CampaignDraft {
  const { seller, schedule, pace, retry, amd, budget } = campaign;
  const holidays = schedule?.holidays ?? [];
  const wait = (outcome: 'busy' | 'no-answer' | 'voicemail', usual: string) =>
    String(retry?.afterMinutes?.[outcome]?.[0] ?? usual);
  return {
    ...emptyDraft,
    lists: campaign.lists,
    name: campaign.name,
    agentId: campaign.agentId ?? '',
    contentClass: campaign.contentClass,
    emergencyReason: campaign.emergencyReason ?? '',
    sellerName: seller?.legalName ?? '',
    sellerNumber: seller?.callbackNumber ?? '',
    callerIds: campaign.callerIds,
    localPresence: campaign.localPresence,
    variables: variableDraftsOf(campaign.variables),
    variants: variantDraftsOf(campaign.variants),
    startsAt: schedule?.startsAt ?? '',
    endsAt: schedule?.endsAt ?? '',
    calendars: holidays.filter(each => !isDay(each)),
    holidays: holidays.filter(isDay).join(', '),
    clock: (schedule?.timeZone ?? 'contact') === 'contact' ? 'contact' : 'own',
    hours: schedule
      ? emptyDraft.hours.map((usual, index) => {
          const window = schedule.windows.find(({ day }) => day === dayOf(index));
          // A field for a time of the day has no 24:00; midnight is the same.
          return window
            ? { on: true, from: window.from, to: window.to === '24:00' ? '00:00' : window.to }
            : { ...usual, on: false };
        })
      : emptyDraft.hours,
    callsPerSecond: String(pace.callsPerSecond),
    maxConcurrent: String(pace.maxConcurrent),
    maxAttempts: String(retry?.maxAttempts ?? emptyDraft.maxAttempts),
    busyMinutes: wait('busy', emptyDraft.busyMinutes),
    noAnswerMinutes: wait('no-answer', emptyDraft.noAnswerMinutes),
    voicemailMinutes: wait('voicemail', emptyDraft.voicemailMinutes),
    machine: amd ? (amd.mode === 'off' ? 'off' : (amd.onMachine ?? '')) : '',
    machineMessage: amd?.message ?? '',
    record: campaign.record === null ? '' : campaign.record ? 'yes' : 'no',
    maxMinutes: campaign.maxMinutes === null ? '' : String(campaign.maxMinutes),
    budget: budget ? String(budget.amount) : '',
    currency: budget?.currency ?? emptyDraft.currency,
    budgetPer: budget?.per ?? 'total',
    priority: String(campaign.priority),
    breakerKind: campaign.breaker === null ? 'usual' : 'own',
    breaker: breakerDraftOf(campaign.breaker),
  };
}

/** Only what was changed in the fields: what they cannot show of a campaign stays. */
export function changesOf(campaign: Campaign, draft: CampaignDraft, ownZone: string): Partial<NewCampaign> {
  const before: Readonly<Record<string, unknown>> = { ...wishesOf(draftOf(campaign), ownZone) };
  return Object.fromEntries(
    Object.entries(wishesOf(draft, ownZone)).filter(
      ([field, wish]) => JSON.stringify(wish) !== JSON.stringify(before[field]),
    ),
  );
}
