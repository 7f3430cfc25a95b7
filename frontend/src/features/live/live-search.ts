import { present, type RawSearch, readOneOf, readWord } from '../../lib/address-words.ts';
import { type WallFlag, type WallOrder, wallFlags, wallOrders } from './shown.ts';

/** What of the live page lives in its address. What is left out is as usual. */
export interface LiveSearch {
  readonly q?: string;
  readonly state?: string;
  readonly campaign?: string;
  readonly agent?: string;
  readonly flag?: WallFlag;
  readonly order?: WallOrder;
  readonly shape?: 'cards' | 'rows';
  /** The open call, by our id. */
  readonly call?: string;
}

/** Reads an address that anybody may have written. */
export function readLiveSearch(raw: RawSearch): LiveSearch {
  const order = readOneOf(raw, 'order', wallOrders);
  return present({
    q: readWord(raw, 'q'),
    state: readWord(raw, 'state'),
    campaign: readWord(raw, 'campaign'),
    agent: readWord(raw, 'agent'),
    flag: readOneOf(raw, 'flag', wallFlags),
    order: order === 'started' ? undefined : order,
    shape: readOneOf(raw, 'shape', ['cards', 'rows'] as const),
    call: readWord(raw, 'call'),
  });
}
