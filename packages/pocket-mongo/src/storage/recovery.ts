import { open, readdir, truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeDocument } from '../bson/decode.ts';
import { equalityKey } from '../bson/equality-key.ts';
import type { StoredRecord } from '../index/stored-record.ts';
import type { StoreEvent } from '../messages.ts';
import type { Catalog } from './catalog.ts';
import type { Collection } from './collection.ts';
import { patched } from './document-patch.ts';
import { type FrameAt, frameFollows, readFrame } from './frames.ts';
import { readOperations } from './operations.ts';
import { keyFor, sealerFor } from './sealing.ts';
import { type FileHeader, fileHeaderBytes, parseFileHeader, syncDirectory } from './store-files.ts';

/** What was found on disk, and where to go on writing. */
export interface Recovered {
  /** The journal to go on with; undefined when the folder was empty. */
  readonly journal:
    | { readonly number: number; readonly header: FileHeader; bytes: number; sequence: number }
    | undefined;
  readonly snapshotBytes: number;
  /** Every file that holds the present state, in order. */
  readonly files: readonly string[];
  /** Something on disk is sealed with another key than the one that writes now, or not at all. */
  readonly sealedOtherwise: (writing: Buffer) => boolean;
}

export const snapshotName = (number: number) => `snapshot-${String(number).padStart(6, '0')}.pm`;
export const journalName = (number: number) => `journal-${String(number).padStart(6, '0')}.pm`;

/**
 * Loads a data folder: the newest snapshot, then the journals from its number on. A commit that a crash cut short at the very
 * end is removed and reported; damage anywhere else is refused with file and offset, because going on would lose data silently.
 */
export async function recover(
  dir: string,
  catalog: Catalog,
  keys: readonly Uint8Array[],
  onEvent: (event: StoreEvent) => void,
): Promise<Recovered> {
  const { snapshot, journals } = await survey(dir);
  const loader = new Loader(catalog);
  const keyIds: Buffer[] = [];
  const files: string[] = [];
  let snapshotBytes = 0;
  if (snapshot !== undefined) {
    const path = join(dir, snapshotName(snapshot));
    const bytes = await readWhole(path);
    loader.fromSnapshot = true;
    const read = readFile(path, bytes, keys, loader);
    if (read.broken || !loader.complete) {
      throw damaged(path, read.end, read.broken ?? 'the snapshot has no end');
    }
    keyIds.push(read.header.keyId);
    files.push(path);
    snapshotBytes = bytes.length;
  }
  let last: Recovered['journal'];
  // Read from the back, a journal that is broken at its end is followed by none with content.
  const contents = await Promise.all(journals.map(number => readWhole(join(dir, journalName(number)))));
  for (const [i, number] of journals.entries()) {
    const path = join(dir, journalName(number));
    const bytes = contents[i]!;
    const isLast = contents.slice(i + 1).every(later => later.length <= fileHeaderBytes);
    if (isLast && bytes.length < fileHeaderBytes) {
      // Its process died while making it, before anything could go into it.
      await unlink(path);
      continue;
    }
    const read = readFile(path, bytes, keys, loader);
    if (read.broken) {
      if (!isLast || frameFollows(bytes, read.end, read.header.salt)) throw damaged(path, read.end, read.broken);
      await truncate(path, read.end);
      onEvent({
        level: 'warn',
        code: 'JOURNAL_TAIL_CUT',
        message: `${path}: ${read.broken} at offset ${read.end}; ${bytes.length - read.end} bytes of an unfinished commit were removed`,
      });
    }
    keyIds.push(read.header.keyId);
    files.push(path);
    last = { number, header: read.header, bytes: read.end, sequence: read.frames };
  }
  loader.finish();
  await syncDirectory(dir);
  return { journal: last, snapshotBytes, files, sealedOtherwise: id => keyIds.some(each => !each.equals(id)) };
}

/** The files that matter; leftovers of an interrupted compaction are removed. */
async function survey(dir: string): Promise<{ snapshot: number | undefined; journals: number[] }> {
  const names = await readdir(dir);
  const numbers = (pattern: RegExp) =>
    names
      .map(name => Number(pattern.exec(name)?.[1] ?? 0))
      .filter(number => number > 0)
      .sort((a, b) => a - b);
  const snapshots = numbers(/^snapshot-(\d+)\.pm$/);
  const snapshot = snapshots.at(-1);
  const allJournals = numbers(/^journal-(\d+)\.pm$/);
  const journals = allJournals.filter(number => number >= (snapshot ?? 1));
  const stale = [
    ...names.filter(name => /^snapshot-\d+\.pm\.tmp$/.test(name)),
    ...snapshots.filter(number => number !== snapshot).map(snapshotName),
    ...allJournals.filter(number => !journals.includes(number)).map(journalName),
  ];
  for (const [i, number] of journals.entries()) {
    const expected = (snapshot ?? 1) + i;
    if (number !== expected) throw new Error(`${join(dir, journalName(expected))} is missing`);
  }
  if (snapshot !== undefined && journals.length === 0) {
    throw new Error(`${join(dir, journalName(snapshot))} is missing`);
  }
  for (const name of stale) await unlink(join(dir, name));
  return { snapshot, journals };
}

