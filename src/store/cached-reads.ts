import { mongo } from 'mongoose';
import type { DocumentCache } from './cache.ts';

const { serialize, deserialize } = mongo.BSON;

interface Load {
  readonly done: Promise<object | null>;
  overtaken: boolean;
}

/**
 * Reads documents through the cache. Concurrent reads of one id become one, and what was read before a write of this
 * process is never cached after it; writes of other processes are seen once the entry's time to live is over.
 */
export class CachedReads {
  readonly #cache: DocumentCache;
  readonly #prefix: string;
  readonly #ttlMs: number;
  readonly #loads = new Map<string, Load>();
  readonly #count: (result: 'hit' | 'miss') => void;

  constructor(cache: DocumentCache, prefix: string, ttlMs: number, count: (result: 'hit' | 'miss') => void) {
    this.#cache = cache;
    this.#prefix = prefix;
    this.#ttlMs = ttlMs;
    this.#count = count;
  }

  /** Returns a document that the caller may change: nobody else holds it. */
  async read(id: string, load: () => Promise<object | null>): Promise<object | null> {
    const running = this.#loads.get(id);
    if (running && !running.overtaken) return copy(await running.done);
    const bytes = await this.#cache.get(this.#prefix + id);
    if (bytes) {
      this.#count('hit');
      return deserialize(bytes);
    }
    this.#count('miss');
    return copy(await this.#load(id, load));
  }

  /** Forgets these documents; called after each write, before its caller hears of it. */
  async forget(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const running = this.#loads.get(id);
      if (running) running.overtaken = true;
    }
    await this.#cache.delete(ids.map(id => this.#prefix + id));
  }

  async #load(id: string, load: () => Promise<object | null>): Promise<object | null> {
    const current: Load = { overtaken: false, done: load() };
    this.#loads.set(id, current);
    try {
      const document = await current.done;
      // Absence is not cached: the next request may be the one that creates it elsewhere.
      if (document && !current.overtaken) await this.#cache.set(this.#prefix + id, serialize(document), this.#ttlMs);
      // A write may have come while the entry travelled to a shared cache; its deletion may have arrived first.
      if (current.overtaken) await this.#cache.delete([this.#prefix + id]);
      return document;
    } finally {
      if (this.#loads.get(id) === current) this.#loads.delete(id);
    }
  }
}

const copy = (document: object | null): object | null => (document ? deserialize(serialize(document)) : null);
