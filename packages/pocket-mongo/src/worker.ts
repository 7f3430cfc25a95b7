import { parentPort, workerData } from 'node:worker_threads';
import { type EmbeddedStore, openStore } from './embedded-store.ts';
import type { FromWorker, StartMessage, StoreEvent, ToWorker } from './messages.ts';

const send = (message: FromWorker) => parentPort!.postMessage(message);
const onEvent = (event: StoreEvent) => send({ kind: 'event', event });

let store: EmbeddedStore | undefined;
try {
  store = await openStore(workerData as StartMessage, onEvent);
  send({ kind: 'started', uri: store.uri, joined: store.joined });
} catch (error) {
  send({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
}

parentPort!.on('message', async (message: ToWorker) => {
  if (message.kind === 'stats') {
    const stats = await store!.stats();
    send({ kind: 'stats', question: message.question, stats });
    return;
  }
  await store?.close();
  parentPort!.close();
});
if (!store) parentPort!.close();
