// The embedded store as a process of its own: store.ts FOLDER
import { startPocketMongo } from 'pocket-mongo';

const store = await startPocketMongo({ dir: process.argv[2]!, port: 0, onEvent: () => undefined });
process.on('disconnect', () => process.exit());
process.send?.({ result: Number(new URL(store.uri.replace('mongodb:', 'http:')).port) });
