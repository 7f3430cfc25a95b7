import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Config } from '../config.ts';
import { createMemoryCache, type DocumentCache } from './cache.ts';
import { openConnection, type StoreConnection, type StoreHealth } from './connection.ts';
import { type EmbeddedStore, startEmbedded } from './embedded.ts';
import type { IndexReport, RegisteredRepository, RepositoryContext } from './store.ts';
import { createStoreMetrics } from './store-metrics.ts';

export interface Store extends RepositoryContext {
  readonly kind: 'embedded' | 'mongodb';
  readonly link: StoreConnection;
  readonly repositories: readonly RegisteredRepository[];
  health(): Promise<StoreHealth>;
  /** Builds what the registered repositories declare and the collections lack. */
  ensureIndexes(): Promise<IndexReport[]>;
  /** Closes the connection, then the embedded store; safe to call twice. */
  close(): Promise<void>;
}

export interface StoreOptions {
  readonly config: Pick<Config, 'DATA_DIR' | 'MONGODB_POOL_MAX'> &
    Partial<Pick<Config, 'MONGODB_URI' | 'ENCRYPTION_KEY' | 'EMBEDDED_STORE_MB'>>;
  readonly logger: Logger;
  readonly registry?: Registry;
  readonly cache?: DocumentCache;
  readonly now?: () => Date;
  readonly signal?: AbortSignal;
}

/** Opens the store that the configuration names, starting the embedded one when it names none. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { config, logger, registry, cache = createMemoryCache(), now = () => new Date(), signal } = options;
  const embedded = config.MONGODB_URI
    ? undefined
    : await startEmbedded({
        dataDir: config.DATA_DIR,
        encryptionKeys: config.ENCRYPTION_KEY ?? [],
        memoryMb: config.EMBEDDED_STORE_MB,
        logger,
      });
  const metrics = registry ? createStoreMetrics(registry) : undefined;
  const link = await openConnection({
    uri: config.MONGODB_URI ?? embedded?.uri ?? '',
    poolMax: config.MONGODB_POOL_MAX,
    logger,
    ...(metrics ? { metrics } : {}),
    ...(signal ? { signal } : {}),
  }).catch(async error => {
    await embedded?.close();
    throw error;
  });
  return createStore({ link, logger, cache, now, ...(metrics ? { metrics } : {}), ...(embedded ? { embedded } : {}) });
}

type Parts = Pick<RepositoryContext, 'cache' | 'now' | 'metrics'> & {
  readonly link: StoreConnection;
  readonly logger: Logger;
  readonly embedded?: EmbeddedStore;
};

/** Puts a store together around a connection that is open. */
/** Each collection takes some round trips and a synced write; the store gathers those of several. */
const collectionsAtOnce = 8;

export function createStore({ link, logger, cache, now, metrics, embedded }: Parts): Store {
  const repositories: RegisteredRepository[] = [];
  let closing: Promise<void> | undefined;
  return {
    kind: embedded ? 'embedded' : 'mongodb',
    link,
    connection: link.mongoose,
    cache,
    now,
    ...(metrics ? { metrics } : {}),
    repositories,
    register: repository => {
      const { collection } = repository.definition;
      if (repositories.some(known => known.definition.collection === collection)) {
        throw new Error(`There are two repositories for ${collection}; features share one through app.ts`);
      }
      repositories.push(repository);
    },
    health: async () => {
      const health = await link.health();
      const trouble = health.status === 'up' ? await embedded?.trouble() : undefined;
      return trouble ? { ...health, ...trouble, code: 'STORE_UNAVAILABLE' } : health;
    },
    ensureIndexes: async () => {
      const reports: IndexReport[] = [];
      for (let at = 0; at < repositories.length; at += collectionsAtOnce) {
        const some = repositories.slice(at, at + collectionsAtOnce);
        reports.push(...(await Promise.all(some.map(repository => repository.ensureIndexes()))));
      }
      for (const { collection, created, undeclared } of reports) {
        if (created.length > 0) logger.info({ collection, indexes: created }, 'indexes built');
        if (undeclared.length > 0)
          logger.info({ collection, indexes: undeclared }, 'indexes that this release does not declare');
      }
      return reports;
    },
    close: () => {
      closing ??= link.close().finally(() => embedded?.close());
      return closing;
    },
  };
}
