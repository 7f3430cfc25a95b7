import { writeSync } from 'node:fs';
import { pino } from 'pino';
import { openConnection } from '../../src/store/connection.ts';
import type { Migration } from '../../src/store/migration.ts';
import { migrate } from '../../src/store/migrations.ts';

/** Run as a process of its own: migrates the store at `uri` and says on stdout what it ran. */
const [uri = '', leaseMs = '1000', haltAfter = '0'] = process.argv.slice(2);
const logger = pino({ level: 'silent' });

let changed = 0;
const migrations: Migration[] = [
  {
    number: 1,
    name: 'count-starts',
    up: async ({ step, backfill }) => {
      await step('note', async db => {
        await db.collection('notes').insertOne({ pid: process.pid });
      });
      await backfill('letters', {
        collection: 'letters',
        filter: { upper: { $exists: false } },
        batchSize: 20,
        change: document => {
          changed += 1;
          // The test kills this process here, in the middle of a batch: nothing after this line happens.
          if (changed === Number(haltAfter)) {
            writeSync(1, 'halted\n');
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
          }
          return { $set: { upper: String(document['text']).toUpperCase() }, $inc: { writes: 1 } };
        },
      });
    },
  },
];

writeSync(1, 'started\n');
const link = await openConnection({ uri, poolMax: 3, logger });
const { ran } = await migrate({ db: link.database, migrations, logger, leaseMs: Number(leaseMs) });
await link.close();
writeSync(1, `ran ${ran.length}\n`);
