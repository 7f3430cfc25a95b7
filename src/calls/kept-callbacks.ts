import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../errors.ts';
import type { Logger } from '../ops/logger.ts';
import { gathered } from '../store/gathered.ts';
import { createTurns } from '../turns.ts';
import { within } from '../within.ts';
import type { AheadLog } from './ahead-log.ts';
import { createAnsweredAhead } from './answered-ahead.ts';
import type { CarrierCallbacks } from './carrier-callbacks.ts';
import { type CarrierForm, fieldsRead } from './carrier-form.ts';
import { callOf, type Kept, lineOf, readKept } from './kept-line.ts';
import type { CallbackKind } from './lifecycle-metrics.ts';
import type { LineSpool } from './line-spool.ts';

/** Takes a callback as it came. Resolves when it may be answered. */
export type ToldCallbacks = Readonly<Record<CallbackKind, (callId: string | null, form: CarrierForm) => Promise<void>>>;

/** Callbacks that are taken also while the store is away, and answered soon where many come at once. */
export interface KeptCallbacks extends ToldCallbacks {
  /** Takes over what a process left that died while the store was away. Never rejects. */
  recover(): Promise<void>;
  /** Waits until what lies on this disk is in the store; false when something still lies there after this time. Never rejects. */
  delivered(withinMs: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface KeptCallbackOptions {
  readonly callbacks: CarrierCallbacks;
  readonly spool: LineSpool;
  /** Lies in the spool's folder. */
  readonly aheadLog: AheadLog;
  readonly logger: Logger;
  /** One went to the disk: because the store was away, or so that it need not wait for it. */
  readonly kept: (kind: CallbackKind, why: 'away' | 'rush') => void;
  readonly now: () => Date;
  /** A store that takes longer is treated as away: the carrier waits for an answer no longer than 4 s. */
  readonly patienceMs?: number;
  /** How long to wait before the store is tried again. */
  readonly retryMs?: number;
}

const callsAtOnce = 32;
const atOnce = 500;
/** Nobody waits for what is brought to the store later, and a store that is only busy is not to be asked everything twice. */
const drainPatience = 5;

/**
 * The carrier tells things once: asked to, it tries a few times within 15 s, and then never again. So a callback that the store does
 * not take goes to the disk before it is answered. From then on all of them do, so that none overtakes those that wait, and a job in
 * the background brings them to the store in the order in which they came, until nothing is left.
 */
export function createKeptCallbacks(options: KeptCallbackOptions): KeptCallbacks {
  const { callbacks, spool, aheadLog, logger, patienceMs = 3_000, retryMs = 500 } = options;
  const toDisk = gathered<Kept>(async lot => {
    await spool.append(...lot.map(lineOf));
  });
  const closing = new AbortController();
  let keeping = false;
  let onTheWay = 0;
  let draining: Promise<void> | undefined;

  const startDraining = () => {
    keeping = true;
    draining ??= drain().finally(() => {
      draining = undefined;
    });
  };

  async function keep(callback: Kept): Promise<void> {
    onTheWay += 1;
    try {
      await toDisk(callback);
      options.kept(callback.kind, 'away');
    } finally {
      onTheWay -= 1;
    }
    startDraining();
  }

  /** False when the store cannot be reached, or not in time. Should it arrive after all, a second time changes nothing. */
  function taken({ kind, callId, fields, at }: Kept, withinMs: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const patience = setTimeout(() => resolve(false), withinMs);
      callbacks[kind](callId, fields, at)
        .then(
          () => resolve(true),
          error => (isAway(error) ? resolve(false) : reject(error)),
        )
        .finally(() => clearTimeout(patience));
    });
  }

  const tellRefused = ({ callId, kind }: Kept, err: unknown) =>
    logger.error({ err, attemptId: callId, kind }, 'a callback that was answered could not be taken');

