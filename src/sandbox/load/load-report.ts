import type { Quantiles } from './latencies.ts';
import type { FrameCounts, LatencyReport } from './load-meter.ts';
import type { LoadOrder } from './load-order.ts';

/** What the carrier twin's own process spent while all calls were up. */
export interface CostReport {
  readonly seconds: number;
  /** Calls that were up at a time, on average. */
  readonly calls: number;
  /** 100 is one core. */
  readonly processorPercent: number;
  /** Processor time for each second of each call. */
  readonly microsecondsPerCallSecond: number;
  readonly callsPerCore: number;
  /** Frames sent and received, and what one of them cost. */
  readonly frames: number;
  readonly microsecondsPerFrame: number;
  /** Below 100 the machine was too busy to keep the clock of so many calls. */
  readonly pacePercent: number;
  readonly rssBytes: number;
  readonly kibPerCall: number;
}

/** How a load run stands, or how it went. */
export interface LoadReport {
  readonly state: 'ramping' | 'holding' | 'ending' | 'done';
  readonly elapsedSeconds: number;
  readonly order: LoadOrder;
  readonly calls: {
    readonly placed: number;
    /** Their audio reached the product. */
    readonly connected: number;
    readonly live: number;
    readonly peak: number;
    /** Held as long as they were meant to be. */
    readonly completed: number;
  };
  /** Calls that did not go as they should, by what became of them. */
  readonly failures: Readonly<Record<string, number>>;
  readonly frames: FrameCounts;
  readonly latencyMs: LatencyReport;
  /** From the answer to the first sound of the agent. */
  readonly firstSoundMs: Quantiles | null;
  /** Rules of the carrier's protocols that the product broke meanwhile. */
  readonly violations: Readonly<Record<string, number>>;
  readonly cost: CostReport | null;
}

/** Counts what passes over the lines of a run. */
export interface Traffic {
  /** Moments of 20 ms that calls lived through. */
  ticks: number;
  sent: number;
  received: number;
}

const ticksPerSecond = 50;
const rounded = (value: number, digits = 1): number => Number(value.toFixed(digits));

/** Measures this process between `begin` and `end`. */
export function createCostMeter(traffic: Traffic) {
  const rssBefore = process.memoryUsage().rss;
  let began: { cpu: NodeJS.CpuUsage; at: number; traffic: Traffic } | undefined;
  let ended: CostReport | undefined;
  const measure = (): CostReport | null => {
    if (!began) return null;
    const { user, system } = process.cpuUsage(began.cpu);
    const seconds = (performance.now() - began.at) / 1_000;
    const callSeconds = (traffic.ticks - began.traffic.ticks) / ticksPerSecond;
    const frames = traffic.sent + traffic.received - began.traffic.sent - began.traffic.received;
    const [micros, { rss }] = [user + system, process.memoryUsage()];
    if (callSeconds === 0 || seconds === 0) return null;
    const perCallSecond = micros / callSeconds;
    return {
      seconds: rounded(seconds),
      calls: rounded(live / Math.max(1, looks)),
      processorPercent: rounded(micros / seconds / 10_000),
      microsecondsPerCallSecond: rounded(perCallSecond),
      callsPerCore: Math.floor(1_000_000 / perCallSecond),
      frames: Math.round(frames),
      microsecondsPerFrame: frames === 0 ? 0 : rounded(micros / frames),
      pacePercent: rounded((100 * callSeconds) / Math.max(1e-9, lived)),
      rssBytes: rss,
      // A process that has carried more before may need less memory now than it had.
      kibPerCall: rounded(Math.max(0, rss - rssBefore) / 1_024 / Math.max(1, peak)),
    };
  };
  let live = 0;
  let looks = 0;
  let lived = 0;
  let peak = 0;
  let lookedAt = 0;
  return {
    begin() {
      if (began) return;
      began = { cpu: process.cpuUsage(), at: performance.now(), traffic: { ...traffic } };
      lookedAt = began.at;
    },
    /** Told regularly how many calls have audio. */
    look(calls: number) {
      peak = Math.max(peak, calls);
      if (!began || ended) return;
      const now = performance.now();
      lived += (calls * (now - lookedAt)) / 1_000;
      lookedAt = now;
      live += calls;
      looks += 1;
    },
    end() {
      ended ??= measure() ?? undefined;
    },
    report: (): CostReport | null => ended ?? measure(),
  };
}
