import { setTimeout as delay } from 'node:timers/promises';
import { Types } from 'mongoose';
import type { Logger } from 'pino';
import type { CallJournal, SpokenTurn } from '../bridge/bridge.types.ts';
import { AppError } from '../errors.ts';
import type { Events } from '../events.ts';
import type { NewCallEvent } from './call-event-repository.ts';
import { type Batch, batchBytes, CallBacklog, copyOf, entriesIn, joined, storable } from './journal-entry.ts';
import type { JournalMetrics } from './journal-metrics.ts';
import { createJournalProgress } from './journal-progress.ts';
import type { JournalSpool } from './journal-spool.ts';
import type { JournalWriter } from './journal-writer.ts';
import './transcript-events.ts';

export interface RunningJournal extends CallJournal {
  readonly backlog: { readonly entries: number; readonly memoryBytes: number; readonly spoolBytes: number };
  /** Takes over an event that has its number already, and may be in the store or not. */
  keep(event: NewCallEvent): void;
  /** Takes over what a process left that died while the store was away. Never rejects. */
  recover(): Promise<void>;
  /** Writes what is left, to the disk if the store does not take it in time. Never rejects. */
  close(): Promise<void>;
}

export interface CallJournalOptions {
  readonly writer: JournalWriter;
  readonly spool: JournalSpool;
  readonly events: Pick<Events, 'publish'>;
  readonly logger: Logger;
  readonly metrics: Pick<JournalMetrics, 'flush' | 'lost' | 'spooled'>;
  readonly now: () => Date;
  readonly limits?: Partial<JournalLimits>;
}

export interface JournalLimits {
  /** How long a word waits for others to be written with. */
  readonly flushMs: number;
  /** A store that takes longer for a batch is treated as away. */
  readonly patienceMs: number;
  /** How long to wait before the store is tried again. */
  readonly retryMs: number;
  /** What may wait in memory when the disk takes nothing either. */
  readonly memoryBytes: number;
  /** How long `close` waits for the store. */
  readonly closeMs: number;
}

export const journalLimits: JournalLimits = {
  flushMs: 250,
  patienceMs: 1_000,
  retryMs: 500,
  memoryBytes: 16 * 1024 * 1024,
  closeMs: 5_000,
};

/**
 * The journal has two ways. Directly: every quarter of a second, all that was said goes to the store in one batch. When the store does
 * not take a batch in time, the other way: all goes to the disk first, and from there to the store, oldest first, until nothing is left
 * there. So only what was said within the last quarter of a second is in memory alone, and order is kept across the change.
 *
 * When the disk takes nothing either, memory holds what it may. Past that, new events are not taken: those at the beginning tell why
 * things went as they did. Turns and fields replace each other and stay small; they are taken a quarter longer. Both are counted.
 */
