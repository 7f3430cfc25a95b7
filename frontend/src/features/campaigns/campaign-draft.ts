import { present, type RawSearch, readId, readOneOf } from '../../lib/address-words.ts';
import { ApiError } from '../../lib/api-error.ts';
import type { Campaign, NewCampaign } from './api/campaigns.ts';
import { typedNumber } from './pace-fields.ts';

export const wizardSteps = ['who', 'what', 'when', 'how', 'check', 'forecast', 'start'] as const;
export type WizardStep = (typeof wizardSteps)[number];
/** The steps in which something is filled in; the campaign is saved behind the last of them. */
export const fillingSteps = ['who', 'what', 'when', 'how'] as const satisfies readonly WizardStep[];
export type FillingStep = (typeof fillingSteps)[number];

/** One day of the week, Monday first. */
export interface DayHours {
  readonly on: boolean;
  readonly from: string;
  readonly to: string;
}

/** What was filled in so far, as the fields have it. */
export interface CampaignDraft {
  lists: string[];
  name: string;
  agentId: string;
  contentClass: '' | NewCampaign['contentClass'];
  emergencyReason: string;
  sellerName: string;
  sellerNumber: string;
  clock: 'contact' | 'own';
  hours: DayHours[];
  callsPerSecond: string;
  maxConcurrent: string;
  maxAttempts: string;
  busyMinutes: string;
  noAnswerMinutes: string;
  voicemailMinutes: string;
  machine: '' | 'off' | 'hang-up' | 'continue' | 'leave-message';
  machineMessage: string;
  record: '' | 'yes' | 'no';
  maxMinutes: string;
  budget: string;
  currency: string;
  budgetPer: 'total' | 'month';
}

const workday: DayHours = { on: true, from: '09:00', to: '17:30' };
const weekend: DayHours = { on: false, from: '10:00', to: '16:00' };

export const emptyDraft: CampaignDraft = {
  lists: [],
  name: '',
  agentId: '',
  contentClass: '',
  emergencyReason: '',
  sellerName: '',
  sellerNumber: '',
  clock: 'contact',
  hours: [workday, workday, workday, workday, workday, weekend, weekend],
  callsPerSecond: '0.5',
  maxConcurrent: '10',
  maxAttempts: '3',
  busyMinutes: '30',
  noAnswerMinutes: '240',
  voicemailMinutes: '1440',
  machine: '',
  machineMessage: '',
  record: '',
  maxMinutes: '',
  budget: '',
  currency: 'USD',
  budgetPer: 'total',
};

/** A draft as it was kept; what is damaged, or from another version, is as in an empty one. */
export function readDraft(kept: string | null): CampaignDraft {
  let parsed: unknown;
  try {
    parsed = JSON.parse(kept ?? 'null');
  } catch {
    return emptyDraft;
  }
  if (typeof parsed !== 'object' || parsed === null) return emptyDraft;
  const known = Object.entries(parsed).filter(([name, value]) => {
    const usual = emptyDraft[name as keyof CampaignDraft];
    if (name === 'hours') return Array.isArray(value) && value.length === 7 && value.every(isDay);
    if (name === 'lists') return Array.isArray(value) && value.every(each => typeof each === 'string');
    return usual !== undefined && typeof value === typeof usual;
  });
  return { ...emptyDraft, ...Object.fromEntries(known) };
}

