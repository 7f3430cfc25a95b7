import type { MergeOutput, Output } from '../aggregate/environment.ts';
import type { Document } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import type { Collection } from '../storage/collection.ts';
import type { Store } from '../storage/store.ts';
import { select } from './select.ts';

/** Does what `$out` or `$merge` says with the results of a pipeline. */
export function writeOutput(store: Store, output: Output, database: string, results: Iterable<Document>): void {
  // Everything is computed before anything is written: the target may be the source, and an error must not leave half.
  const documents = [...results];
  if (output.kind === 'out') replaceAll(store, database, output.collection, documents);
  else mergeAll(store, output, database, documents);
}

/** `$out` keeps the indexes of the collection whose content it exchanges. */
function replaceAll({ catalog }: Store, database: string, name: string, documents: readonly Document[]): void {
  const old = catalog.find(database, name);
  const temporary = `tmp.agg_out.${Date.now()}.${Math.random().toString(36).slice(2)}`;
  const target = catalog.create(database, temporary, old?.options ?? {});
  try {
    for (const spec of old?.specs() ?? []) target.createIndex(spec);
    for (const document of documents) target.insert(document);
  } catch (error) {
    catalog.drop(target);
    throw error;
  }
  if (old) catalog.drop(old);
  catalog.rename(target, name);
}

function mergeAll({ catalog }: Store, output: MergeOutput, database: string, documents: readonly Document[]): void {
  const target = catalog.ensure(database, output.collection);
  requireUnique(target, output.on);
  for (const incoming of documents) {
    const filter = Object.fromEntries(output.on.map(path => [path, { $eq: valueAtPath(incoming, path) }]));
    const record =
      output.on.includes('_id') && incoming['_id'] === undefined
        ? undefined
        : select(target, { filter, limit: 1, collation: { locale: 'simple' } }).records[0];
    const result = output.resolve(record?.document, incoming);
    if (!result) continue;
    if (record) target.replace(record, result);
    else target.insert(result);
  }
}

function requireUnique(target: Collection, on: readonly string[]): void {
  const wanted = [...on].sort().join('\n');
  const unique = target.specs().some(spec => {
    const paths = spec.fields.map(field => field.path);
    return spec.unique && !spec.partialFilter && paths.sort().join('\n') === wanted;
  });
  if (!unique) {
    throw new CommandError(
      'Location51183',
      `Cannot find index to verify that join fields will be unique: $merge needs a unique index over ${on.join(', ')}`,
    );
  }
}

function valueAtPath(document: Document, path: string): unknown {
  let value: unknown = document;
  for (const part of path.split('.')) {
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, part) ? (value as Document)[part] : undefined;
  }
  if ((path !== '_id' && (value === undefined || value === null)) || Array.isArray(value)) {
    throw new CommandError(
      'Location51132',
      `$merge write error: the 'on' field '${path}' cannot be missing, null or an array`,
    );
  }
  return value;
}
