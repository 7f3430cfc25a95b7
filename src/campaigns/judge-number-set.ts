/** Distinct telephone numbers in little memory: a million of them take 8 MB, where a set of texts takes a hundred. */
export interface NumberSet {
  /** How many there are; known once the batches were asked for. */
  readonly size: number;
  add(number: string): void;
  /** All of them, each once, at most this many at a time. */
  batches(most: number): Generator<string[]>;
}

export function createNumberSet(): NumberSet {
  let digits = new Float64Array(1_024);
  let used = 0;
  let size = 0;
  /** Keyed hashes of erased ones. */
  const others = new Set<string>();

  /** Sorted, each once. */
  function settle(): Float64Array {
    const sorted = digits.subarray(0, used).sort();
    let kept = 0;
    for (let at = 0; at < sorted.length; at++) {
      if (at === 0 || sorted[at] !== sorted[at - 1]) sorted[kept++] = sorted[at]!;
    }
    used = kept;
    return sorted.subarray(0, kept);
  }

  return {
    get size() {
      return size;
    },
    add: number => {
      // Up to 15 digits, which a double holds exactly.
      if (!/^\+\d{7,15}$/.test(number)) return void others.add(number);
      if (used === digits.length) {
        // What comes again and again is dropped before more room is taken.
        settle();
        if (used > digits.length / 2) {
          const larger = new Float64Array(digits.length * 2);
          larger.set(digits.subarray(0, used));
          digits = larger;
        }
      }
      digits[used++] = Number(number.slice(1));
    },
    *batches(most) {
      const sorted = settle();
      size = sorted.length + others.size;
      let batch: string[] = [];
      for (const each of sorted) {
        batch.push(`+${each}`);
        if (batch.length === most) yield batch;
        if (batch.length === most) batch = [];
      }
      for (const each of others) {
        batch.push(each);
        if (batch.length === most) yield batch;
        if (batch.length === most) batch = [];
      }
      if (batch.length > 0) yield batch;
    },
  };
}
