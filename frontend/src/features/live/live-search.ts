import { present, type RawSearch, readOneOf, readWord } from '../../lib/address-words.ts';
import type { WallOrder } from './shown.ts';

/** What of the live page lives in its address. What is left out is as usual. */
export interface LiveSearch {
  readonly q?: string;
  readonly state?: string;
  readonly order?: WallOrder;
  readonly shape?: 'cards' | 'rows';
  /** The open call, by our id. */
  readonly call?: string;
}

const orders = ['started', 'newest', 'quiet', 'risk'] as const satisfies readonly WallOrder[];

/** Reads an address that anybody may have written. */
export function readLiveSearch(raw: RawSearch): LiveSearch {
  const order = readOneOf(raw, 'order', orders);
  return present({
    q: readWord(raw, 'q'),
    state: readWord(raw, 'state'),
    order: order === 'started' ? undefined : order,
    shape: readOneOf(raw, 'shape', ['cards', 'rows'] as const),
    call: readWord(raw, 'call'),
  });
}
