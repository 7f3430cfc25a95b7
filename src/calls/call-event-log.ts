import type { Types } from 'mongoose';
import type { Logger } from '../ops/logger.ts';
import type { Stored } from '../store/schema.ts';
import type { Call } from './call-document.ts';
import type { CallEvent, CallEventRepository } from './call-event-repository.ts';

/** One thing to be written down under the number that the call gave out for it. */
export type EventEntry = Pick<CallEvent, 'type' | 'source'> & { readonly data?: CallEvent['data']; readonly at?: Date };

/**
 * Events whose numbers were reserved by the write that made them true. They are written in batches a moment later: a burst of
 * callbacks costs one insert, and nobody waits for it.
 */
export interface CallEventLog {
  /** `call` is the document as that write returned it. */
  add(call: Pick<Stored<Call>, '_id' | 'eventSeq'>, entry: EventEntry): void;
  /** Resolves when everything added so far is in the store or given up. */
  written(): Promise<void>;
}

interface Options {
  readonly events: Pick<CallEventRepository, 'createMany'>;
  readonly logger: Logger;
  readonly now: () => Date;
}

const mostInOneBatch = 500;
/** Past this the oldest are given up: the state of each call is in the store, its history would have a gap. */
const mostWaiting = 20_000;
const retryMs = 1_000;

export function createCallEventLog({ events, logger, now }: Options): CallEventLog {
  let waiting: CallEvent[] = [];
  let running: Promise<void> | undefined;

  async function drain(): Promise<void> {
    for (let failures = 0; waiting.length > 0; ) {
      const batch = waiting.slice(0, mostInOneBatch);
      try {
        const { errors } = await events.createMany(batch);
        waiting = waiting.slice(batch.length);
        failures = 0;
        // A number that is taken was written by an attempt whose answer was lost.
        const refused = errors.filter(({ code }) => code !== 'DUPLICATE');
        if (refused.length > 0)
          logger.error({ problem: refused[0]!.message, count: refused.length }, 'call events were refused');
      } catch (error) {
        failures += 1;
        if (failures > 60) {
          logger.error({ err: error, lost: waiting.length }, 'call events could not be written');
          waiting = [];
          return;
        }
        await new Promise(resolve => setTimeout(resolve, retryMs).unref());
      }
    }
  }

  return {
    add({ _id, eventSeq }, { type, source, data = {}, at = now() }) {
      if (waiting.length >= mostWaiting) return;
      waiting.push({ callId: _id as Types.ObjectId, seq: eventSeq, type, at, source, data });
      running ??= new Promise<void>(resolve => setImmediate(resolve)).then(drain).finally(() => {
        running = undefined;
      });
    },
    async written() {
      while (running) await running;
    },
  };
}
