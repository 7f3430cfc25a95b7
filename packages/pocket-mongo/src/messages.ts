/** What the thread that starts the store and the worker thread that runs it say to each other. */

export interface StartMessage {
  readonly dir: string;
  readonly port?: number;
  readonly encryptionKeys: readonly Uint8Array[];
  readonly ttlIntervalMs?: number;
  readonly maxHeapMb: number;
}

export interface StoreEvent {
  readonly level: 'info' | 'warn' | 'error';
  readonly code: string;
  readonly message: string;
}

/** `low` is warned of; `full` takes nothing new, while reading, changing and removing go on. */
export interface MemoryStanding {
  readonly state: 'roomy' | 'low' | 'full';
  readonly usedPercent: number;
  readonly limitMb: number;
}

export interface StoreStats {
  /** False once the journal could not be written; then every write fails until a restart. */
  readonly writable: boolean;
  /** Why writes fail, if they do. */
  readonly writeError: string | undefined;
  readonly collections: number;
  readonly documents: number;
  /** Bytes of all documents in BSON. */
  readonly dataBytes: number;
  readonly journalBytes: number;
  readonly snapshotBytes: number;
  /** Commits of the journal, each an fdatasync, since the start. */
  readonly commits: number;
  readonly memory: MemoryStanding;
  readonly heapUsedBytes: number;
  readonly heapLimitBytes: number;
  readonly connections: number;
  readonly openCursors: number;
  readonly commands: number;
}

export type ToWorker = { readonly kind: 'stats'; readonly question: number } | { readonly kind: 'close' };

export type FromWorker =
  | { readonly kind: 'started'; readonly uri: string; readonly joined: boolean }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'stats'; readonly question: number; readonly stats: StoreStats }
  | { readonly kind: 'event'; readonly event: StoreEvent };
