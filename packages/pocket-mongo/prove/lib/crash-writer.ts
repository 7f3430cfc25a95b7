import { MongoClient } from 'mongodb';
import { startPocketMongo } from 'pocket-mongo';

/**
 * One life of a store that is about to be killed: writers insert, change and remove documents of their own, and every
 * acknowledgement goes to the parent as a line before the next write starts.
 */
const [dir = '', round = '0', writers = '16'] = process.argv.slice(2);
const store = await startPocketMongo({ dir });
const client = await new MongoClient(store.uri, { maxPoolSize: Number(writers) }).connect();
const things = client.db('crash').collection<{ _id: string; version: number; filler?: string }>('things');
await things.createIndex({ version: 1 });

const say = (line: string) => new Promise<void>(resolve => process.stdout.write(`${line}\n`, () => resolve()));

// Of a document with so many fields the journal takes the changed ones alone.
const others = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`field${at}`, at]));

async function write(writer: number): Promise<never> {
  for (let n = 0; ; n++) {
    const _id = `${round}-${writer}-${n}`;
    await things.insertOne({ _id, version: 1, filler: 'x'.repeat((n * 37) % 900), ...(n % 2 ? others : {}) });
    await say(`put ${_id} 1`);
    if (n % 3 === 0) {
      await things.updateOne({ _id }, { $inc: { version: 1 } });
      await say(`put ${_id} 2`);
    }
    if (n % 7 === 0) {
      await say(`removing ${_id}`); // from here on it may be there or not
      await things.deleteOne({ _id });
      await say(`removed ${_id}`);
    }
  }
}

await say('ready');
await Promise.all(Array.from({ length: Number(writers) }, (_, writer) => write(writer)));
