import { type Document, isDocument } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { parseIndexSpec, sameKey } from '../index/index-spec.ts';
import type { Collection } from '../storage/collection.ts';
import { collectionName, documentField, documentsField, flagField, integerField, refuseWhenSet } from './arguments.ts';
import type { CommandContext, CommandDefinition, CommandReply } from './command.ts';
import { sessionKey } from './sessions.ts';

const createIndexes: CommandDefinition = {
  fields: ['indexes', 'commitQuorum', 'ignoreUnknownIndexOptions'],
  writes: true,
  grows: 'much',
  run({ server, database, command, name }: CommandContext): Document {
    const { catalog } = server.store;
    const described = documentsField(command, 'indexes');
    if (described.length === 0) throw new CommandError('BadValue', 'Must specify at least one index to create');
    const collectionId = collectionName(command, name);
    const existing = catalog.find(database, collectionId);
    const inherited = existing?.options['collation'];
    const specs = described.map(raw =>
      parseIndexSpec(inherited && raw['collation'] === undefined ? { ...raw, collation: inherited } : raw),
    );
    const collection = existing ?? catalog.ensure(database, collectionId);
    const numIndexesBefore = collection.specs().length;
    // All or none: a failing one takes the ones before it back.
    const made: string[] = [];
    try {
      for (const spec of specs) if (collection.createIndex(spec)) made.push(spec.name);
    } catch (error) {
      for (const each of made) collection.dropIndex(each);
      throw error;
    }
    return {
      numIndexesBefore,
      numIndexesAfter: collection.specs().length,
      createdCollectionAutomatically: existing === undefined,
      ...(made.length === 0 ? { note: 'all indexes already exist' } : {}),
    };
  },
};

const dropIndexes: CommandDefinition = {
  fields: ['index'],
  writes: true,
  run({ server, database, command, name }: CommandContext): Document {
    const collection = server.store.catalog.require(database, collectionName(command, name));
    const nIndexesWas = collection.specs().length;
    const index = command['index'];
    if (index === '*') {
      for (const spec of collection.specs()) if (spec.name !== '_id_') collection.dropIndex(spec.name);
    } else if (Array.isArray(index)) {
      const names = index.map(String);
      for (const each of names) requireIndex(collection, each);
      for (const each of names) collection.dropIndex(each);
    } else {
      collection.dropIndex(requireIndex(collection, index));
    }
    return { nIndexesWas };
  },
};

/** The name of the index that a name or a key pattern stands for. */
function requireIndex(collection: Collection, index: unknown): string {
  if (typeof index === 'string') {
    if (collection.specs().some(spec => spec.name === index)) return index;
    throw new CommandError('IndexNotFound', `index not found with name [${index}]`);
  }
  if (!isDocument(index)) throw new CommandError('TypeMismatch', "The field 'index' must be a name or a key pattern");
  const wanted = parseIndexSpec({ key: index });
  const found = collection.specs().find(spec => sameKey(spec, wanted));
  if (!found) throw new CommandError('IndexNotFound', `can't find index with key: ${JSON.stringify(index)}`);
  return found.name;
}

const listIndexes: CommandDefinition = {
  fields: ['cursor', 'includeBuildUUIDs', 'includeIndexBuildInfo'],
  run({ server, database, command, name, connection, now }: CommandContext): CommandReply {
    refuseWhenSet(command, { includeBuildUUIDs: 'includeBuildUUIDs', includeIndexBuildInfo: 'includeIndexBuildInfo' });
    const collection = server.store.catalog.require(database, collectionName(command, name));
    return server.cursors.reply(
      collection.specs().map(spec => spec.raw),
      {
        namespace: collection.namespace,
        connectionId: connection.id,
        session: sessionKey(command['lsid']),
        batchSize: integerField(documentField(command, 'cursor') ?? {}, 'batchSize', 0, 2 ** 31 - 1),
      },
      now.getTime(),
    );
  },
};

const collMod: CommandDefinition = {
  fields: ['index'],
  writes: true,
  run({ server, database, command, name }: CommandContext): Document {
    const collection = server.store.catalog.require(database, collectionName(command, name));
    const change = documentField(command, 'index');
    if (!change) return {};
    const index = requireIndex(collection, change['name'] ?? change['keyPattern']);
    const { raw } = collection.specs().find(spec => spec.name === index)!;
    const changes: Document = {};
    const reply: Document = {};
    const seconds = integerField(change, 'expireAfterSeconds', 0, 2_147_483_647);
    if (seconds !== undefined) {
      changes['expireAfterSeconds'] = seconds;
      if (raw['expireAfterSeconds'] !== undefined) reply['expireAfterSeconds_old'] = raw['expireAfterSeconds'];
      reply['expireAfterSeconds_new'] = seconds;
    }
    const hidden = flagField(change, 'hidden');
    if (hidden !== undefined) {
      changes['hidden'] = hidden;
      reply['hidden_old'] = raw['hidden'] === true;
      reply['hidden_new'] = hidden;
    }
    for (const field of Object.keys(change)) {
      if (!['name', 'keyPattern', 'expireAfterSeconds', 'hidden'].includes(field)) {
        throw new CommandError('InvalidOptions', `collMod cannot change '${field}' of an index`);
      }
    }
    collection.alterIndex(index, changes);
    return reply;
  },
};

export const indexCommands = { createIndexes, dropIndexes, deleteIndexes: dropIndexes, listIndexes, collMod };
