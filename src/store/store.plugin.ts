import fp from 'fastify-plugin';
import type { DocumentCache } from './cache.ts';
import { allMigrations } from './migrations/all-migrations.ts';
import { migrate } from './migrations.ts';
import { openStore, type Store } from './open-store.ts';
import { createSealer, type Sealer } from './seal.ts';

declare module 'fastify' {
  interface FastifyInstance {
    store: Store;
    /** For whatever of ours lies outside the store, or must not lie readable in it. */
    sealer: Sealer;
  }
}

export interface StorePluginOptions {
  /** Shared by all processes when Redis is there; in this process otherwise. */
  readonly cache?: DocumentCache;
}

/**
 * Opens the store, brings its data up to date, and decorates `app.store` and `app.sealer`. Indexes are built when all repositories are known,
 * before any other `onReady` hook: what a feature writes at start belongs into such a hook. Register it before everything that
 * uses it; it is then closed after all of these.
 */
export const storePlugin = fp<StorePluginOptions>(
  async (app, { cache }) => {
    const { config, logging, metrics, dependencies } = app.operations;
    const logger = logging.component('store');
    const store = await openStore({ config, logger, registry: metrics.registry, ...(cache ? { cache } : {}) });
    app.decorate('store', store);
    app.decorate('sealer', createSealer(config.ENCRYPTION_KEY));
    app.addHook('onClose', () => store.close());
    dependencies.register({
      name: 'store',
      critical: true,
      check: async () => {
        const { status, latencyMs, problem, remedy, warning } = await store.health();
        return {
          state: status,
          ...(latencyMs === null ? {} : { latencyMs }),
          ...(problem ? { detail: problem } : {}),
          ...(remedy ? { remedy } : {}),
          ...(warning ? { warning } : {}),
        };
      },
    });
    await migrate({ db: store.link.database, migrations: allMigrations, logger });
    app.addHook('onReady', async () => {
      await store.ensureIndexes();
    });
  },
  { name: 'store' },
);
