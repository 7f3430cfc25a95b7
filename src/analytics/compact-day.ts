import { slotsPerDay } from './contribution-protocol.ts';
import { largestPacked, PackedReader, PackedWriter } from './packed-numbers-protocol.ts';
import type { SlotCounts } from './rollup-repository.ts';

/** Says how a packed day is written: names, then for each quarter its counters as pairs of a name's place and a value. */
const packedForm = 1;

/** Names of counters as small numbers, the same for all days that a process reads. */
export class PathNames {
  readonly names: string[] = [];
  /** Each name in its parts: sums of thousands of hours are read by them. */
  readonly parts: (readonly string[])[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const next = this.names.length;
    this.names.push(name);
    this.parts.push(name.split('.'));
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
  readonly #starts: Uint32Array;
  readonly #paths: Uint32Array;
  readonly #values: Float64Array;

  private constructor(starts: Uint32Array, paths: Uint32Array, values: Float64Array) {
    this.#starts = starts;
    this.#paths = paths;
    this.#values = values;
  }

  /** Counters as a document has them. */
  static of(slots: Readonly<Record<string, SlotCounts>>, names: PathNames): CompactDay {
    const starts = new Uint32Array(slotsPerDay + 1);
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
      starts[slot] = paths.length;
      const counts = slots[String(slot)];
      if (counts) walk(counts, '');
    }
    starts[slotsPerDay] = paths.length;
    return new CompactDay(starts, Uint32Array.from(paths), Float64Array.from(values));
  }

  /** Counters as `packed` wrote them; null for what it did not write, which may be a later release's form. */
  static unpacked(bytes: Uint8Array, names: PathNames): CompactDay | null {
    const reader = new PackedReader(bytes);
    if (reader.count() !== packedForm) return null;
    const numbers = new Uint32Array(reader.count());
    for (let at = 0; at < numbers.length; at += 1) numbers[at] = names.numberOf(reader.text());
    const size = reader.count();
    if (size > bytes.length) return null;
    const starts = new Uint32Array(slotsPerDay + 1);
    const paths = new Uint32Array(size);
    const values = new Float64Array(size);
    let at = 0;
    for (let slot = 0; slot < slotsPerDay; slot += 1) {
      starts[slot] = at;
      for (let left = reader.count(); left > 0 && at < size; left -= 1) {
        paths[at] = numbers[reader.count()]!;
        values[at] = reader.integer();
        at += 1;
      }
    }
    starts[slotsPerDay] = at;
    return at === size && reader.isAtEnd ? new CompactDay(starts, paths, values) : null;
  }

  /** All of it in a few bytes a counter; null when a counter is none that can be packed, which whole numbers of any use are. */
  packed(names: PathNames): Uint8Array | null {
    const own = new Map<number, number>();
    for (const path of this.#paths) if (!own.has(path)) own.set(path, own.size);
    const writer = new PackedWriter(this.#values.length * 4 + own.size * 24);
    writer.count(packedForm);
    writer.count(own.size);
    for (const path of own.keys()) writer.text(names.names[path]!);
    writer.count(this.#values.length);
    for (let slot = 0; slot < slotsPerDay; slot += 1) {
      const [begin, end] = [this.#starts[slot]!, this.#starts[slot + 1]!];
      writer.count(end - begin);
      for (let at = begin; at < end; at += 1) {
        const value = this.#values[at]!;
        if (!Number.isInteger(value) || Math.abs(value) > largestPacked) return null;
        writer.count(own.get(this.#paths[at]!)!);
        writer.integer(value);
      }
    }
    return writer.bytes;
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
