import { slotsPerDay } from './contribution-protocol.ts';
import type { SlotCounts } from './rollup-repository.ts';

/** Names of counters as small numbers, the same for all days that a process reads. */
export class PathNames {
  readonly names: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const next = this.names.length;
    this.names.push(name);
    this.#numbers.set(name, next);
    return next;
  }
}

/**
 * The counters of one day in a few flat arrays. As the objects that the driver makes of a document they would take ten times the
 * memory, and adding up months of them would take longer than anybody waits.
 */
export class CompactDay {
  /** Where the counters of each quarter begin; one more for where the last ones end. */
  readonly #starts = new Uint32Array(slotsPerDay + 1);
  readonly #paths: Uint32Array;
  readonly #values: Float64Array;

  constructor(slots: Readonly<Record<string, SlotCounts>>, names: PathNames) {
    const paths: number[] = [];
    const values: number[] = [];
    const walk = (counts: Readonly<Record<string, unknown>>, prefix: string): void => {
      for (const [name, value] of Object.entries(counts)) {
        if (typeof value === 'number') {
          if (value === 0) continue;
          paths.push(names.numberOf(prefix + name));
          values.push(value);
        } else if (typeof value === 'object' && value !== null) walk(value as SlotCounts, `${prefix}${name}.`);
      }
    };
    for (let slot = 0; slot < slotsPerDay; slot += 1) {
      this.#starts[slot] = paths.length;
      const counts = slots[String(slot)];
      if (counts) walk(counts, '');
    }
    this.#starts[slotsPerDay] = paths.length;
    this.#paths = Uint32Array.from(paths);
    this.#values = Float64Array.from(values);
  }

  get size(): number {
    return this.#values.length + slotsPerDay;
  }

  /** Adds the quarters from one up to another (which is left out) to the sums. */
  addTo(sums: Float64Array, from: number, to: number): void {
    const end = this.#starts[to]!;
    for (let at = this.#starts[from]!; at < end; at += 1) sums[this.#paths[at]!]! += this.#values[at]!;
  }
}
