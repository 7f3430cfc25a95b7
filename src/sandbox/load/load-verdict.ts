import type { Quantiles } from './latencies.ts';
import type { LoadReport } from './load-report.ts';

/** How the product's process did meanwhile; null where it did not say. */
export interface ProductFigures {
  readonly rssBytes: number | null;
  readonly eventLoopP99Ms: number | null;
  /** Processor time of the product while all calls were up, as a share of one core. */
  readonly processorPercent: number | null;
}

/** What a load test may not exceed; unset ones are not looked at. */
export interface Thresholds {
  /** Percent of placed calls. */
  readonly maxFailures: number;
  /** Percent of measured frames. */
  readonly maxLoss: number;
  /** Milliseconds, either way. */
  readonly maxP95?: number;
  readonly maxP99?: number;
  /** Milliseconds that 95 of 100 callers wait for the first sound. */
  readonly maxFirstSound?: number;
  readonly maxMemoryMib?: number;
}

const total = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((sum, each) => sum + each, 0);
const share = (part: number, whole: number) => (whole === 0 ? 0 : (100 * part) / whole);

/** Every threshold that was exceeded, in words; none means that the test was passed. */
export function exceeded(report: LoadReport, product: ProductFigures, limits: Thresholds): string[] {
  const { calls, failures, frames, latencyMs, firstSoundMs, violations } = report;
  const found: string[] = [];
  if (calls.connected === 0) found.push('no call was connected');
  const failed = share(total(failures), calls.placed);
  if (failed > limits.maxFailures)
    found.push(`${failed.toFixed(1)} % of the calls failed, allowed ${limits.maxFailures} %`);
  const lost = share(frames.lost, frames.expected);
  if (lost > limits.maxLoss) found.push(`${lost.toFixed(2)} % of the frames were lost, allowed ${limits.maxLoss} %`);
  const measured = total(violations);
  if (measured > 0) found.push(`the carrier's protocols were violated ${measured} times`);
  const atMost = (what: string, value: number | null | undefined, limit: number | undefined, unit: string) => {
    if (limit === undefined) return;
    if (value === null || value === undefined) found.push(`${what} was not measured`);
    else if (value > limit) found.push(`${what} is ${value} ${unit}, allowed ${limit} ${unit}`);
  };
  for (const [way, values] of [
    ['to the agent', latencyMs.toAgent],
    ['to the caller', latencyMs.toCaller],
  ] as const) {
    atMost(`p95 ${way}`, values?.p95, limits.maxP95, 'ms');
    atMost(`p99 ${way}`, values?.p99, limits.maxP99, 'ms');
  }
  atMost('p95 of the time to the first sound', firstSoundMs?.p95, limits.maxFirstSound, 'ms');
  const mib = product.rssBytes === null ? null : Math.round(product.rssBytes / 1_048_576);
  atMost("the product's memory", mib, limits.maxMemoryMib, 'MiB');
  return found;
}

const quantiles = (values: Quantiles | null) =>
  values === null
    ? 'not measured'
    : `p50 ${values.p50} ms   p95 ${values.p95} ms   p99 ${values.p99} ms   max ${values.max} ms   (${values.count})`;
const listed = (counts: Readonly<Record<string, number>>, indent: string) =>
  Object.entries(counts)
    .sort(([, one], [, other]) => other - one)
    .map(([kind, count]) => `${indent}${String(count).padStart(6)}  ${kind}`);

/** The report as people read it. */
export function printed(report: LoadReport, product: ProductFigures): string {
  const { calls, failures, frames, latencyMs, firstSoundMs, violations, cost } = report;
  const label = (text: string) => text.padEnd(16);
  const mib = (bytes: number | null) => (bytes === null ? 'not said' : `${Math.round(bytes / 1_048_576)} MiB`);
  const percent = (value: number | null) => (value === null ? 'not said' : `${value.toFixed(0)} % of a core`);
  return [
    `${label('calls')}${calls.placed} placed, ${calls.connected} connected, ${calls.completed} held to the end, at most ${calls.peak} at a time`,
    `${label('failures')}${total(failures)}`,
    ...listed(failures, '  '),
    `${label('frames')}${frames.expected} measured, ${frames.lost} lost (${share(frames.lost, frames.expected).toFixed(3)} %; ${frames.lostAtEnd} when their call ended), ${frames.reordered} out of order, ${frames.doubled} doubled, ${frames.foreign} changed or of another call`,
    `${label('to the agent')}${quantiles(latencyMs.toAgent)}`,
    `${label('to the caller')}${quantiles(latencyMs.toCaller)}`,
    `${label('round trip')}${quantiles(latencyMs.roundTrip)}`,
    `${label('first sound')}${quantiles(firstSoundMs)}`,
    `${label('violations')}${total(violations)}`,
    ...listed(violations, '  '),
    `${label('product')}memory ${mib(product.rssBytes)}, processor ${percent(product.processorPercent)}, event loop p99 ${product.eventLoopP99Ms === null ? 'not said' : `${product.eventLoopP99Ms} ms`}`,
    ...(cost
      ? [
          `${label('carrier twin')}processor ${percent(cost.processorPercent)} for ${cost.calls} calls: ${cost.microsecondsPerCallSecond} µs per call and second, ${cost.callsPerCore} calls per core, ${cost.microsecondsPerFrame} µs per frame`,
          `${label('')}memory ${mib(cost.rssBytes)}, ${cost.kibPerCall} KiB per call; kept ${cost.pacePercent} % of its pace`,
        ]
      : []),
  ].join('\n');
}
