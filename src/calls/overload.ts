/** What a process looks at before it takes another call. */
export interface OverloadFacts {
  /** How late the event loop ran, 99th percentile over the last 5 s. */
  readonly delayMs: number;
  readonly usedBytes: number;
  /** What the container may use; undefined where nothing limits it. */
  readonly limitBytes: number | undefined;
}

export interface OverloadLimits {
  readonly delayMs: number;
  readonly memoryPercent: number;
}

/** Why this process should take no new call, before those it has lose quality; null when it may. */
export function overload(
  { delayMs, usedBytes, limitBytes }: OverloadFacts,
  limits: OverloadLimits,
): 'delay' | 'memory' | null {
  if (delayMs > limits.delayMs) return 'delay';
  if (limitBytes !== undefined && usedBytes > (limitBytes * limits.memoryPercent) / 100) return 'memory';
  return null;
}
