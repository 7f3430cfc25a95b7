import { LRUCache } from 'lru-cache';

/**
 * Where documents are kept for a moment, as bytes. Every answer may be missing, and an entry is never older than its time
 * to live: that is the whole promise, so a cache that fails costs time and nothing else.
 */
export interface DocumentCache {
  get(key: string): Promise<Uint8Array | undefined>;
  set(key: string, bytes: Uint8Array, ttlMs: number): Promise<void>;
  delete(keys: readonly string[]): Promise<void>;
}

/** A cache in this process, bounded by the bytes it holds. */
export function createMemoryCache(maxBytes = 32 * 1024 * 1024): DocumentCache {
  const entries = new LRUCache<string, Uint8Array>({
    maxSize: maxBytes,
    maxEntrySize: Math.max(1, Math.floor(maxBytes / 16)),
    // Keys and bookkeeping weigh something too, or tiny entries would not be bounded.
    sizeCalculation: (bytes, key) => bytes.byteLength + key.length * 2 + 64,
  });
  return {
    get: async key => entries.get(key),
    set: async (key, bytes, ttlMs) => {
      entries.set(key, bytes, { ttl: ttlMs });
    },
    delete: async keys => {
      for (const key of keys) entries.delete(key);
    },
  };
}

/** The few commands of an ioredis client that the shared cache needs. */
export interface RedisCommands {
  getBuffer(key: string): Promise<Buffer | null>;
  set(key: string, value: Buffer, mode: 'PX', milliseconds: number): Promise<unknown>;
  del(...keys: string[]): Promise<unknown>;
}

/** A cache that all processes share. Errors go to `onError` and read as a miss: Redis is speed, never truth. */
export function createRedisCache(
  redis: RedisCommands,
  { prefix = 'parley:doc:', onError }: { prefix?: string; onError?: (error: unknown) => void } = {},
): DocumentCache {
  const attempt = async <R>(work: () => Promise<R>): Promise<R | undefined> => {
    try {
      return await work();
    } catch (error) {
      onError?.(error);
      return undefined;
    }
  };
  return {
    get: async key => (await attempt(() => redis.getBuffer(prefix + key))) ?? undefined,
    set: async (key, bytes, ttlMs) => {
      await attempt(() => redis.set(prefix + key, Buffer.from(bytes), 'PX', Math.max(1, Math.ceil(ttlMs))));
    },
    delete: async keys => {
      if (keys.length > 0) await attempt(() => redis.del(...keys.map(key => prefix + key)));
    },
  };
}
