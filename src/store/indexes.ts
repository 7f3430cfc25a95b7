import type { Model } from 'mongoose';
import type { IndexReport } from './store.ts';

/**
 * Builds what the schema declares and the collection lacks. Nothing is ever dropped here: during a rolling update the
 * previous release still runs on the same data, and an index it needs goes away by a migration one release later.
 */
export async function syncIndexes(model: Model<Record<string, unknown>>): Promise<IndexReport> {
  const { collection } = model;
  // Two processes that create one collection at the same time: the second finds it there, which is what it wanted.
  await model.createCollection().catch(error => {
    if ((error as { code?: unknown }).code !== 48) throw error;
  });
  const before = new Set((await collection.indexes()).map(({ name }) => name));
  const specifications = model.schema.indexes().map(([keys, options]) => {
    const { background: _, ...rest } = options as Record<string, unknown>;
    return { key: keys as Record<string, 1 | -1>, ...rest };
  });
  const declared = specifications.length > 0 ? await collection.createIndexes(specifications) : [];
  return {
    collection: collection.collectionName,
    created: declared.filter(name => !before.has(name)),
    undeclared: [...before].filter(
      name => name !== '_id_' && name !== undefined && !declared.includes(name),
    ) as string[],
  };
}
