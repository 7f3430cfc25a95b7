import type { LiveTurn } from '../../../../src/live/live-contract.ts';

/** Longer than this was no answer to what was said before. */
const longestMs = 15_000;

/** How long each answer of the agent took, from the end of the person's words to the first sound; the newest last. */
export function answerDelays(turns: readonly (LiveTurn | null)[]): number[] {
  const inTime = turns.filter(turn => turn !== null).sort((a, b) => a.startMs - b.startMs);
  const delays: number[] = [];
  for (let at = 1; at < inTime.length; at += 1) {
    const [before, turn] = [inTime[at - 1]!, inTime[at]!];
    if (before.role !== 'caller' || turn.role !== 'agent') continue;
    const delay = turn.startMs - before.endMs;
    if (delay >= 0 && delay <= longestMs) delays.push(delay);
  }
  return delays;
}

/** Later than this is amber, and than `lateMs` late. */
export const goodMs = 800;
export const lateMs = 1_500;

export function summaryOf(delays: readonly number[]): { last: number; median: number; late: number } | null {
  const last = delays.at(-1);
  if (last === undefined) return null;
  const sorted = [...delays].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { last, median, late: delays.filter(delay => delay > lateMs).length };
}
