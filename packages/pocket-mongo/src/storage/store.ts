import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { StartMessage, StoreEvent, StoreStats } from '../messages.ts';
import { Catalog } from './catalog.ts';
import type { CatalogChange, ChangeLog } from './change-log.ts';
import { HeapGuard } from './heap-guard.ts';
import { Journal } from './journal.ts';
import { journalName, recover, snapshotName } from './recovery.ts';
import { keyId } from './sealing.ts';
import { takeImage, writeSnapshot } from './snapshot.ts';
import { FrameWriter, type OpenFile, openRealFile, syncDirectory } from './store-files.ts';
import { TtlMonitor } from './ttl-monitor.ts';

/** Smaller journals are not worth a snapshot, larger ones make opening slow however much live data there is. */
const minCompactBytes = 16 * 1024 * 1024;
const maxJournalBytes = 1024 * 1024 * 1024;
const checkMs = 1_000;
/** As long as others write, a snapshot takes a fifth of the time: it hurries nobody, and everybody waits for the store. */
const restMs = 4;

export type StorageStats = Pick<
  StoreStats,
  'writable' | 'writeError' | 'collections' | 'documents' | 'dataBytes' | 'journalBytes' | 'snapshotBytes' | 'commits'
>;

/** The documents in memory, and the files from which they come back. */
export class Store implements ChangeLog {
  readonly catalog: Catalog;
  readonly ttl: TtlMonitor;
  readonly heap: HeapGuard;
  readonly #dir: string;
  readonly #key: Uint8Array | undefined;
  readonly #openFile: OpenFile;
  readonly #onEvent: (event: StoreEvent) => void;
  #journal: Journal | undefined;
  #journalNumber = 0;
  #snapshotBytes = 0;
  /** Files that the next snapshot makes superfluous. */
  #files: string[] = [];
  #compacting: Promise<void> | undefined;
  /** After a snapshot failed, the journal has to grow this far before the next attempt. */
  #nextAttemptBytes = 0;
  #checks: NodeJS.Timeout | undefined;
  #closing = false;

  private constructor(options: StartMessage, onEvent: (event: StoreEvent) => void, openFile: OpenFile) {
    this.#dir = options.dir;
    this.#key = options.encryptionKeys[0];
    this.#openFile = openFile;
    this.#onEvent = onEvent;
    this.catalog = new Catalog(this);
    this.heap = new HeapGuard(options.maxHeapMb, onEvent);
    this.ttl = new TtlMonitor(this, options.ttlIntervalMs ?? 60_000);
  }

  /** Loads the folder, which this process must own already, and makes it ready for writing. */
  static async open(
    options: StartMessage,
    onEvent: (event: StoreEvent) => void,
    openFile: OpenFile = openRealFile,
  ): Promise<Store> {
    const store = new Store(options, onEvent, openFile);
    await store.#load(options.encryptionKeys);
    store.ttl.start();
    store.#checks = setInterval(() => store.#compactWhenDue(), checkMs).unref();
    return store;
  }

