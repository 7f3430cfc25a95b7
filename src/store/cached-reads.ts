import { mongo } from 'mongoose';
import type { DocumentCache } from './cache.ts';

const { serialize, deserialize } = mongo.BSON;

interface Load {
  done: Promise<Uint8Array | null>;
  /** The document was written while it was being read. */
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
    let current = this.#loads.get(id);
    if (!current || current.overtaken) {
      const begun: Load = { overtaken: false, done: Promise.resolve(null) };
      begun.done = this.#read(id, load, begun);
      this.#loads.set(id, begun);
      current = begun;
    }
    const bytes = await current.done;
    return bytes ? deserialize(bytes) : null;
  }

  /** Forgets these documents; called after each write, before its caller hears of it. */
  async forget(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const running = this.#loads.get(id);
      if (running) running.overtaken = true;
    }
    await this.#cache.delete(ids.map(id => this.#prefix + id));
  }

  async #read(id: string, load: () => Promise<object | null>, current: Load): Promise<Uint8Array | null> {
    try {
      const cached = await this.#cache.get(this.#prefix + id);
      this.#count(cached ? 'hit' : 'miss');
      if (cached) return cached;
      const document = await load();
      // Absence is not cached: the next request may be the one that creates it elsewhere.
      if (!document) return null;
      const bytes = serialize(document);
      if (!current.overtaken) await this.#cache.set(this.#prefix + id, bytes, this.#ttlMs);
      // A write may have come while the entry travelled to a shared cache; its deletion may have arrived first.
      if (current.overtaken) await this.#cache.delete([this.#prefix + id]);
      return bytes;
    } finally {
      if (this.#loads.get(id) === current) this.#loads.delete(id);
    }
  }
}
