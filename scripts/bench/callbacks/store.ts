// The embedded store as a process of its own, and its say in the load's set-up: store.ts FOLDER
import { startPocketMongo } from 'pocket-mongo';
import { watchHalts } from './halts.ts';

const store = await startPocketMongo({ dir: process.argv[2]!, port: 0, onEvent: () => undefined });
const halts = process.argv.includes('--halts') ? watchHalts() : () => [];
process.on('message', async command => {
  // A profile is written only by a process that ends by itself.
  if (command === 'stop') {
    await store.close();
    process.exit();
  }
  process.send?.({ result: { cpu: process.cpuUsage(), halts: halts() } });
});
process.on('disconnect', () => process.exit());
process.send?.({ result: store.uri });
