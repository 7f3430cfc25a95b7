import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { mongo } from 'mongoose';
import { AppError } from '../errors.ts';
import {
  batchDocuments,
  type CollectionEntry,
  failure,
  type Manifest,
  manifestName,
  type Progress,
  summary,
  type TransferReport,
} from './transfer-format.ts';

const { EJSON } = mongo.BSON;

/** Keeps every number in the type it has in the store: a promoted Long or Double would come back as another one. */
const exactTypes = { promoteValues: false, promoteLongs: false, promoteBuffers: false, bsonRegExp: true } as const;

/** Writes every collection of the database, with its indexes, into a new folder. Memory stays bounded by one batch. */
export async function exportStore(options: {
  db: mongo.Db;
  dir: string;
  onProgress?: Progress;
}): Promise<TransferReport> {
  const { db, dir, onProgress } = options;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if ((await readdir(dir)).length > 0) throw failure(`${dir} is not empty; name a new folder for the export`);
  const found = await db.listCollections().toArray();
  const skipped = found.filter(entry => entry.type !== 'collection').map(entry => `${entry.name} (${entry.type})`);
  const names = found.filter(entry => entry.type === 'collection' && !entry.name.startsWith('system.'));
  const collections: CollectionEntry[] = [];
  for (const { name, options: collectionOptions } of names.sort((a, b) =>
    a.name < b.name ? -1 : 1,
  ) as mongo.CollectionInfo[]) {
    const file = `${String(collections.length + 1).padStart(3, '0')}-${encodeURIComponent(name).slice(0, 100)}.jsonl`;
    const written = await writeDocuments(db.collection(name), join(dir, file), count => onProgress?.(name, count));
    const indexes = await db
      .collection(name)
      .listIndexes({ ...exactTypes })
      .toArray();
    collections.push({
      name,
      file,
      ...written,
      options: EJSON.serialize(collectionOptions ?? {}, { relaxed: false }),
      indexes: indexes.map(index => EJSON.serialize(index, { relaxed: false }) as object),
    });
  }
  const manifest: Manifest = {
    format: 'parley-store-export',
    version: 1,
    database: db.databaseName,
    exportedAt: new Date().toISOString(),
    collections,
  };
  const unfinished = join(dir, `${manifestName}.part`);
  await writeFile(unfinished, `${JSON.stringify(manifest, undefined, 2)}\n`, { mode: 0o600, flush: true });
  await rename(unfinished, join(dir, manifestName));
  return { collections: collections.map(summary), skipped };
}

async function writeDocuments(
  collection: mongo.Collection,
  path: string,
  onProgress: (documents: number) => void,
): Promise<{ documents: number; sha256: string }> {
  const stream = createWriteStream(path, { mode: 0o600, flush: true });
  const done = finished(stream);
  done.catch(() => {}); // reported below; a failed disk must not end the process before that
  const hash = createHash('sha256');
  let documents = 0;
  try {
    // In the order of _id, so that two exports of the same data are the same file.
    for await (const document of collection.find({}, { ...exactTypes, batchSize: batchDocuments }).sort({ _id: 1 })) {
      refuseAmbiguous(document, collection.collectionName);
      const line = `${EJSON.stringify(document, { relaxed: false })}\n`;
      hash.update(line);
      documents += 1;
      if (!stream.write(line)) await Promise.race([once(stream, 'drain'), done]);
      if (documents % batchDocuments === 0) onProgress(documents);
    }
    stream.end();
    await done;
  } catch (error) {
    stream.destroy();
    throw error instanceof mongo.MongoError || error instanceof AppError
      ? error
      : failure(`${path} cannot be written`, error);
  }
  onProgress(documents);
  return { documents, sha256: hash.digest('hex') };
}

const wrappers =
  /^\$(oid|symbol|numberInt|numberLong|numberDouble|numberDecimal|binary|uuid|code|scope|timestamp|regularExpression|regex|options|dbPointer|date|minKey|maxKey|undefined)$/;

/** A field named like a type of Extended JSON would come back as that type, so it is refused rather than changed. */
function refuseAmbiguous(document: mongo.Document, collection: string): void {
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
      for (const [name, inner] of Object.entries(value)) {
        if (wrappers.test(name)) {
          throw failure(
            `A document of ${collection} has a field named ${name}, which Extended JSON cannot carry (_id ${String(document['_id'])})`,
          );
        }
        visit(inner);
      }
    }
  };
  visit(document);
}
