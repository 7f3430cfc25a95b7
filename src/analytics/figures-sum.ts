import { amountOf } from '../calls/cost-protocol.ts';
import { quantile } from './latency-histogram-protocol.ts';

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
const share = (part: number, whole: number): number => (whole > 0 ? Math.round((part / whole) * 10_000) / 10_000 : 0);

/** Reads sums of counters, by the parts of their names, as figures. */
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

  constructor(names: readonly (readonly string[])[], sums: Float64Array) {
    for (let at = 0; at < sums.length; at += 1) {
      // A call whose outcome was corrected leaves a nothing behind.
      if (sums[at] !== 0) this.#take(names[at]!, sums[at]!);
    }
  }

  #take([first = '', second = '', third]: readonly string[], count: number): void {
    if (first === 'in' || first === 'out') {
      if (third === 'a') this.answered += count;
      else if (third === 's') this.seconds += count;
      else if (third === 'm') this.micros += count;
      else {
        this.calls += count;
        add(this.#sides, first, count);
        add(this.#outcomes, second, count);
      }
    } else if (first === 'x') this.#incomplete += count;
    else if (first === 'r') add(this.#results, second, count);
    else if (first === 'v') add(this.#success, second, count);
    else add(first === 't' ? this.#turns : this.#firstWords, second, count);
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

  /** How long callers waited for answers, and how many answers that was. */
  delays(): { readonly p50: number; readonly p95: number; readonly turns: number } {
    const turns = Object.values(this.#turns).reduce((sum, count) => sum + count, 0);
    return { p50: quantile(this.#turns, 0.5), p95: quantile(this.#turns, 0.95), turns };
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
