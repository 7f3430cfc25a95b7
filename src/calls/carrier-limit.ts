import type { Logger } from '../ops/logger.ts';
import type { Stored } from '../store/schema.ts';
import type { Carrier } from '../telephony/carrier-contract.ts';
import type { Call } from './call-document.ts';
import { limitMarginSeconds } from './call-policy.ts';

export interface CarrierLimitOptions {
  readonly carrier: Pick<Carrier, 'limit'>;
  readonly logger: Logger;
}

/**
 * Has the carrier end a call some time after we should have, whatever happens here. A call of ours is placed with such a limit; one that
 * reached us has none, and one that was passed on was given that of the conversation it went to. Never rejects: it is a second net.
 */
export function createCarrierLimits({ carrier, logger }: CarrierLimitOptions): (call: Stored<Call>) => void {
  return ({ _id, sid, direction, transfer, policy }) => {
    if (!sid || !policy || (direction === 'outbound' && !transfer)) return;
    carrier.limit(sid, policy.maxSeconds + limitMarginSeconds).catch((err: unknown) => {
      logger.warn({ err, attemptId: _id.toHexString() }, 'the carrier was not told how long a call may last');
    });
  };
}
