import { Worker } from 'node:worker_threads';
import type { FromWorker, StartMessage, StoreEvent, StoreStats, ToWorker } from './messages.ts';

export type { MemoryStanding, StoreEvent, StoreStats } from './messages.ts';

export interface PocketMongoOptions {
  /** The data folder; it is made when it does not exist. */
  readonly dir: string;
  /** Also listens on this TCP port of the loopback address; 0 takes any free one. */
  readonly port?: number;
  /** Seals journal and snapshots with AES-256-GCM: 32 bytes each, the first one writes, any reads. */
  readonly encryptionKeys?: readonly Uint8Array[];
  /** How often expired documents are removed (60 seconds unless given). */
  readonly ttlIntervalMs?: number;
  /** Warnings and notices, such as a torn journal that was cut, or memory running out. */
  readonly onEvent?: (event: StoreEvent) => void;
  /** The memory the store may take; documents live in memory. */
  readonly maxHeapMb?: number;
}

export interface PocketMongo {
  /** Where drivers connect: the TCP port when one was asked for, else the socket in the data folder. */
  readonly uri: string;
  /** Another process owns the folder already; this one uses its server. */
  readonly joined: boolean;
  stats(): Promise<StoreStats>;
  /** Ends the server after all acknowledged writes are on disk; a joined server stays. */
  close(): Promise<void>;
}

/** Most of what a store makes stays; with little room for the young, the collector would copy it several times. */
const maxYoungHeapMb = 96;

/** Starts the server in a worker thread, or joins the one that another process runs on the same folder. */
export async function startPocketMongo(options: PocketMongoOptions): Promise<PocketMongo> {
  const { onEvent, encryptionKeys = [], maxHeapMb = 4096, ...rest } = options;
  for (const key of encryptionKeys) {
    if (key.length !== 32) throw new Error(`An encryption key must be 32 bytes long, not ${key.length}`);
  }
  const workerData: StartMessage = {
    ...rest,
    encryptionKeys: encryptionKeys.map(key => Uint8Array.from(key)),
    maxHeapMb,
  };
  const worker = new Worker(workerEntry(), {
    execArgv: [], // flags of the host, such as --input-type, are not meant for this file
    workerData,
    resourceLimits: {
      maxOldGenerationSizeMb: maxHeapMb,
      maxYoungGenerationSizeMb: Math.min(maxYoungHeapMb, Math.ceil(maxHeapMb / 16)),
    },
  });
  const link = new WorkerLink(worker, onEvent ?? (() => {}));
  const { uri, joined } = await link.started;
  return { uri, joined, stats: () => link.stats(), close: () => link.close() };
}

/**
 * The worker's file has this one's ending. From its sources it runs in tests only, and a worker thread does not inherit the
 * loader that makes TypeScript run, so that the loader is registered first.
 */
function workerEntry(): URL {
  if (!import.meta.url.endsWith('.ts')) return new URL('./worker.js', import.meta.url);
  const worker = JSON.stringify(new URL('./worker.ts', import.meta.url).href);
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const code = `import { register } from ${loader}; register(); await import(${worker});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

/** The conversation with the worker: events in, questions with numbered answers out. */
class WorkerLink {
  readonly started: Promise<{ uri: string; joined: boolean }>;
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #waiting = new Map<number, { resolve(stats: StoreStats): void; reject(error: Error): void }>();
  #nextQuestion = 1;
  #closing = false;
  #fault: Error | undefined;

  constructor(worker: Worker, onEvent: (event: StoreEvent) => void) {
    this.#worker = worker;
    this.#exited = new Promise(resolve => worker.once('exit', () => resolve()));
    this.started = new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'event') onEvent(message.event);
        else if (message.kind === 'started') resolve(message);
        else if (message.kind === 'failed') reject(new Error(message.reason));
        else {
          this.#waiting.get(message.question)?.resolve(message.stats);
          this.#waiting.delete(message.question);
        }
      });
      worker.on('error', error => {
        this.#fault = error;
        reject(error);
        onEvent({ level: 'error', message: `The store stopped: ${error.message}`, code: 'STORE_STOPPED' });
      });
      worker.once('exit', () => {
        const error = this.#fault ?? new Error('The store is closed');
        reject(error);
        for (const { reject: give } of this.#waiting.values()) give(error);
        this.#waiting.clear();
        if (!this.#closing && !this.#fault) onEvent({ level: 'error', message: error.message, code: 'STORE_STOPPED' });
      });
    });
  }

  stats(): Promise<StoreStats> {
    if (this.#closing || this.#fault) return Promise.reject(this.#fault ?? new Error('The store is closed'));
    return new Promise((resolve, reject) => {
      const question = this.#nextQuestion++;
      this.#waiting.set(question, { resolve, reject });
      this.#send({ kind: 'stats', question });
    });
  }

  async close(): Promise<void> {
    if (!this.#closing) this.#send({ kind: 'close' });
    this.#closing = true;
    await this.#exited;
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}
