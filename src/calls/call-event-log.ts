import { Types } from 'mongoose';
import type { Logger } from '../ops/logger.ts';
import type { Stored } from '../store/schema.ts';
import type { Call } from './call-document.ts';
import type { CallEvent, CallEventRepository, NewCallEvent } from './call-event-repository.ts';

/** One thing to be written down under the number that the call gave out for it. */
export type EventEntry = Pick<CallEvent, 'type' | 'source'> & { readonly data?: CallEvent['data']; readonly at?: Date };

/**
 * Events whose numbers were reserved by the write that made them true. They are gathered for a moment: a burst of callbacks costs one
 * insert. What the store does not take then goes the way of the journal, over the disk.
 */
export interface CallEventLog {
  /** `call` is the document as that write returned it. Resolves when the event is in the store or handed to the journal; never rejects. */
  add(call: Pick<Stored<Call>, '_id' | 'eventSeq'>, entry: EventEntry): Promise<void>;
  /** Resolves when everything added so far is in the store or handed to the journal. */
  written(): Promise<void>;
}

interface Options {
  readonly events: Pick<CallEventRepository, 'appendAll'>;
  /** Takes over an event that the store may or may not have. */
  readonly keep: (event: NewCallEvent) => void;
  /** Whoever watches the call is told; the event is in the store a moment later. */
  readonly noted?: (event: NewCallEvent) => void;
  readonly logger: Logger;
  readonly now: () => Date;
}

const mostInOneBatch = 500;
/** Long enough to gather what a burst brings, too short for anybody to notice. */
const gatherMs = 4;

interface Waiting {
  readonly event: NewCallEvent;
  readonly done: () => void;
}

export function createCallEventLog({ events, keep, noted, logger, now }: Options): CallEventLog {
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;

  async function write(batch: readonly Waiting[]): Promise<void> {
    try {
      const { errors } = await events.appendAll(batch.map(({ event }) => event));
      for (const { index, code, message } of errors) {
        const { event } = batch[index]!;
        if (code === 'STORE_UNAVAILABLE') keep(event);
        // A number that is taken was written by an attempt whose answer was lost.
        else if (code !== 'DUPLICATE')
          logger.error({ attemptId: event.callId.toHexString(), problem: message }, 'a call event was refused');
      }
    } catch (error) {
      logger.warn(
        { err: error, count: batch.length },
        'call events could not be written at once; the journal has them',
      );
      for (const { event } of batch) keep(event);
    }
    for (const { done } of batch) done();
  }

  async function drain(): Promise<void> {
    await new Promise(resolve => setTimeout(resolve, gatherMs));
    while (waiting.length > 0) {
      const batch = waiting.slice(0, mostInOneBatch);
      waiting = waiting.slice(batch.length);
      await write(batch);
    }
  }

  return {
    add({ _id: callId, eventSeq: seq }, { type, source, data = {}, at = now() }) {
      const event: NewCallEvent = { _id: new Types.ObjectId(), callId, seq, type, at, source, data };
      noted?.(event);
      return new Promise(done => {
        waiting.push({ event, done });
        running ??= drain().finally(() => {
          running = undefined;
        });
      });
    },
    async written() {
      while (running) await running;
    },
  };
}
