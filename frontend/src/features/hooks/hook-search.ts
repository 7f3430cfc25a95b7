import { present, type RawSearch, readOneOf } from '../../lib/address-words.ts';
import type { DeliveryState } from './api/hooks.ts';

export const deliveryStates = ['waiting', 'delivered', 'dead'] as const satisfies readonly DeliveryState[];

/** What of a webhook's page lives in its address. */
export interface HookSearch {
  readonly state?: DeliveryState;
}

export const readHookSearch = (raw: RawSearch): HookSearch =>
  present({ state: readOneOf(raw, 'state', deliveryStates) });
