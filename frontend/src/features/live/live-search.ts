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

const orders: readonly string[] = ['started', 'newest', 'quiet', 'risk'] satisfies WallOrder[];

/** Reads an address that anybody may have written. */
export function readLiveSearch(raw: Record<string, unknown>): LiveSearch {
  const word = (name: string) =>
    typeof raw[name] === 'string' && raw[name] !== '' ? (raw[name] as string) : undefined;
  const [q, state, order, shape, call] = [word('q'), word('state'), word('order'), word('shape'), word('call')];
  return {
    ...(q ? { q } : {}),
    ...(state ? { state } : {}),
    ...(order && order !== 'started' && orders.includes(order) ? { order: order as WallOrder } : {}),
    ...(shape === 'cards' || shape === 'rows' ? { shape } : {}),
    ...(call ? { call } : {}),
  };
}