  const inOrder = createTurns();
  const ahead = createAnsweredAhead<Kept>({
    callOf,
    // Who was answered ahead says the next thing at once.
    store: callback => inOrder(callOf(callback), async () => !keeping && taken(callback, patienceMs)),
    keep(callback) {
      const line = aheadLog.write(lineOf(callback));
      if (line) options.kept(callback.kind, 'rush');
      return line;
    },
    left: callback =>
      keep(callback).then(
        () => true,
        err => {
          const { callId, kind } = callback;
          const told = 'a callback that was answered can only be taken after a restart';
          logger.error({ err, attemptId: callId, kind }, told);
          return false;
        },
      ),
    refused: tellRefused,
  });

  const take = (kind: CallbackKind) => async (callId: string | null, form: CarrierForm) => {
    const callback: Kept = { kind, callId, fields: fieldsRead(form), at: options.now() };
    if (!keeping && (await ahead.taken(callback))) return;
    if (!keeping) {
      keeping = true;
      logger.warn({ attemptId: callId, kind }, 'the store does not take callbacks; they go to the disk until it does');
    }
    try {
      await keep(callback);
    } catch (err) {
      startDraining();
      logger.error(
        { err, attemptId: callId, kind },
        'neither the store nor the disk take a callback; the carrier is asked to repeat it',
      );
      throw new AppError('STORE_UNAVAILABLE', 'This cannot be written down at the moment; tell it again shortly.', {
        cause: err,
      });
    }
  };

  /** Brings these to the store: those of one call in their order, different calls side by side. Rejects while the store is away. */
  async function deliver(lot: Set<Kept>): Promise<void> {
    const byCall = new Map<string, Kept[]>();
    for (const each of lot) byCall.set(callOf(each), [...(byCall.get(callOf(each)) ?? []), each]);
    const waiting = [...byCall.values()];
    const lane = async () => {
      for (let ofCall = waiting.shift(); ofCall; ofCall = waiting.shift()) {
        for (const each of ofCall) {
          await deliverOne(each);
          lot.delete(each);
        }
      }
    };
    await Promise.all(Array.from({ length: callsAtOnce }, lane));
  }

  async function deliverOne(callback: Kept): Promise<void> {
    closing.signal.throwIfAborted();
    const there = await taken(callback, patienceMs * drainPatience).catch(err => {
      // What it is refused for now it would be refused for ever.
      tellRefused(callback, err);
      return true;
    });
    if (!there) throw new AppError('STORE_UNAVAILABLE', 'The store is still away');
  }

  async function drain(): Promise<void> {
    while (!closing.signal.aborted) {
      const segment = await spool.oldest().catch(() => null);
      if (!segment) {
        if (onTheWay > 0) {
          await delay(1);
          continue;
        }
        if (spool.bytes === 0) {
          keeping = false;
          return;
        }
        await delay(retryMs, undefined, { signal: closing.signal }).catch(() => undefined);
        continue;
      }
      const lines = await segment.lines(readKept);
      for (let at = 0; at < lines.length; at += atOnce) {
        const lot = new Set(lines.slice(at, at + atOnce));
        while (lot.size > 0) {
          try {
            await deliver(lot);
          } catch (err) {
            if (closing.signal.aborted) return;
            logger.debug({ err }, 'callbacks still wait for the store');
            await delay(retryMs, undefined, { signal: closing.signal }).catch(() => undefined);
          }
        }
      }
      await segment.done();
      if (spool.bytes === 0) logger.info('all callbacks that waited on the disk are in the store');
    }
  }

  async function recover(): Promise<void> {
    try {
      await spool.adopt();
      if (spool.bytes > 0) startDraining();
    } catch (err) {
      logger.error({ err }, 'callbacks that a dead process left cannot be taken over');
    }
  }

  return {
    status: take('status'),
    amd: take('amd'),
    recording: take('recording'),
    stream: take('stream'),
    recover,
    async delivered(withinMs) {
      await recover();
      const done = (async () => {
        await ahead.settled();
        await draining?.catch(() => undefined);
        return !keeping;
      })();
      return within(
        withinMs,
        () => done,
        () => false,
      );
    },
    async close() {
      closing.abort();
      await ahead.settled();
      await draining;
      await Promise.all([spool.close(), aheadLog.close()]);
    },
  };
}

const isAway = (error: unknown): boolean => error instanceof AppError && error.code === 'STORE_UNAVAILABLE';
