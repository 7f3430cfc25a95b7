/** So many at once, and so many more each second. */
export interface Allowance {
  /** Whether one more is allowed now, which uses it up. */
  take(nowMs: number): boolean;
}

export function createAllowance(perSecond: number, atOnce: number): Allowance {
  let left = atOnce;
  let lookedAt: number | undefined;
  return {
    take(nowMs) {
      if (lookedAt !== undefined) left = Math.min(atOnce, left + ((nowMs - lookedAt) / 1_000) * perSecond);
      lookedAt = nowMs;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
