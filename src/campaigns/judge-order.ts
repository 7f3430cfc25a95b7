/** Hands out the smallest first; adding and removing cost the logarithm of what waits. */
export interface Earliest<T> {
  readonly size: number;
  add(item: T): void;
  first(): T | undefined;
  removeFirst(): T | undefined;
}

export function createEarliest<T>(keyOf: (item: T) => number): Earliest<T> {
  const heap: T[] = [];
  const before = (one: number, other: number) => keyOf(heap[one]!) < keyOf(heap[other]!);
  const swap = (one: number, other: number) => {
    [heap[one], heap[other]] = [heap[other]!, heap[one]!];
  };
  return {
    get size() {
      return heap.length;
    },
    add: item => {
      heap.push(item);
      let at = heap.length - 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!before(at, parent)) break;
        swap(at, parent);
        at = parent;
      }
    },
    first: () => heap[0],
    removeFirst: () => {
      const first = heap[0];
      const last = heap.pop();
      if (heap.length === 0 || last === undefined) return first;
      heap[0] = last;
      for (let at = 0; ; ) {
        let least = at;
        for (const child of [2 * at + 1, 2 * at + 2]) if (child < heap.length && before(child, least)) least = child;
        if (least === at) return first;
        swap(at, least);
        at = least;
      }
    },
  };
}

/**
 * Puts a stream of items in order whose times are never before those at which they were written, which is the order they come in:
 * whatever is not later than what is being written now can go.
 */
export async function* inOrder<T>(
  items: AsyncIterable<T> | Iterable<T>,
  writtenAt: (item: T) => number,
  happenedAt: (item: T) => number,
): AsyncGenerator<T> {
  const waiting = createEarliest(happenedAt);
  for await (const item of items) {
    waiting.add(item);
    while (waiting.size > 0 && happenedAt(waiting.first()!) <= writtenAt(item)) yield waiting.removeFirst()!;
  }
  while (waiting.size > 0) yield waiting.removeFirst()!;
}
