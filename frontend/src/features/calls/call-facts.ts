/** The delays of a call's answers, in order, in milliseconds. */
export function delaysOf(latency: Readonly<Record<string, unknown>> | null): number[] {
  const turns = latency?.['turnsMs'];
  return Array.isArray(turns) ? turns.filter((ms): ms is number => typeof ms === 'number' && ms >= 0) : [];
}

export function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export const medianDelay = (latency: Readonly<Record<string, unknown>> | null): number | null =>
  medianOf(delaysOf(latency));
