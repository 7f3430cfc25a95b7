import { pino } from 'pino';
import { Registry } from 'prom-client';
import { Type } from 'typebox';
import { JobRepository } from '../../src/jobs/job-repository.ts';
import { defineJob } from '../../src/jobs/queue.ts';
import { createStoreQueue } from '../../src/jobs/store-queue.ts';
import { createMemoryCache } from '../../src/store/cache.ts';
import { openConnection } from '../../src/store/connection.ts';
import { createStore } from '../../src/store/open-store.ts';

export const heldJob = defineJob('held', { payload: Type.Object({ call: Type.Integer() }), concurrency: 3 });

/** As a program of its own: takes jobs from the store at this address, says their ids, and never ends them. */
const [uri, leaseMs] = process.argv.slice(2);
if (process.argv[1] === import.meta.filename && uri) {
  const silent = pino({ level: 'silent' });
  const link = await openConnection({ uri, poolMax: 5, logger: silent });
  const store = createStore({ link, logger: silent, cache: createMemoryCache(), now: () => new Date() });
  const queue = createStoreQueue({
    store: new JobRepository(store),
    logger: silent,
    registry: new Registry(),
    leaseMs: Number(leaseMs),
  });
  queue.process(heldJob, (_payload, { id }) => {
    process.stdout.write(`${id}\n`);
    return new Promise<void>(() => {});
  });
  queue.start();
}
