export interface Quantiles {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface Latencies {
  /** Takes a time in milliseconds; clocks of two processes differ a little, so one below zero counts as zero. */
  add(ms: number): void;
  quantiles(): Quantiles | null;
}

const bucketsPerMs = 10;
const longestMs = 20_000;

/** Counts times in buckets of 0.1 ms, so that millions of them take no more memory than a few; above 20 s all count as that. */
export function createLatencies(): Latencies {
  const buckets = new Uint32Array(longestMs * bucketsPerMs + 1);
  let count = 0;
  let max = 0;
  const quantile = (share: number): number => {
    let left = Math.ceil(count * share);
    for (let bucket = 0; bucket < buckets.length; bucket += 1) {
      left -= buckets[bucket]!;
      if (left <= 0) return bucket / bucketsPerMs;
    }
    return longestMs;
  };
  return {
    add(ms) {
      const bounded = Math.min(longestMs, Math.max(0, ms));
      buckets[Math.round(bounded * bucketsPerMs)]! += 1;
      count += 1;
      if (bounded > max) max = bounded;
    },
    quantiles() {
      if (count === 0) return null;
      const [p50, p95, p99] = [quantile(0.5), quantile(0.95), quantile(0.99)];
      return { count, p50, p95, p99, max: Math.round(max * bucketsPerMs) / bucketsPerMs };
    },
  };
}
