import { present, type RawSearch, readOneOf, readWord } from '../../lib/address-words.ts';

export const callTabs = ['events', 'allowed', 'analysis', 'tools', 'delay', 'cost', 'raw'] as const;
export type CallTab = (typeof callTabs)[number];

/** What of one call's page lives in its address. */
export interface CallSearch {
  readonly tab?: CallTab;
  /** Looked for in what was said. */
  readonly q?: string;
}

export const readCallSearch = (raw: RawSearch): CallSearch =>
  present({ tab: readOneOf(raw, 'tab', callTabs), q: readWord(raw, 'q')?.slice(0, 200) });
