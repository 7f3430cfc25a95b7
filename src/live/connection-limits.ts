/** Counts what is open for each key, and says when there is no more room. */
export interface OpenCounts {
  /** Takes a place, and returns the way to give it back; null when all are taken. */
  take(key: string): (() => void) | null;
  of(key: string): number;
}

export function createOpenCounts(most: number): OpenCounts {
  const open = new Map<string, number>();
  return {
    of: key => open.get(key) ?? 0,
    take(key) {
      const count = open.get(key) ?? 0;
      if (count >= most) return null;
      open.set(key, count + 1);
      let given = false;
      return () => {
        if (given) return;
        given = true;
        const left = (open.get(key) ?? 1) - 1;
        if (left > 0) open.set(key, left);
        else open.delete(key);
      };
    },
  };
}

/** Some at once, then so many a second: `take` answers whether one more is allowed at this moment. */
export interface TokenBucket {
  take(now: number): boolean;
}

export function createTokenBucket(burst: number, perSecond: number): TokenBucket {
  let tokens = burst;
  let at: number | undefined;
  return {
    take(now) {
      tokens = Math.min(burst, tokens + ((now - (at ?? now)) / 1_000) * perSecond);
      at = now;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
