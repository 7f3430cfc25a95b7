import type { Types } from 'mongoose';
import type { CallDesk } from '../bridge/bridge.types.ts';
import type { Clock } from '../jobs/clock.ts';
import type { Logger } from '../ops/logger.ts';
import type { CallRepository } from './call-repository.ts';

export interface OptedOutCallOptions {
  readonly calls: Pick<CallRepository, 'findActiveTo' | 'findById'>;
  readonly desk: () => Pick<CallDesk, 'end'>;
  readonly clock: Pick<Clock, 'after'>;
  readonly logger: Logger;
}

/** A request that is on its way to the carrier has left by then, or does not leave any more. */
const onItsWayMs = 1_000;
const lookAgainMs = 25;

/**
 * An opt-out reaches those whose phone rings because of us, too: a call that nobody answered yet is cancelled, whichever process dials it.
 * Resolves when nothing to this number leaves any more. Never rejects.
 */
export function createOptedOutCalls({
  calls,
  desk,
  clock,
  logger,
}: OptedOutCallOptions): (phone: string) => Promise<void> {
  const wait = (ms: number) => new Promise<void>(resolve => clock.after(ms, resolve));

  /** Whoever has begun to dial does not look any more: the carrier's answer says that it was sent. */
  async function sent(id: Types.ObjectId): Promise<void> {
    for (let waitedMs = 0; waitedMs < onItsWayMs; waitedMs += lookAgainMs) {
      const call = await calls.findById(id);
      if (!call || call.sid !== null || call.endedAt !== null) return;
      await wait(lookAgainMs);
    }
  }

  return async phone => {
    try {
      const call = await calls.findActiveTo(phone);
      if (call?.direction !== 'outbound' || call.answeredAt) return;
      await desk().end(call._id.toHexString(), { source: 'system', reason: 'suppressed' });
      if (call.sid === null) await sent(call._id);
    } catch (err) {
      logger.error({ err }, 'a call to a number that opted out could not be cancelled');
    }
  };
}