export function createCallJournal(options: CallJournalOptions): RunningJournal {
  const { writer, spool, events, logger, metrics, now } = options;
  const limits = { ...journalLimits, ...options.limits };
  const progress = createJournalProgress();

  let pending: Batch = new Map();
  let pendingBytes = 0;
  let unpublished = new Map<string, Map<number, SpokenTurn>>();
  let timer: NodeJS.Timeout | undefined;
  let ticking: Promise<void> | undefined;
  let flight: Flight | undefined;
  let spooling = false;
  let draining: Promise<void> | undefined;
  let diskFull = false;
  let diskWrites = 0;
  let refusing = false;
  let holdUntil = 0;
  let bytesOnTheWay = 0;
  let closed = false;
  const closing = new AbortController();

  const arm = () => {
    if (timer || closed) return;
    timer = setTimeout(() => {
      timer = undefined;
      ticking = tick().finally(() => {
        ticking = undefined;
        if (pending.size > 0 || flight) arm();
      });
    }, limits.flushMs);
    timer.unref();
  };

  const refuse = (kind: 'event' | 'turn' | 'note') => {
    metrics.lost(kind, 1);
    if (!refusing) logger.error({ closed }, 'the call journal has no room left, and loses what is said from now on');
    refusing = true;
  };

  const say = (kind: 'event' | 'turn' | 'note', callId: string, add: (backlog: CallBacklog) => void) => {
    try {
      const most = limits.memoryBytes * (kind === 'event' ? 1 : 1.25);
      if (closed || pendingBytes + bytesOnTheWay >= most) return refuse(kind);
      if (!Types.ObjectId.isValid(callId)) throw new TypeError('A call is named by our id of it');
      const backlog = pending.get(callId) ?? new CallBacklog(callId);
      pending.set(callId, backlog);
      const before = backlog.bytes;
      add(backlog);
      pendingBytes += backlog.bytes - before;
      progress.said(callId);
      arm();
    } catch (err) {
      metrics.lost(kind, 1);
      logger.error({ err, kind }, 'an entry of the call journal is not usable');
    }
  };

  const take = (): Batch => {
    refusing = false;
    const batch = pending;
    pending = new Map();
    pendingBytes = 0;
    return batch;
  };
  const putBack = (batch: Batch) => {
    pending = joined(batch, pending);
    pendingBytes = batchBytes(pending);
  };

  /** Live views follow what is said, whatever the store does. */
  const publish = () => {
    const turns = unpublished;
    unpublished = new Map();
    for (const [callId, ofCall] of turns) {
      for (const [index, turn] of ofCall) events.publish('transcript.appended', { callId, index, turn, at: now() });
    }
  };

  const tick = async (): Promise<void> => {
    publish();
    if (!spooling && !flight && pending.size > 0) flight = startFlight(take());
    if (flight && performance.now() - flight.startedAt > limits.patienceMs) await ground(flight);
    if (spooling) await toDisk();
  };

  const startFlight = (batch: Batch): Flight => {
    const own: Flight = { batch, startedAt: performance.now(), grounded: false, landed: Promise.resolve() };
    own.landed = writer.write(batch).then(
      () => {
        metrics.flush.observe((performance.now() - own.startedAt) / 1000);
        if (flight === own) flight = undefined;
        if (!own.grounded) progress.written(batch);
      },
      async err => {
        if (!own.grounded) {
          logger.warn({ err }, 'the store does not take the call journal; it goes to the disk until it does');
          await ground(own);
        }
        if (flight === own) flight = undefined;
      },
    );
    return own;
  };

  /** The batch may or may not be in the store: it goes to the disk, and from there again. */
  const ground = async (grounded: Flight) => {
    if (grounded.grounded) return;
    grounded.grounded = true;
    spooling = true;
    putBack(copyOf(grounded.batch));
    await toDisk();
    draining ??= drain().finally(() => {
      draining = undefined;
    });
  };

  let writingDisk: Promise<void> = Promise.resolve();
  const toDisk = (): Promise<void> => {
    diskWrites += 1;
    writingDisk = writingDisk.then(async () => {
      if (pending.size === 0 || !spooling || performance.now() < holdUntil) return;
      const batch = take();
      bytesOnTheWay = batchBytes(batch);
      try {
        metrics.spooled(await spool.append(batch));
        if (diskFull) logger.info('the disk takes the call journal again');
        diskFull = false;
      } catch (err) {
        putBack(batch);
        if (!diskFull)
          logger.error({ err }, 'neither the store nor the disk take the call journal; it waits in memory');
        diskFull = true;
      }
    });
    writingDisk = writingDisk.finally(() => {
      bytesOnTheWay = 0;
      diskWrites -= 1;
    });
    return writingDisk;
  };

  const drain = async (): Promise<void> => {
    // An attempt that hangs might write an older turn over a newer one.
    await flight?.landed;
    while (!closing.signal.aborted) {
      await writingDisk;
      const segment = await spool.oldest().catch(() => null);
      if (!segment && diskWrites > 0) continue;
      if (!segment) {
        // What could not go to the disk goes on from memory.
        spooling = false;
        if (pending.size > 0) arm();
        return;
      }
      // What is said while the end of the spool is written waits as it does in direct writing, or the two would never meet.
      if (segment.last) holdUntil = performance.now() + limits.patienceMs;
      try {
        for await (const batch of segment.batches()) {
          await deliver(batch, segment.foreign);
          if (!segment.foreign) progress.written(batch);
        }
        await segment.done();
      } catch (err) {
        holdUntil = 0;
        logger.debug({ err }, 'the call journal still waits for the store');
        await delay(limits.retryMs, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
  };

  /** Rejects when the store is away. What it refuses for any other reason must not stand in the way of all that comes after it. */
  const deliver = async (batch: Batch, foreign: boolean): Promise<void> => {
    try {
      closing.signal.throwIfAborted();
      await writer.write(batch, foreign);
    } catch (error) {
      if (closing.signal.aborted || (error instanceof AppError && error.code === 'STORE_UNAVAILABLE')) throw error;
      if (batch.size > 1) {
        for (const [callId, backlog] of batch) await deliver(new Map([[callId, backlog]]), foreign);
        return;
      }
      metrics.lost('event', entriesIn(batch));
      logger.error({ err: error, attemptId: [...batch.keys()][0] }, 'the store refuses a part of the call journal');
    }
  };

  return {
    event(callId, type, source, data = {}, at = now()) {
      say('event', callId, backlog =>
        backlog.addEvent({
          id: new Types.ObjectId(),
          type,
          source,
          data: storable(data) as Record<string, unknown>,
          at,
        }),
      );
    },
    keep({ _id: id, callId, seq, type, source, data, at }) {
      say('event', callId.toHexString(), backlog => {
        backlog.addEvent({ id, type, source, data: storable(data) as Record<string, unknown>, at, seq });
        backlog.tried = true;
      });
    },
    turn(callId, index, turn: SpokenTurn) {
      say('turn', callId, backlog => {
        const said = { ...turn };
        backlog.setTurn(index, said);
        const ofCall = unpublished.get(callId);
        if (ofCall) ofCall.set(index, said);
        else unpublished.set(callId, new Map([[index, said]]));
      });
    },
    note(callId, fields) {
      say('note', callId, backlog => backlog.setFields(storable(fields) as Record<string, unknown>));
    },
    written: callId => progress.reached(callId),
    get backlog() {
      return { entries: progress.outstanding, memoryBytes: pendingBytes + bytesOnTheWay, spoolBytes: spool.bytes };
    },
    async recover() {
      try {
        await spool.adopt();
        if (spool.bytes === 0 || draining) return;
        spooling = true;
        draining = drain().finally(() => {
          draining = undefined;
        });
      } catch (err) {
        logger.error({ err }, 'what was left of the call journal cannot be taken over');
      }
    },
    async close() {
      if (closed) return;
      const deadline = performance.now() + limits.closeMs;
      const left = () => Math.max(1, deadline - performance.now());
      const soon = (work: Promise<unknown> | undefined) =>
        Promise.race([work, delay(left(), undefined, { ref: false })]);
      clearTimeout(timer);
      timer = undefined;
      while ((pending.size > 0 || flight || ticking) && !spooling && performance.now() < deadline) {
        await soon(ticking ?? tick().then(() => flight?.landed));
      }
      closed = true;
      clearTimeout(timer);
      publish();
      if (flight && !flight.grounded) {
        flight.grounded = true;
        putBack(copyOf(flight.batch));
      }
      spooling = true;
      holdUntil = 0;
      await toDisk();
      closing.abort();
      await soon(draining);
      await spool.close().catch(err => logger.error({ err }, 'the spool of the call journal could not be closed'));
      const lost = entriesIn(pending);
      if (lost > 0) logger.error({ lost }, 'the call journal ends with entries that nothing took');
    },
  };
}

interface Flight {
  readonly batch: Batch;
  readonly startedAt: number;
  /** It was given up as a direct write; whatever comes of it no longer counts. */
  grounded: boolean;
  landed: Promise<void>;
}