  async #load(keys: readonly Uint8Array[]): Promise<void> {
    const found = await recover(this.#dir, this.catalog, keys, this.#onEvent);
    this.#snapshotBytes = found.snapshotBytes;
    this.#files = [...found.files];
    const failed = (error: Error) =>
      this.#onEvent({
        level: 'error',
        code: 'JOURNAL_FAILED',
        message: `The journal could not be written: ${error.message}`,
      });
    if (found.journal) {
      const { number, header, bytes, sequence } = found.journal;
      const key = keys.find(each => keyId(each).equals(header.keyId));
      const path = join(this.#dir, journalName(number));
      this.#journalNumber = number;
      this.#journal = new Journal(await FrameWriter.resume(path, header, key, bytes, sequence, this.#openFile), failed);
    } else {
      this.#journal = new Journal(await this.#newJournalFile(1), failed);
    }
    // Data sealed with an old key, or not at all, is written anew at once: then the old key can go.
    if (found.sealedOtherwise(keyId(this.#key))) await this.compact();
  }

  async #newJournalFile(number: number): Promise<FrameWriter> {
    const path = join(this.#dir, journalName(number));
    const file = await FrameWriter.create(path, this.#key, this.#openFile);
    await syncDirectory(this.#dir);
    this.#journalNumber = number;
    this.#files.push(path);
    return file;
  }

  put(namespace: string, encoded: Uint8Array): void {
    this.#journal?.put(namespace, encoded);
  }

  patch(namespace: string, encoded: Uint8Array): void {
    this.#journal?.patch(namespace, encoded);
  }

  delete(namespace: string, encodedId: Uint8Array): void {
    this.#journal?.delete(namespace, encodedId);
  }

  /** While files are being loaded there is no journal yet, and what they say need not be written again. */
  change(change: CatalogChange): void {
    this.#journal?.change(change);
  }

  get isWritable(): boolean {
    return this.#journal!.failure === undefined;
  }

  /** Throws when nothing can be stored any more. */
  assertWritable(): void {
    if (this.#journal!.failure) throw this.#journal!.failure;
  }

  /** Resolves once every change made so far is on disk. */
  durable(): Promise<void> {
    return this.#journal!.durable();
  }

  #compactWhenDue(): void {
    const { bytes, failure } = this.#journal!;
    const due = Math.min(Math.max(minCompactBytes, 2 * this.stats().dataBytes), maxJournalBytes);
    if (bytes > Math.max(due, this.#nextAttemptBytes) && !failure && !this.#compacting) void this.compact();
  }

  /** Writes a snapshot of the present state and starts a new journal; the files before go once both are safe. */
  compact(): Promise<void> {
    this.#compacting ??= this.#compactNow().finally(() => {
      this.#compacting = undefined;
    });
    return this.#compacting;
  }

  async #compactNow(): Promise<void> {
    const number = this.#journalNumber + 1;
    try {
      const superfluous = [...this.#files];
      const file = await this.#newJournalFile(number);
      // In one go: what the image holds is in the old journal, everything later in the new one.
      const old = this.#journal!.switchTo(file);
      const image = takeImage(this.catalog.all());
      await this.#journal!.durable();
      await old.close();
      const path = join(this.#dir, snapshotName(number));
      this.#snapshotBytes = await writeSnapshot(image, path, this.#key, this.#openFile, this.#resting());
      this.#files = [path, file.path];
      for (const each of superfluous) await unlink(each);
      this.#nextAttemptBytes = 0;
    } catch (error) {
      // The journals that were to be replaced are all still there, so nothing is lost but space.
      this.#nextAttemptBytes = this.#journal!.bytes + minCompactBytes;
      const message = `No snapshot could be written: ${(error as Error).message}`;
      this.#onEvent({ level: 'warn', code: 'SNAPSHOT_FAILED', message });
    }
  }

  /** Lets others go first for as long as there are some. */
  #resting(): () => Promise<unknown> {
    let { commits } = this.#journal!;
    return () => {
      const isAlone = this.#journal!.commits === commits;
      commits = this.#journal!.commits;
      return isAlone || this.#closing ? nextTurn() : delay(restMs);
    };
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#checks);
    this.ttl.stop();
    await this.#compacting;
    await this.#journal!.close();
  }

  stats(): StorageStats {
    let collections = 0;
    let documents = 0;
    let dataBytes = 0;
    for (const collection of this.catalog.all()) {
      collections++;
      documents += collection.records.size;
      dataBytes += collection.dataBytes;
    }
    const { failure, bytes, commits } = this.#journal!;
    return {
      writable: failure === undefined,
      writeError: failure?.message,
      collections,
      documents,
      dataBytes,
      journalBytes: bytes,
      snapshotBytes: this.#snapshotBytes,
      commits,
    };
  }
}
