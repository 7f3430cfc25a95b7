// The embedded store as a process of its own, so that what it needs is told apart: store.ts FOLDER
import { startPocketMongo } from 'pocket-mongo';

const store = await startPocketMongo({ maxHeapMb: 8_192, dir: process.argv[2]!, port: 0, onEvent: () => undefined });
process.on('message', async command => {
  if (command === 'stop') {
    await store.close();
    process.exit();
  }
  process.send?.({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss(), commands: [] });
});
process.on('disconnect', () => process.exit());
process.send?.(store.uri);
