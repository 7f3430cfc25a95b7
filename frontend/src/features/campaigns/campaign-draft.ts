import { present, type RawSearch, readId, readOneOf } from '../../lib/address-words.ts';
import { ApiError } from '../../lib/api-error.ts';
import type { NewCampaign } from './api/campaigns.ts';
import { type BreakerDraft, usualBreaker, type VariableDrafts, type VariantDraft } from './campaign-parts.ts';

export const wizardSteps = ['who', 'what', 'agent', 'when', 'how', 'check', 'forecast', 'start'] as const;
export type WizardStep = (typeof wizardSteps)[number];
/** The steps in which something is filled in; the campaign is saved behind each of them from the second on. */
export const fillingSteps = ['who', 'what', 'agent', 'when', 'how'] as const satisfies readonly WizardStep[];
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
  callerIds: string[];
  localPresence: boolean;
  variables: VariableDrafts;
  variants: VariantDraft[];
  clock: 'contact' | 'own';
  hours: DayHours[];
  startsAt: string;
  endsAt: string;
  calendars: string[];
  holidays: string;
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
  priority: string;
  breakerKind: 'usual' | 'own';
  breaker: BreakerDraft;
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
  callerIds: [],
  localPresence: false,
  variables: {},
  variants: [],
  clock: 'contact',
  startsAt: '',
  endsAt: '',
  calendars: [],
  holidays: '',
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
  priority: '0',
  breakerKind: 'usual',
  breaker: usualBreaker,
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
    if (name === 'variants')
      return Array.isArray(value) && value.every(each => hasTexts(each) && hasTexts(each['texts']));
    if (name === 'variables') return isObject(value) && Object.values(value).every(hasTexts);
    if (name === 'breaker') return hasTexts(value) && Object.keys(usualBreaker).every(each => each in value);
    if (Array.isArray(usual)) return Array.isArray(value) && value.every(each => typeof each === 'string');
    return usual !== undefined && typeof value === typeof usual;
  });
  return { ...emptyDraft, ...Object.fromEntries(known) };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** An object of texts, of which one part may be such an object itself. */
const hasTexts = (value: unknown): value is Record<string, unknown> =>
  isObject(value) && Object.values(value).every(each => typeof each === 'string' || isObject(each));

const isDay = (day: unknown): day is DayHours =>
  typeof day === 'object' &&
  day !== null &&
  typeof (day as DayHours).on === 'boolean' &&
  typeof (day as DayHours).from === 'string' &&
  typeof (day as DayHours).to === 'string';

export type DraftField = keyof CampaignDraft | `hours.${number}.${'from' | 'to'}`;

const stepFields: Record<FillingStep, readonly (keyof CampaignDraft)[]> = {
  who: ['lists'],
  what: ['name', 'contentClass', 'emergencyReason', 'sellerName', 'sellerNumber'],
  agent: ['agentId', 'variables', 'variants', 'callerIds', 'localPresence'],
  when: [
    'clock',
    'hours',
    'startsAt',
    'endsAt',
    'calendars',
    'holidays',
    'callsPerSecond',
    'maxConcurrent',
    'maxAttempts',
    'busyMinutes',
    'noAnswerMinutes',
    'voicemailMinutes',
  ],
  how: [
    'machine',
    'machineMessage',
    'record',
    'maxMinutes',
    'budget',
    'currency',
    'budgetPer',
    'priority',
    'breakerKind',
    'breaker',
  ],
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
  ['callerIds', 'callerIds'],
  ['localPresence', 'localPresence'],
  ['variables', 'variables'],
  ['variants', 'variants'],
  ['schedule.timeZone', 'clock'],
  ['schedule.startsAt', 'startsAt'],
  ['schedule.endsAt', 'endsAt'],
  ['schedule.holidays', 'holidays'],
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
  ['priority', 'priority'],
  ['breaker', 'breakerKind'],
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
  /** The file from which people are being taken. */
  readonly file?: string;
  /** The campaign, once it is saved. */
  readonly id?: string;
}

export const readWizardSearch = (raw: RawSearch): WizardSearch =>
  present({ step: readOneOf(raw, 'step', wizardSteps), id: readId(raw, 'id'), file: readId(raw, 'file') });
