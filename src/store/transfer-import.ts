import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { mongo } from 'mongoose';
import { AppError } from '../errors.ts';
import {
  batchDocuments,
  type CollectionEntry,
  failure,
  type Progress,
  readManifest,
  summary,
  type TransferReport,
} from './transfer-format.ts';

const { EJSON, calculateObjectSize } = mongo.BSON;

const batchBytes = 8 * 1024 * 1024;

/**
 * Fills a database from an export, builds its indexes and counts what arrived. A target that holds documents is refused;
 * with `force` the collections of the export replace those of the same name, and others stay.
 */
export async function importStore(options: {
  db: mongo.Db;
  dir: string;
  force?: boolean;
  onProgress?: Progress;
}): Promise<TransferReport> {
  const { db, dir, force = false, onProgress } = options;
  const { collections } = await readManifest(dir);
  if (!force) await refuseNonEmpty(db);
  for (const entry of collections) {
    await db.dropCollection(entry.name).catch(ignoreMissing);
    await db.createCollection(
      entry.name,
      EJSON.deserialize(entry.options, { relaxed: false }) as mongo.CreateCollectionOptions,
    );
    const collection = db.collection(entry.name);
    await readDocuments(collection, entry, join(dir, entry.file), count => onProgress?.(entry.name, count));
    const indexes = entry.indexes.map(definitionOf).filter(index => index.name !== '_id_');
    if (indexes.length > 0) await db.command({ createIndexes: entry.name, indexes });
    const [count, built] = [await collection.countDocuments({}), await collection.listIndexes().toArray()];
    if (count !== entry.documents)
      throw failure(
        `${entry.name} holds ${count} documents instead of ${entry.documents}; run the import again with --force`,
      );
    const lacking = indexes.filter(index => !built.some(other => other.name === index.name));
    if (lacking.length > 0)
      throw failure(`${entry.name} lacks the index ${lacking.map(index => index.name).join(', ')}`);
  }
  return { collections: collections.map(summary), skipped: [] };
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof mongo.MongoServerError && error.code === 26)) throw error;
}

async function refuseNonEmpty(db: mongo.Db): Promise<void> {
  const collections = await db.listCollections({}, { nameOnly: true }).toArray();
  for (const { name } of collections) {
    if (name.startsWith('system.')) continue;
    if (await db.collection(name).findOne({}, { projection: { _id: 1 } })) {
      throw failure(
        `The target database "${db.databaseName}" is not empty (${name} holds documents). Name an empty one, or replace the collections of the export with --force`,
      );
    }
  }
}

async function readDocuments(
  collection: mongo.Collection,
  entry: CollectionEntry,
  path: string,
  onProgress: (documents: number) => void,
): Promise<void> {
  const hash = createHash('sha256');
  const input = createReadStream(path, { highWaterMark: 1024 * 1024 });
  let line = 0;
  let [batch, bytes]: [mongo.Document[], number] = [[], 0];
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await collection.insertMany(batch, { ignoreUndefined: false });
    [batch, bytes] = [[], 0];
    onProgress(line);
  };
  try {
    for await (const text of linesOf(input, hash)) {
      line += 1;
      const document = parseLine(text, `${entry.file}, line ${line}`);
      batch.push(document);
      bytes += calculateObjectSize(document);
      if (batch.length >= batchDocuments || bytes >= batchBytes) await flush();
    }
  } catch (error) {
    if (error instanceof mongo.MongoError || error instanceof AppError) throw error;
    throw failure(`${entry.file} cannot be read`, error);
  } finally {
    input.destroy();
  }
  await flush();
  if (line !== entry.documents || hash.digest('hex') !== entry.sha256) {
    throw failure(
      `${entry.file} is not the file that was exported: it has ${line} lines, ${entry.documents} were written, or its content changed`,
    );
  }
}

/** Lines end with \n alone: JSON may hold the other separators of Unicode inside its strings. */
async function* linesOf(input: AsyncIterable<Buffer>, hash: Hash): AsyncIterable<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of input) {
    hash.update(chunk);
    const parts = (rest + decoder.write(chunk)).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  if (rest !== '') yield rest;
}

function parseLine(text: string, place: string): mongo.Document {
  let document: unknown;
  try {
    document = EJSON.parse(text, { relaxed: false });
  } catch (error) {
    throw failure(`${place}: this is not a document in Extended JSON`, error);
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw failure(`${place}: this is not a document`);
  return document as mongo.Document;
}

/** An index the way createIndexes takes it: listings carry the inner form of text indexes, and versions of the old server. */
function definitionOf(serialized: object): mongo.Document & { name: string } {
  const { v, ns, background, textIndexVersion, ...index } = EJSON.deserialize(serialized as mongo.Document, {
    relaxed: false,
  }) as mongo.Document & { key: Record<string, unknown>; name: string; weights?: Record<string, unknown> };
  const key: Record<string, unknown> = {};
  for (const [field, direction] of Object.entries(index.key)) {
    if (field === '_fts') for (const path of Object.keys(index.weights ?? {})) key[path] = 'text';
    else if (field !== '_ftsx') key[field] = direction;
  }
  return { ...index, key };
}
