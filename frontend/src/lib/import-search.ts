import { present, type RawSearch, readOneOf } from './address-words.ts';
import type { ImportTarget } from './imports.ts';

/** Which imports a page is about: those of people unless it says otherwise. */
export interface ImportsSearch {
  readonly of?: 'suppressions';
}

export const readImportsSearch = (raw: RawSearch): ImportsSearch =>
  present({ of: readOneOf(raw, 'of', ['suppressions'] as const) });

export const targetOf = ({ of }: ImportsSearch): ImportTarget => of ?? 'contacts';
export const searchOf = (target: ImportTarget): ImportsSearch => (target === 'contacts' ? {} : { of: target });
