import { amountOf } from '../calls/cost-protocol.ts';
import { quantile } from './latency-histogram-protocol.ts';
import type { SlotCounts } from './rollup-repository.ts';

/** Figures of any stretch of time; everything is 0 where there was nothing. */
export interface Figures {
  readonly calls: number;
  readonly answered: number;
  /** Answered of all, 0 to 1. */
  readonly answerRate: number;
  /** Successful of those that the agents' vendor judged, 0 to 1. */
  readonly successRate: number;
  readonly successful: number;
  readonly unsuccessful: number;
  /** Of answered calls. */
  readonly averageDurationSeconds: number;
  readonly totalDurationSeconds: number;
  readonly inbound: number;
  readonly outbound: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly results: Readonly<Record<string, number>>;
  readonly latency: { readonly p50: number; readonly p95: number; readonly firstWord: number };
  readonly spend: { readonly amount: string; readonly currency: string; readonly incompleteCalls: number };
}

type Counts = Record<string, number>;

const add = (counts: Counts, name: string, count: number) => {
  counts[name] = (counts[name] ?? 0) + count;
};
const entriesOf = (value: unknown): [string, number][] => Object.entries((value ?? {}) as Counts);
const share = (part: number, whole: number): number => (whole > 0 ? Math.round((part / whole) * 10_000) / 10_000 : 0);

/** Adds quarters of an hour up. */
export class FiguresSum {
  calls = 0;
  answered = 0;
  seconds = 0;
  micros = 0;
  #incomplete = 0;
  readonly #sides: Counts = { in: 0, out: 0 };
  readonly #outcomes: Counts = {};
  readonly #results: Counts = {};
  readonly #success: Counts = {};
  readonly #turns: Counts = {};
  readonly #firstWords: Counts = {};

  add(slot: SlotCounts): void {
    for (const side of ['in', 'out'] as const) {
      for (const [outcome, counts] of Object.entries((slot[side] ?? {}) as Record<string, Counts>)) {
        const { n = 0, a = 0, s = 0, m = 0 } = counts;
        this.calls += n;
        this.answered += a;
        this.seconds += s;
        this.micros += m;
        add(this.#sides, side, n);
        // A call whose outcome was corrected leaves a nothing behind.
        if (n !== 0) add(this.#outcomes, outcome, n);
      }
    }
    this.#incomplete += (slot['x'] as number | undefined) ?? 0;
    for (const [result, count] of entriesOf(slot['r'])) if (count !== 0) add(this.#results, result, count);
    for (const [success, count] of entriesOf(slot['v'])) add(this.#success, success, count);
    for (const [bucket, count] of entriesOf(slot['t'])) add(this.#turns, bucket, count);
    for (const [bucket, count] of entriesOf(slot['w'])) add(this.#firstWords, bucket, count);
  }

  /** The few figures of one hour of a series. */
  brief(currency: string) {
    const { calls, answered, seconds, micros } = this;
    return {
      calls,
      answered,
      conversations: this.#outcomes['conversation'] ?? 0,
      totalDurationSeconds: seconds,
      spend: { amount: amountOf(micros), currency },
    };
  }

  figures(currency: string): Figures {
    const { success: successful = 0, failure: unsuccessful = 0 } = this.#success;
    return {
      calls: this.calls,
      answered: this.answered,
      answerRate: share(this.answered, this.calls),
      successRate: share(successful, successful + unsuccessful),
      successful,
      unsuccessful,
      averageDurationSeconds: this.answered > 0 ? Math.round((this.seconds / this.answered) * 10) / 10 : 0,
      totalDurationSeconds: this.seconds,
      inbound: this.#sides['in'] ?? 0,
      outbound: this.#sides['out'] ?? 0,
      outcomes: this.#outcomes,
      results: this.#results,
      latency: {
        p50: quantile(this.#turns, 0.5),
        p95: quantile(this.#turns, 0.95),
        firstWord: quantile(this.#firstWords, 0.5),
      },
      spend: { amount: amountOf(this.micros), currency, incompleteCalls: this.#incomplete },
    };
  }
}
