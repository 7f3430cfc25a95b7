import { setTimeout as delay } from 'node:timers/promises';
import { mongo } from 'mongoose';
import type { Logger } from 'pino';
import { AppError } from '../errors.ts';

export interface LeaseLock {
  /** Takes the lock when nobody holds it or the holder's time is over. */
  acquire(owner: string, now: Date, leaseMs: number): Promise<boolean>;
  /** Extends a lock that is still held; false means that it is lost. */
  renew(owner: string, now: Date, leaseMs: number): Promise<boolean>;
  release(owner: string): Promise<void>;
}

interface LockDocument {
  name: string;
  owner: string;
  until: Date;
}

/** A lock that all processes on one store share. It frees itself when its holder dies. */
export async function openLeaseLock(db: mongo.Db, name: string): Promise<LeaseLock> {
  const locks = db.collection<LockDocument>('locks');
  await locks.createIndex({ name: 1 }, { unique: true });
  return {
    acquire: async (owner, now, leaseMs) => {
      const set = { $set: { owner, until: new Date(now.getTime() + leaseMs) } };
      try {
        await locks.updateOne({ name, until: { $lte: now } }, set, { upsert: true });
        return true;
      } catch (error) {
        // Held: the filter missed it, so the upsert tried a second lock of that name, which the index refuses.
        if (error instanceof mongo.MongoServerError && error.code === 11000) return false;
        throw error;
      }
    },
    renew: async (owner, now, leaseMs) => {
      const until = new Date(now.getTime() + leaseMs);
      const { matchedCount } = await locks.updateOne({ name, owner, until: { $gt: now } }, { $set: { until } });
      return matchedCount > 0;
    },
    release: async owner => {
      await locks.updateOne({ name, owner }, { $set: { owner: '', until: new Date(0) } });
    },
  };
}

export interface HoldOptions {
  readonly owner: string;
  readonly leaseMs: number;
  readonly logger: Logger;
  /** Said once when another process holds the lock. */
  readonly waitingMessage: string;
  readonly now?: () => Date;
  readonly pollMs?: number;
}

/**
 * Waits for the lock, keeps it alive while `work` runs, and gives it back. The signal is aborted when the lock is lost
 * (this process was frozen, or the store was away too long): the work must then stop, as another may have begun it.
 */
export async function whileHolding<R>(
  lock: LeaseLock,
  { owner, leaseMs, logger, waitingMessage, now = () => new Date(), pollMs = 250 }: HoldOptions,
  work: (signal: AbortSignal) => Promise<R>,
): Promise<R> {
  for (let said = false; !(await lock.acquire(owner, now(), leaseMs)); said = true) {
    if (!said) logger.info(waitingMessage);
    await delay(pollMs / 2 + (pollMs / 2) * Math.random());
  }
  const lost = new AbortController();
  let heldUntil = now().getTime() + leaseMs;
  const renewal = setInterval(async () => {
    const renewedAt = now();
    const kept = await lock.renew(owner, renewedAt, leaseMs).catch(() => undefined);
    if (kept) heldUntil = renewedAt.getTime() + leaseMs;
    // A failed renewal may still be made good in time; a refused one, or none in time, may not.
    else if (kept === false || now().getTime() >= heldUntil) {
      lost.abort(new AppError('STORE_UNAVAILABLE', 'The lock was lost to another process or to an outage'));
    }
  }, leaseMs / 3);
  try {
    return await work(lost.signal);
  } finally {
    clearInterval(renewal);
    await lock.release(owner).catch(error => logger.warn({ err: error }, 'a lock could not be released; it runs out'));
  }
}
