import { present, type RawSearch, readOneOf, readWord } from '../../lib/address-words.ts';

export const suppressionSources = ['api', 'call-key', 'call-speech', 'import'] as const;

/** What of the do-not-call list lives in its address. */
export interface SuppressionsSearch {
  /** One whole number. */
  readonly q?: string;
  readonly source?: (typeof suppressionSources)[number];
}

export const readSuppressionsSearch = (raw: RawSearch): SuppressionsSearch =>
  present({ q: readWord(raw, 'q')?.slice(0, 40), source: readOneOf(raw, 'source', suppressionSources) });
