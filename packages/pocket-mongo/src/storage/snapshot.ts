import { rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { encodeDocument } from '../bson/encode.ts';
import type { Document } from '../bson/types.ts';
import type { CatalogChange } from './change-log.ts';
import type { Collection } from './collection.ts';
import { OperationBuffer } from './operations.ts';
import { FrameWriter, type OpenFile, syncDirectory } from './store-files.ts';

const frameBytes = 1024 * 1024;
/** Encoding goes on in slices of this length, because requests are answered in between. */
const sliceMs = 1;

/** The state of a store at one moment. Documents never change, so references taken in one go are a copy. */
export interface StoreImage {
  readonly collections: readonly {
    readonly ns: string;
    readonly changes: readonly CatalogChange[];
    readonly documents: readonly Document[];
  }[];
}

export function takeImage(collections: Iterable<Collection>): StoreImage {
  return {
    collections: Array.from(collections, collection => ({
      ns: collection.namespace,
      changes: [
        { op: 'create', ns: collection.namespace, options: collection.options } as const,
        ...collection
          .specs()
          .filter(spec => spec.name !== '_id_')
          .map(spec => ({ op: 'createIndex', ns: collection.namespace, spec: spec.raw }) as const),
      ],
      documents: Array.from(collection.records, record => record.document),
    })),
  };
}

/**
 * Writes an image so that after a crash at any moment either all of it stands under `path` or nothing does. Returns its size. Whoever calls
 * says by `rest` how long the store does other things after each slice of this.
 */
export async function writeSnapshot(
  image: StoreImage,
  path: string,
  key: Uint8Array | undefined,
  openFile: OpenFile,
  rest: () => Promise<unknown>,
): Promise<number> {
  const temporary = `${path}.tmp`;
  await unlink(temporary).catch(() => {});
  const file = await FrameWriter.create(temporary, key, openFile);
  try {
    await writeImage(image, file, rest);
    await file.sync();
    await file.close();
  } catch (error) {
    await file.close();
    await unlink(temporary); // perhaps it is what filled the disk
    throw error;
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
  return file.bytes;
}

async function writeImage(image: StoreImage, file: FrameWriter, rest: () => Promise<unknown>): Promise<void> {
  const operations = new OperationBuffer();
  let written = 0;
  let sliceEnd = performance.now() + sliceMs;
  for (const { ns, changes, documents } of image.collections) {
    for (const change of changes) operations.change(change);
    for (const document of documents) {
      operations.add('put', ns, encodeDocument(document));
      written += 1;
      if (operations.bytes >= frameBytes) {
        await file.append(operations.take());
        // Bit by bit: all of it at the end would keep the disk from the journal, and with it every client waiting.
        await file.datasync();
      }
      if (performance.now() >= sliceEnd) {
        await rest();
        sliceEnd = performance.now() + sliceMs;
      }
    }
  }
  operations.end(written);
  await file.append(operations.take());
}
