import type { CallView } from '../calls/calls.types.ts';
import type { TranscriptSnapshot } from './live-contract.ts';

export interface TranscriptReaderOptions {
  /** Whether this process holds the call. */
  readonly isHere: (callId: string) => boolean;
  /** Resolves when all that this process heard of the call is in the store. */
  readonly written: (callId: string) => Promise<void>;
  /** The turns of a call as they are in the store. */
  readonly turns: (callId: string) => Promise<TranscriptSnapshot['turns']>;
}

/** A watcher waits no longer for words that are on their way to the store. */
const patienceMs = 1_000;
/** Words of a call that another process holds are in the store after this, unless the store is in trouble. */
const elsewhereMs = 500;

const wait = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms).unref());

/** What was said on a call, with the words that were on their way to the store when it was asked. */
export const createTranscriptReader =
  ({ isHere, written, turns }: TranscriptReaderOptions) =>
  async (call: CallView): Promise<TranscriptSnapshot['turns']> => {
    if (isHere(call.id)) await Promise.race([written(call.id), wait(patienceMs)]);
    else if (call['endedAt'] === null) await wait(elsewhereMs);
    return turns(call.id);
  };
