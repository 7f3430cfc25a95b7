import type { Collection, Model } from 'mongoose';
import type { IndexReport } from './store.ts';

/**
 * Builds what the schema declares and the collection lacks. Nothing is ever dropped here: during a rolling update the
 * previous release still runs on the same data, and an index it needs goes away by a migration one release later.
 */
export async function syncIndexes(model: Model<Record<string, unknown>>): Promise<IndexReport> {
  const { collection } = model;
  const before = await namesOfIndexes(collection);
  const specifications = model.schema.indexes().map(([keys, options]) => {
    const { background: _, ...rest } = options as Record<string, unknown>;
    return { key: keys as Record<string, 1 | -1>, ...rest };
  });
  // To build an index makes the collection, too: a command less for each of them at every start.
  const declared = specifications.length > 0 ? await collection.createIndexes(specifications) : [];
  return {
    collection: collection.collectionName,
    created: declared.filter(name => !before.has(name)),
    undeclared: [...before].filter(name => name !== '_id_' && !declared.includes(name)),
  };
}

/** Those of the collection as it is; none when nothing was ever written into it. */
async function namesOfIndexes(collection: Collection): Promise<Set<string>> {
  try {
    return new Set((await collection.indexes()).flatMap(({ name }) => name ?? []));
  } catch (error) {
    if ((error as { code?: unknown }).code === namespaceNotFound) return new Set();
    throw error;
  }
}

const namespaceNotFound = 26;
