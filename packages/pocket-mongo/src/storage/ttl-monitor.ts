import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CollectionIndex } from '../index/collection-index.ts';
import type { Collection } from './collection.ts';
import type { Store } from './store.ts';

const batch = 500;

/** Removes documents whose time, by a TTL index, is over. */
export class TtlMonitor {
  enabled = true;
  readonly #store: Store;
  #intervalMs: number;
  #timer: NodeJS.Timeout | undefined;
  #sweeping = false;

  constructor(store: Store, intervalMs: number) {
    this.#store = store;
    this.#intervalMs = intervalMs;
  }

  start(): void {
    this.stop();
    this.#timer = setInterval(() => void this.sweep(Date.now()), this.#intervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  setInterval(intervalMs: number): void {
    this.#intervalMs = intervalMs;
    this.start();
  }

  /** Removes everything that had expired by `now`, a batch at a time so that requests are answered in between. */
  async sweep(now: number): Promise<void> {
    if (this.#sweeping || !this.enabled) return;
    this.#sweeping = true;
    try {
      for (const collection of [...this.#store.catalog.all()]) {
        for (const index of [...collection.indexes.values()]) {
          const seconds = index.spec.expireAfterSeconds;
          if (seconds === undefined) continue;
          while (this.#store.isWritable && removeExpired(collection, index, new Date(now - seconds * 1000))) {
            await nextTurn();
          }
        }
      }
    } finally {
      this.#sweeping = false;
    }
  }
}

/** Removes a batch; true when there may be more. */
function removeExpired(collection: Collection, index: CollectionIndex, until: Date): boolean {
  const expired = new Set<Parameters<Collection['remove']>[0]>();
  for (const record of index.scan(
    index.range([], { low: dawn, lowIncluded: true, high: until, highIncluded: true }),
    false,
  )) {
    expired.add(record);
    if (expired.size === batch) break;
  }
  for (const record of expired) collection.remove(record);
  return expired.size === batch;
}

/** Only dates expire, and this is the first there is. */
const dawn = new Date(-8.64e15);
