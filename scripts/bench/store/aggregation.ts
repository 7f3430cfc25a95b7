// Times pipelines over 100,000 documents of the embedded store, through the driver.
// Run it with: node --import=tsx scripts/bench/store/aggregation.ts
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Decimal128, type Document, MongoClient } from 'mongodb';
import { startPocketMongo } from 'pocket-mongo';

const count = 100_000;
const rounds = 3;

const pipelines: Record<string, Document[]> = {
  'count, sum and average by organisation': [
    { $group: { _id: '$org', n: { $sum: 1 }, total: { $sum: '$seconds' }, mean: { $avg: '$seconds' } } },
  ],
  'money by organisation': [{ $group: { _id: '$org', cost: { $sum: '$cost' } } }],
  'calls by day of a time zone': [
    { $group: { _id: { $dateTrunc: { date: '$at', unit: 'day', timezone: 'America/New_York' } }, n: { $sum: 1 } } },
  ],
  'top ten by duration, no index': [{ $sort: { seconds: -1, _id: 1 } }, { $limit: 10 }],
  'elements of arrays by frequency': [{ $unwind: '$tags' }, { $sortByCount: '$tags' }],
  'running total by organisation': [
    {
      $setWindowFields: {
        partitionBy: '$org',
        sortBy: { at: 1 },
        output: { total: { $sum: '$seconds', window: { documents: ['unbounded', 'current'] } } },
      },
    },
    { $count: 'n' },
  ],
  'join of 1,000 documents by _id': [
    { $limit: 1_000 },
    { $lookup: { from: 'calls', localField: '_id', foreignField: '_id', as: 'same' } },
    { $count: 'n' },
  ],
};

const dir = mkdtempSync(join(tmpdir(), 'parley-bench-'));
const store = await startPocketMongo({ dir });
const client = await new MongoClient(store.uri).connect();
try {
  const calls = client.db('bench').collection<Document & { _id: number }>('calls');
  for (let from = 0; from < count; from += 1_000) {
    await calls.insertMany(
      Array.from({ length: 1_000 }, (_, i) => ({
        _id: from + i,
        org: `org${(from + i) % 100}`,
        cost: Decimal128.fromString(`0.0${((from + i) % 9) + 1}`),
        seconds: (from + i) % 600,
        at: new Date(1_700_000_000_000 + (from + i) * 60_000),
        tags: ['call', `tag${(from + i) % 5}`],
      })),
    );
  }
  for (const [name, pipeline] of Object.entries(pipelines)) {
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const started = performance.now();
      await calls.aggregate(pipeline).toArray();
      times.push(performance.now() - started);
    }
    console.log(`${name}: ${Math.min(...times).toFixed(0)} ms best of ${rounds}, over ${count} documents`);
  }
} finally {
  await client.close();
  await store.close();
  rmSync(dir, { recursive: true, force: true });
}
