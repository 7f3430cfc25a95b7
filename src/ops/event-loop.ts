import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** How late the event loop runs, over the last completed window. */
export interface EventLoopWatch {
  delay(): { p50Ms: number; p99Ms: number };
  /** The 99th percentile over a whole window of 5 s; 0 until one passed that did not hold the start, which is always late. */
  sustainedMs(): number;
  stop(): void;
}

const windowMs = 5000;
const nanosecondsPerMs = 1e6;

export function watchEventLoop(): EventLoopWatch {
  const resolutionMs = 10;
  const histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  const read = () => {
    // The histogram includes the sampling interval itself.
    const late = (percent: number) =>
      Math.max(0, Math.round((histogram.percentile(percent) / nanosecondsPerMs - resolutionMs) * 10) / 10);
    return histogram.count === 0 ? { p50Ms: 0, p99Ms: 0 } : { p50Ms: late(50), p99Ms: late(99) };
  };
  let windows = 0;
  let last: { p50Ms: number; p99Ms: number } | undefined;
  const timer = setInterval(() => {
    last = read();
    windows += 1;
    histogram.reset();
  }, windowMs);
  timer.unref();
  return {
    delay: () => last ?? read(),
    sustainedMs: () => (windows > 1 && last ? last.p99Ms : 0),
    stop: () => {
      clearInterval(timer);
      histogram.disable();
    },
  };
}
