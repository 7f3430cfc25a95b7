import { present, type RawSearch, readId, readOneOf, readWord } from '../../lib/address-words.ts';
import type { JobState, ReceiptState } from './api/operations.ts';

export const jobStates = ['queued', 'running', 'done', 'dead'] as const satisfies readonly JobState[];
export const receiptStates = ['received', 'done', 'failed'] as const satisfies readonly ReceiptState[];

/** What of the list of jobs lives in its address. */
export interface JobsSearch {
  readonly state?: JobState;
  /** The whole name of a kind of job. */
  readonly name?: string;
}

export const readJobsSearch = (raw: RawSearch): JobsSearch =>
  present({ state: readOneOf(raw, 'state', jobStates), name: readWord(raw, 'name')?.slice(0, 100) });

/** What of the list of vendors' messages lives in its address. */
export interface ReceiptsSearch {
  readonly state?: ReceiptState;
  readonly call?: string;
}

export const readReceiptsSearch = (raw: RawSearch): ReceiptsSearch =>
  present({ state: readOneOf(raw, 'state', receiptStates), call: readId(raw, 'call') });
