// Counts calls on a store and is killed after its nth command: counting-process.ts URI N
import type { mongo } from 'mongoose';
import { startTestStore } from '../helpers/store.ts';
import { countingSite } from './counting-site.ts';

const [uri = '', killAfter = '0'] = process.argv.slice(2);
const store = await startTestStore({ teardown: () => undefined }, { uri, checkPlans: false });
const { counter } = await countingSite(store, { owner: 'killed', batchSize: 30, holdMs: 1_500 });
const client = store.connection.getClient() as unknown as mongo.MongoClient;
let commands = 0;
client.on('commandSucceeded', ({ commandName }) => {
  commands += 1;
  if (commands < Number(killAfter)) return;
  process.stdout.write(`${commandName}\n`, () => process.kill(process.pid, 'SIGKILL'));
});
// Nothing may happen between the command and the end.
client.on('commandStarted', () => {
  if (commands >= Number(killAfter)) process.kill(process.pid, 'SIGKILL');
});
await counter.all();
process.stdout.write('all counted\n');
