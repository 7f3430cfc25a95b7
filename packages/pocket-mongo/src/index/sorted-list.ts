/** Chunks split above this; small enough that an insertion moves little, large enough that few chunks exist. */
const maxChunk = 256;

/** Where an item stands: `chunk` may equal the number of chunks, which is the end. */
export interface Position {
  chunk: number;
  offset: number;
}

/**
 * Items in order, with insertion, removal and range reads in logarithmic time. A list of short arrays does what a
 * B-tree does with two levels, which is enough for the millions of entries that fit into memory.
 */
export class SortedList<T> {
  #chunks: T[][] = [];
  #size = 0;
  /** Where the last item went: of many that come in order, the next one goes beside it. */
  #last: Position = { chunk: 0, offset: 0 };
  readonly #compare: (a: T, b: T) => number;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#size;
  }

  /** Replaces the content; items need not come sorted. Much cheaper than inserting one by one. */
  load(items: T[]): void {
    items.sort(this.#compare);
    this.#chunks = [];
    this.#size = items.length;
    for (let at = 0; at < items.length; at += maxChunk / 2) this.#chunks.push(items.slice(at, at + maxChunk / 2));
  }

  insert(item: T): void {
    this.#size++;
    if (this.#chunks.length === 0) {
      this.#chunks.push([item]);
      return;
    }
    const position = this.#besideLast(item) ?? this.seek(other => this.#compare(other, item));
    if (position.chunk === this.#chunks.length) {
      position.chunk--;
      position.offset = this.#chunks[position.chunk]!.length;
    }
    this.#last = position;
    const chunk = this.#chunks[position.chunk]!;
    chunk.splice(position.offset, 0, item);
    if (chunk.length <= maxChunk) return;
    // Ascending keys (ids, dates) append at the end: leaving the old chunk nearly full saves half the memory.
    const appended = position.chunk === this.#chunks.length - 1 && position.offset === chunk.length - 1;
    const kept = appended ? maxChunk : maxChunk / 2;
    this.#chunks.splice(position.chunk + 1, 0, chunk.splice(kept));
    if (position.offset >= kept) this.#last = { chunk: position.chunk + 1, offset: position.offset - kept };
  }

  /** The place beside the last insertion if the item belongs there: two comparisons instead of a search. */
  #besideLast(item: T): Position | undefined {
    const { chunk: at, offset } = this.#last;
    const chunk = this.#chunks[at];
    // Removals since may have left nothing there.
    if (!chunk || offset >= chunk.length) return undefined;
    if (this.#compare(chunk[offset]!, item) >= 0) {
      const before = offset > 0 ? chunk[offset - 1] : this.#chunks[at - 1]?.at(-1);
      return before === undefined || this.#compare(before, item) < 0 ? { chunk: at, offset } : undefined;
    }
    const after = offset + 1 < chunk.length ? chunk[offset + 1] : this.#chunks[at + 1]?.[0];
    return after === undefined || this.#compare(after, item) >= 0 ? { chunk: at, offset: offset + 1 } : undefined;
  }

  /** Removes the item that compares equal; false when there is none. */
  delete(item: T): boolean {
    const { chunk: at, offset } = this.seek(other => this.#compare(other, item));
    const chunk = this.#chunks[at];
    if (!chunk || offset >= chunk.length || this.#compare(chunk[offset]!, item) !== 0) return false;
    chunk.splice(offset, 1);
    this.#size--;
    if (chunk.length === 0) this.#chunks.splice(at, 1);
    return true;
  }

  /** The first item for which `place` is not negative; `place` must not decrease along the list. */
  seek(place: (item: T) => number): Position {
    const chunks = this.#chunks;
    let low = 0;
    let high = chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const chunk = chunks[middle]!;
      if (place(chunk[chunk.length - 1]!) < 0) low = middle + 1;
      else high = middle;
    }
    const chunk = chunks[low];
    if (!chunk) return { chunk: low, offset: 0 };
    let from = 0;
    let to = chunk.length - 1;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (place(chunk[middle]!) < 0) from = middle + 1;
      else to = middle;
    }
    return { chunk: low, offset: from };
  }

  at(position: Position): T | undefined {
    return this.#chunks[position.chunk]?.[position.offset];
  }

  /** The items from `start` up to but without `end`. The list must not change while this is read. */
  *forward(start: Position, end: Position): Generator<T, void, undefined> {
    for (let c = start.chunk; c <= end.chunk && c < this.#chunks.length; c++) {
      const chunk = this.#chunks[c]!;
      const stop = c === end.chunk ? end.offset : chunk.length;
      for (let i = c === start.chunk ? start.offset : 0; i < stop; i++) yield chunk[i]!;
    }
  }

  /** The same items as `forward`, last first. */
  *backward(start: Position, end: Position): Generator<T, void, undefined> {
    for (let c = Math.min(end.chunk, this.#chunks.length - 1); c >= start.chunk; c--) {
      const chunk = this.#chunks[c]!;
      const first = c === start.chunk ? start.offset : 0;
      for (let i = (c === end.chunk ? end.offset : chunk.length) - 1; i >= first; i--) yield chunk[i]!;
    }
  }

  /** Roughly how many items lie between two positions: exact within two chunks, else by the usual chunk size. */
  estimate(start: Position, end: Position): number {
    if (end.chunk < start.chunk) return 0;
    if (end.chunk === start.chunk) return Math.max(0, end.offset - start.offset);
    const head = this.#chunks[start.chunk]!.length - start.offset;
    const between = end.chunk - start.chunk - 1;
    return head + end.offset + Math.round(between * (this.#size / this.#chunks.length));
  }

  first(): Position {
    return { chunk: 0, offset: 0 };
  }

  end(): Position {
    return { chunk: this.#chunks.length, offset: 0 };
  }
}