interface ReadResult {
  readonly header: FileHeader;
  /** Why reading stopped, if it did not reach the end of the file. */
  readonly broken: string | undefined;
  readonly end: number;
  readonly frames: number;
}

function readFile(path: string, bytes: Buffer, keys: readonly Uint8Array[], loader: Loader): ReadResult {
  const header = parseFileHeader(bytes);
  if (typeof header === 'string') throw damaged(path, 0, header);
  const sealer = sealerFor(keyFor(header.keyId, keys, path), header.salt);
  let end = fileHeaderBytes;
  for (let frames = 0; ; frames++) {
    const frame: FrameAt = readFrame(bytes, end, frames, header.salt);
    if (frame.kind === 'end') return { header, broken: undefined, end, frames };
    if (frame.kind === 'broken') return { header, broken: frame.reason, end, frames };
    try {
      loader.apply(sealer.open(frame.payload, frames));
    } catch (error) {
      // Checksums fit, so no crash did this: wrong content is always refused.
      throw damaged(path, end, (error as Error).message);
    }
    end = frame.end;
  }
}

function damaged(path: string, offset: number, reason: string): Error {
  return new Error(
    `${path} is damaged at offset ${offset}: ${reason}. Nothing was changed; restore the data folder from a backup`,
  );
}

/** Reads a file of any size that fits into memory; `readFile` of Node stops at 2 GiB. */
async function readWhole(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const bytes = Buffer.allocUnsafe(size);
    for (let at = 0; at < size; ) {
      const { bytesRead } = await file.read(bytes, at, Math.min(size - at, 1 << 28), at);
      if (bytesRead === 0) throw new Error(`${path} became shorter while it was read`);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

/** Puts operations into collections; indexes are built once, at the end. */
class Loader {
  /** The snapshot was read to its end. */
  complete = false;
  fromSnapshot = false;
  readonly #catalog: Catalog;
  /** By namespace: the records by their `_id`, for as long as loading takes. */
  readonly #byId = new Map<string, { collection: Collection; records: Map<unknown, StoredRecord> }>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  apply(payload: Buffer): void {
    for (const operation of readOperations(payload)) {
      if (operation.kind === 'change') {
        this.#catalog.replay(operation.change);
        this.#byId.delete(operation.change.ns);
        continue;
      }
      if (operation.kind === 'end') {
        this.complete = true;
        continue;
      }
      if (!this.complete && this.fromSnapshot) {
        // A snapshot holds each document once, so nothing has to be looked up.
        const collection = this.#collection(operation.ns);
        for (const bytes of operation.documents) collection.load(decodeDocument(bytes), bytes.length);
        continue;
      }
      const { collection, records } = this.#loading(operation.ns);
      for (const bytes of operation.documents) {
        const document = decodeDocument(bytes);
        const key = equalityKey(document['_id']);
        const record = records.get(key);
        if (operation.kind === 'delete') {
          if (record) collection.unload(record);
          records.delete(key);
        } else if (operation.kind === 'patch') {
          if (!record) throw new Error('a document changed that is not there');
          collection.reload(record, ...patched(record, document, bytes.length));
        } else if (record) collection.reload(record, document, bytes.length);
        else records.set(key, collection.load(document, bytes.length));
      }
    }
  }

  finish(): void {
    this.#byId.clear();
    for (const collection of this.#catalog.all()) collection.finishLoading();
  }

  #collection(ns: string): Collection {
    const dot = ns.indexOf('.');
    return this.#catalog.require(ns.slice(0, dot), ns.slice(dot + 1));
  }

  #loading(ns: string) {
    let entry = this.#byId.get(ns);
    if (!entry) {
      const collection = this.#collection(ns);
      const records = new Map<unknown, StoredRecord>();
      for (const record of collection.records) records.set(equalityKey(record.document['_id']), record);
      entry = { collection, records };
      this.#byId.set(ns, entry);
    }
    return entry;
  }
}
