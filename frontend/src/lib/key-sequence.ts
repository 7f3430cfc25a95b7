/** Follows single keys and two-key sequences such as "g o". Pure: what was pressed comes in, what to run comes out. */
export type KeyProgress = { prefix: string | null; pressedAt: number };

export const noKeys: KeyProgress = { prefix: null, pressedAt: 0 };

/** A second key later than this begins anew, so that a stray "g" does nothing for the rest of the day. */
const SEQUENCE_MS = 1_200;

export function advanceKeys(
  progress: KeyProgress,
  key: string,
  now: number,
  bindings: readonly string[],
): { progress: KeyProgress; run: string | null } {
  const inTime = progress.prefix !== null && now - progress.pressedAt <= SEQUENCE_MS;
  const typed = inTime ? `${progress.prefix} ${key}` : key;
  if (bindings.includes(typed)) return { progress: noKeys, run: typed };
  if (bindings.some(binding => binding.startsWith(`${key} `))) {
    return { progress: { prefix: key, pressedAt: now }, run: null };
  }
  return { progress: noKeys, run: null };
}
