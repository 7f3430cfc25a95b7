import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Document } from '../../src/bson/types.ts';
import type { StoreEvent } from '../../src/messages.ts';
import { Store } from '../../src/storage/store.ts';
import type { OpenFile } from '../../src/storage/store-files.ts';

export interface StoreOptions {
  readonly keys?: readonly Uint8Array[];
  readonly openFile?: OpenFile;
  readonly events?: StoreEvent[];
}

/** Opens the storage of a folder in this thread; the test closes it. */
export function openTestStore(dir: string, { keys = [], openFile, events = [] }: StoreOptions = {}): Promise<Store> {
  return Store.open({ dir, encryptionKeys: keys, maxHeapMb: 1024 }, event => events.push(event), openFile);
}

/** Stores documents in `shop.things`, one commit each, and closes the store. */
export async function fill(dir: string, documents: readonly Document[], options?: StoreOptions): Promise<void> {
  const store = await openTestStore(dir, options);
  for (const document of documents) {
    store.catalog.ensure('shop', 'things').insert(document);
    await store.durable();
  }
  await store.close();
}

/** The documents of `shop.things` as a new store finds them. */
export async function readBack(dir: string, options?: StoreOptions): Promise<Document[]> {
  const store = await openTestStore(dir, options);
  const records = [...(store.catalog.find('shop', 'things')?.records ?? [])];
  await store.close();
  return records.map(record => record.document);
}

export function filesOf(dir: string, prefix: string): string[] {
  return readdirSync(dir)
    .filter(name => name.startsWith(prefix))
    .sort()
    .map(name => join(dir, name));
}

export const numbered = (count: number, from = 0): Document[] =>
  Array.from({ length: count }, (_, i) => ({ _id: from + i, name: `thing ${from + i}` }));
