import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { CommandError } from '../errors.ts';
import type { StoreEvent } from '../messages.ts';

const warnShare = 0.75;
const refuseShare = 0.9;

/**
 * Watches how full the heap is, because a heap that overflows ends the whole store without a word. What counts is what a full
 * collection leaves behind; between collections the heap also holds garbage.
 */
export class HeapGuard {
  readonly #limit = getHeapStatistics().heap_size_limit;
  readonly #onEvent: (event: StoreEvent) => void;
  readonly #observer: PerformanceObserver;
  #share = 0;
  #warned = false;

  constructor(onEvent: (event: StoreEvent) => void) {
    this.#onEvent = onEvent;
    this.#observer = new PerformanceObserver(list => {
      // Minor collections (kind 1) say nothing about what lives on.
      if (list.getEntries().some(entry => (entry as { detail?: { kind?: number } }).detail?.kind !== 1))
        this.#measure();
    });
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** Throws when storing more could overflow the heap; removing and reading still work. */
  assertRoom(): void {
    if (this.#share < refuseShare) return;
    throw new CommandError(
      'ExceededMemoryLimit',
      `The embedded store uses ${Math.round(this.#share * 100)} % of its ${Math.round(this.#limit / 2 ** 20)} MB of memory: ` +
        'remove data, give it more memory, or set MONGODB_URI to a MongoDB server',
    );
  }

  stop(): void {
    this.#observer.disconnect();
  }

  #measure(): void {
    this.#share = getHeapStatistics().used_heap_size / this.#limit;
    if (this.#share < warnShare) {
      this.#warned = false;
      return;
    }
    if (this.#warned) return;
    this.#warned = true;
    this.#onEvent({
      level: 'warn',
      code: 'MEMORY_LOW',
      message:
        `The store uses ${Math.round(this.#share * 100)} % of its ${Math.round(this.#limit / 2 ** 20)} MB of memory; ` +
        `at ${refuseShare * 100} % it refuses to store more. Set MONGODB_URI to a MongoDB server, or give it more memory`,
    });
  }
}