const isDay = (day: unknown): day is DayHours =>
  typeof day === 'object' &&
  day !== null &&
  typeof (day as DayHours).on === 'boolean' &&
  typeof (day as DayHours).from === 'string' &&
  typeof (day as DayHours).to === 'string';

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
    emergencyReason: draft.contentClass === 'emergency' ? draft.emergencyReason.trim() || null : null,
    seller:
      draft.sellerName.trim() === ''
        ? null
        : { legalName: draft.sellerName.trim(), callbackNumber: draft.sellerNumber.trim() || null },
    schedule: {
      timeZone: draft.clock === 'contact' ? 'contact' : ownZone,
      windows: draft.hours.flatMap(({ on, from, to }, index) => (on ? [{ day: dayOf(index), from, to }] : [])),
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

export type DraftField = keyof CampaignDraft | `hours.${number}.${'from' | 'to'}`;

const stepFields: Record<FillingStep, readonly (keyof CampaignDraft)[]> = {
  who: ['lists'],
  what: ['name', 'agentId', 'contentClass', 'emergencyReason', 'sellerName', 'sellerNumber'],
  when: [
    'clock',
    'hours',
    'callsPerSecond',
    'maxConcurrent',
    'maxAttempts',
    'busyMinutes',
    'noAnswerMinutes',
    'voicemailMinutes',
  ],
  how: ['machine', 'machineMessage', 'record', 'maxMinutes', 'budget', 'currency', 'budgetPer'],
};

export const fieldsOf = (step: FillingStep): (keyof CampaignDraft)[] => [...stepFields[step]];
export const stepOf = (field: DraftField): FillingStep =>
  fillingSteps.find(step => stepFields[step].includes(field.split('.')[0] as keyof CampaignDraft)) ?? 'what';

const serverFields: readonly (readonly [prefix: string, field: DraftField])[] = [
  ['name', 'name'],
  ['lists', 'lists'],
  ['agentId', 'agentId'],
  ['contentClass', 'contentClass'],
  ['emergencyReason', 'emergencyReason'],
  ['seller.callbackNumber', 'sellerNumber'],
  ['seller', 'sellerName'],
  ['schedule.timeZone', 'clock'],
  ['schedule', 'hours'],
  ['pace.callsPerSecond', 'callsPerSecond'],
  ['pace', 'maxConcurrent'],
  ['retry.maxAttempts', 'maxAttempts'],
  ['retry.afterMinutes.busy', 'busyMinutes'],
  ['retry.afterMinutes.no-answer', 'noAnswerMinutes'],
  ['retry.afterMinutes', 'voicemailMinutes'],
  ['retry', 'maxAttempts'],
  ['amd.message', 'machineMessage'],
  ['amd', 'machine'],
  ['record', 'record'],
  ['maxMinutes', 'maxMinutes'],
  ['budget.currency', 'currency'],
  ['budget', 'budget'],
];

/** What the server refused, at the fields of the draft; what belongs to no field is left to be told as a whole. */
export function problemsIn(error: unknown, draft: CampaignDraft): { field: DraftField; problem: string }[] {
  if (!(error instanceof ApiError) || !Array.isArray(error.details)) return [];
  return error.details.flatMap((detail: unknown) => {
    const { field, problem } = (detail ?? {}) as { field?: unknown; problem?: unknown };
    if (typeof field !== 'string' || typeof problem !== 'string') return [];
    const name = field.replaceAll('/', '.').replace(/^\.|^body\./, '');
    const window = /^schedule\.windows\.(\d+)\.(from|to)$/.exec(name);
    const day = window ? draft.hours.flatMap(({ on }, index) => (on ? [index] : []))[Number(window[1])] : undefined;
    const place: DraftField | undefined =
      day === undefined
        ? serverFields.find(([prefix]) => name === prefix || name.startsWith(`${prefix}.`))?.[1]
        : `hours.${day}.${window?.[2] as 'from' | 'to'}`;
    return place ? [{ field: place, problem: `${problem.charAt(0).toUpperCase()}${problem.slice(1)}.` }] : [];
  });
}

/** What of the wizard lives in its address. */
export interface WizardSearch {
  readonly step?: WizardStep;
  /** The campaign, once it is saved. */
  readonly id?: string;
}

export const readWizardSearch = (raw: RawSearch): WizardSearch =>
  present({ step: readOneOf(raw, 'step', wizardSteps), id: readId(raw, 'id') });
