import type { CallRepository } from './call-repository.ts';
import type { CallPlaces } from './calls.types.ts';
import type { SlotRepository } from './slot-repository.ts';

/** Places of campaigns that calls hold which have ended: their process should have given them back. */
export function createCallPlaces({
  slots,
  calls,
  now,
}: {
  readonly slots: Pick<SlotRepository, 'heldIn' | 'free'>;
  readonly calls: Pick<CallRepository, 'endedAmong'>;
  readonly now: () => Date;
}): CallPlaces {
  return {
    leaked: async campaignId => {
      const held = await slots.heldIn(`campaign:${campaignId}`, now());
      const callIds = held.flatMap(({ callId }) => (callId ? [callId.toHexString()] : []));
      return calls.endedAmong([...new Set(callIds)]);
    },
    free: callIds => slots.free(...callIds),
  };
}
