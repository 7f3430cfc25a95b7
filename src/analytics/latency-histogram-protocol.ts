/**
 * Waiting times as counts in fixed buckets that grow by a tenth each: histograms of any calls can be added, and a quantile read
 * from the sum is at most 5 % beside the true one.
 */
const growth = 1.1;
const lowestMs = 10;
/** Everything above a minute and a half is as bad. */
const last = 96;

export const bucketOf = (ms: number): number =>
  ms <= lowestMs ? 0 : Math.min(last, Math.ceil(Math.log(ms / lowestMs) / Math.log(growth)));

/** The middle of a bucket, in whole milliseconds. */
const middleOf = (bucket: number): number => Math.round((lowestMs * growth ** bucket) / Math.sqrt(growth));

/** The value below which this share of all lies; 0 where there is none. */
export function quantile(counts: Readonly<Record<string, number>>, share: number): number {
  const buckets = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([bucket, count]) => [Number(bucket), count] as const)
    .sort(([one], [other]) => one - other);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  let below = 0;
  for (const [bucket, count] of buckets) {
    below += count;
    if (below >= share * total) return middleOf(bucket);
  }
  return 0;
}
