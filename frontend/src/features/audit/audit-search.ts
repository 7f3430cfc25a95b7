import { present, type RawSearch, readWord } from '../../lib/address-words.ts';

/** What of the audit log lives in its address. */
export interface AuditSearch {
  readonly action?: string;
  /** Who did it. */
  readonly by?: string;
  /** What it was done to. */
  readonly on?: string;
}

const word = (raw: RawSearch, name: string) => readWord(raw, name)?.slice(0, 100);

export const readAuditSearch = (raw: RawSearch): AuditSearch =>
  present({ action: word(raw, 'action'), by: word(raw, 'by'), on: word(raw, 'on') });
