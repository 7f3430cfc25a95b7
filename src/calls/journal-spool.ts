import { type Batch, entriesIn, joined } from './journal-entry.ts';
import { batchOf, lineOf } from './journal-lines.ts';
import { createLineSpool, type LineSpoolOptions } from './line-spool.ts';

/** Where the journal's words wait on the disk while the store is away: one line is one batch. */
export interface JournalSpool {
  /** Bytes that are not in the store yet, also those of processes that died. */
  readonly bytes: number;
  /** Answers how many bytes it took. Rejects when the disk does not take it; then none of it stands in the spool. */
  append(batch: Batch): Promise<number>;
  /** The oldest segment, closed for further lines; null when there is none. */
  oldest(): Promise<SpoolSegment | null>;
  /** Takes over what processes left that are no more. */
  adopt(): Promise<void>;
  close(): Promise<void>;
}

export interface SpoolSegment {
  /** Left by a process that died. */
  readonly foreign: boolean;
  /** Nothing else stands in the spool. */
  readonly last: boolean;
  batches(): AsyncGenerator<Batch>;
  /** All of it is in the store. */
  done(): Promise<void>;
}

export type JournalSpoolOptions = Omit<LineSpoolOptions, 'context'>;

/** Lines are put together for the way to the store, or what is said meanwhile would outrun them. */
const entriesAtOnce = 400;

export function createJournalSpool(options: JournalSpoolOptions): JournalSpool {
  const lines = createLineSpool({ ...options, context: 'callJournal/spool' });
  return {
    get bytes() {
      return lines.bytes;
    },
    append: batch => lines.append(lineOf(batch)),
    async oldest() {
      const segment = await lines.oldest();
      if (!segment) return null;
      const { foreign, last, done } = segment;
      return {
        foreign,
        last,
        async *batches() {
          let batch: Batch = new Map();
          for (const next of await segment.lines(batchOf)) {
            batch = joined(batch, next);
            if (entriesIn(batch) < entriesAtOnce) continue;
            yield batch;
            batch = new Map();
          }
          if (batch.size > 0) yield batch;
        },
        done,
      };
    },
    adopt: () => lines.adopt(),
    close: () => lines.close(),
  };
}
