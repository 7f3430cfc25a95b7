import type { Campaign, NewCampaign } from './api/campaigns.ts';
import { typedNumber } from './pace-fields.ts';

/** Fields of a person that a variable can be filled from, besides their own ones. */
export const personFields = [
  'name',
  'firstName',
  'lastName',
  'company',
  'role',
  'email',
  'phone',
  'language',
  'timeZone',
] as const;
type PersonField = (typeof personFields)[number];

/** What fills one variable of the agent: nothing, a field of the person, one of their own fields by its name, or a text for everybody. */
export interface VariableDraft {
  readonly from: '' | PersonField | 'custom' | 'text';
  /** The name of the own field, or the text. */
  readonly text: string;
}
export type VariableDrafts = Readonly<Record<string, VariableDraft>>;

export const noVariable: VariableDraft = { from: '', text: '' };
const customPrefix = 'customFields.';

type Sources = NonNullable<NewCampaign['variables']>;

/** What the server is told of them; whatever is filled from nothing is left out. */
export function sourcesOf(drafts: VariableDrafts): Sources {
  const sources: Sources = {};
  for (const [name, { from, text }] of Object.entries(drafts)) {
    const typed = text.trim();
    if (from === '' || ((from === 'custom' || from === 'text') && typed === '')) continue;
    if (from === 'text') sources[name] = { value: typed };
    else sources[name] = { field: from === 'custom' ? `${customPrefix}${typed}` : from };
  }
  return sources;
}

export const variableDraftsOf = (sources: Campaign['variables']): VariableDrafts =>
  Object.fromEntries(
    Object.entries(sources).map(([name, { field, value }]): [string, VariableDraft] => {
      if (field?.startsWith(customPrefix)) return [name, { from: 'custom', text: field.slice(customPrefix.length) }];
      const known = personFields.find(each => each === field);
      return [name, known ? { from: known, text: '' } : { from: 'text', text: value ?? '' }];
    }),
  );

/** One side of a comparison. */
export interface VariantDraft {
  readonly name: string;
  /** Empty: the campaign's agent. */
  readonly agentId: string;
  readonly weight: string;
  /** Texts that this side is told instead of the campaign's. */
  readonly texts: Readonly<Record<string, string>>;
}

/** Two sides to begin with, and one more after them. */
export function withVariant(variants: readonly VariantDraft[]): VariantDraft[] {
  const taken = new Set(variants.map(({ name }) => name));
  const names = [...'ABCDEFGHIJ'].filter(name => !taken.has(name));
  const fresh = names.map((name): VariantDraft => ({ name, agentId: '', weight: '1', texts: {} }));
  return [...variants, ...fresh.slice(0, variants.length === 0 ? 2 : 1)];
}

export const variantName = /^[A-Za-z0-9][A-Za-z0-9 _-]{0,39}$/;

export const variantsOf = (drafts: readonly VariantDraft[]): NonNullable<NewCampaign['variants']> =>
  drafts.map(({ name, agentId, weight, texts }) => ({
    name: name.trim(),
    agentId: agentId || null,
    weight: typedNumber(weight),
    variables: Object.fromEntries(Object.entries(texts).filter(([, text]) => text.trim() !== '')),
  }));

export const variantDraftsOf = (variants: Campaign['variants']): VariantDraft[] =>
  variants.map(({ name, agentId, weight, variables }) => ({
    name,
    agentId: agentId ?? '',
    weight: String(weight ?? 1),
    texts: variables ?? {},
  }));

/** The share of the people that each side gets, by its weight. */
export function shareOf(variants: readonly VariantDraft[], { weight }: VariantDraft): number | null {
  const total = variants.reduce((sum, each) => sum + typedNumber(each.weight), 0);
  const share = typedNumber(weight) / total;
  return Number.isFinite(share) ? share : null;
}

/** When calls are paused because too many fail. The server's own figures to begin with; a test holds them against it. */
export interface BreakerDraft {
  readonly inARow: string;
  readonly percent: string;
  readonly ofAtLeast: string;
  readonly withinSeconds: string;
  readonly pauseSeconds: string;
}

export const usualBreaker: BreakerDraft = {
  inARow: '5',
  percent: '50',
  ofAtLeast: '20',
  withinSeconds: '120',
  pauseSeconds: '60',
};

export const breakerLimits = {
  inARow: [1, 100],
  percent: [1, 100],
  ofAtLeast: [1, 1_000],
  withinSeconds: [10, 3_600],
  pauseSeconds: [1, 3_600],
} as const satisfies Record<keyof BreakerDraft, readonly [number, number]>;

export const breakerOf = (draft: BreakerDraft): NonNullable<NewCampaign['breaker']> => ({
  inARow: typedNumber(draft.inARow),
  share: typedNumber(draft.percent) / 100,
  ofAtLeast: typedNumber(draft.ofAtLeast),
  withinSeconds: typedNumber(draft.withinSeconds),
  pauseSeconds: typedNumber(draft.pauseSeconds),
});

export const breakerDraftOf = (breaker: Campaign['breaker']): BreakerDraft =>
  breaker === null
    ? usualBreaker
    : {
        inARow: String(breaker.inARow),
        percent: String(Math.round(breaker.share * 100)),
        ofAtLeast: String(breaker.ofAtLeast),
        withinSeconds: String(breaker.withinSeconds),
        pauseSeconds: String(breaker.pauseSeconds),
      };

/** Calendars of days on which nobody is called, by the server's names. A test holds them against the server's. */
export const holidayCalendars = ['US', 'US-AL', 'US-LA', 'US-PA', 'US-RI', 'CA', 'FR', 'DE', 'GB', 'AU'] as const;

const day = /^\d{4}-\d{2}-\d{2}$/;
export const isDay = (text: string): boolean =>
  day.test(text) && new Date(`${text}T12:00:00Z`).toISOString().startsWith(text);

/** Days as they are typed, "2026-12-24, 2026-12-31". */
export const daysIn = (typed: string): string[] => typed.split(/[\s,;]+/).filter(each => each !== '');
