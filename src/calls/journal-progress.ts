import type { Batch } from './journal-entry.ts';

/** Counts, call by call, what was said and how much of it is in the store. */
export interface JournalProgress {
  /** Entries that are not in the store yet. */
  readonly outstanding: number;
  said(callId: string): void;
  written(batch: Batch): void;
  /** Resolves when everything said about the call until now is written. */
  reached(callId: string): Promise<void>;
}

interface CallProgress {
  said: number;
  written: number;
  readonly waiting: { readonly until: number; resolve(): void }[];
}

export function createJournalProgress(): JournalProgress {
  const calls = new Map<string, CallProgress>();
  let outstanding = 0;
  return {
    get outstanding() {
      return outstanding;
    },
    said(callId) {
      outstanding += 1;
      const call = calls.get(callId);
      if (call) call.said += 1;
      else calls.set(callId, { said: 1, written: 0, waiting: [] });
    },
    written(batch) {
      for (const { callId, entries } of batch.values()) {
        const call = calls.get(callId);
        if (!call) continue;
        call.written += entries;
        outstanding -= entries;
        while (call.waiting[0] && call.waiting[0].until <= call.written) call.waiting.shift()!.resolve();
        if (call.written >= call.said) calls.delete(callId);
      }
    },
    reached(callId) {
      const call = calls.get(callId);
      if (!call) return Promise.resolve();
      return new Promise(resolve => void call.waiting.push({ until: call.said, resolve }));
    },
  };
}
