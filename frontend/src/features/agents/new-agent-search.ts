import { present, type RawSearch, readWord } from '../../lib/address-words.ts';

/** Which of the vendor's agents the new one is made from. */
export interface NewAgentSearch {
  readonly vendor?: string;
  readonly name?: string;
}

export const readNewAgentSearch = (raw: RawSearch): NewAgentSearch =>
  present({ vendor: readWord(raw, 'vendor')?.slice(0, 128), name: readWord(raw, 'name')?.slice(0, 120) });
