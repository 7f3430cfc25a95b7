import type { CallEventAdded } from '../../../../src/live/live-contract.ts';

export type CallLogEntry = CallEventAdded['event'];

/** Entries of a call's log, each once and in order. */
export function withEntries(before: readonly CallLogEntry[], added: readonly CallLogEntry[]): readonly CallLogEntry[] {
  const known = new Set(before.map(({ seq }) => seq));
  const fresh = added.filter(({ seq }) => !known.has(seq));
  if (fresh.length === 0) return before;
  return [...before, ...fresh].sort((a, b) => a.seq - b.seq);
}
