import { compileCollation } from '../bson/collation.ts';
import type { Document } from '../bson/types.ts';
import { CommandError, unsupported } from '../errors.ts';
import { compileFilter } from '../query/filter.ts';
import type { Collection } from '../storage/collection.ts';
import { collectionName, documentField, flagField, integerField, refuseWhenSet, stringField } from './arguments.ts';
import type { CommandContext, CommandDefinition, CommandReply } from './command.ts';
import { sessionKey } from './sessions.ts';

const create: CommandDefinition = {
  fields: [
    'capped',
    'size',
    'max',
    'collation',
    'autoIndexId',
    'timeseries',
    'expireAfterSeconds',
    'clusteredIndex',
    'validator',
    'validationLevel',
    'validationAction',
    'viewOn',
    'pipeline',
    'storageEngine',
    'indexOptionDefaults',
    'changeStreamPreAndPostImages',
    'encryptedFields',
  ],
  writes: true,
  run({ server, database, command, name }: CommandContext): Document {
    refuseWhenSet(command, {
      timeseries: 'A time series collection',
      expireAfterSeconds: 'expireAfterSeconds of a collection',
      clusteredIndex: 'A clustered index',
      validator: 'A document validator',
      viewOn: 'A view',
      storageEngine: 'The create option storageEngine',
      indexOptionDefaults: 'The create option indexOptionDefaults',
      changeStreamPreAndPostImages: 'changeStreamPreAndPostImages',
      encryptedFields: 'An encrypted collection',
    });
    const { catalog } = server.store;
    const collection = collectionName(command, name);
    const options = createOptions(command);
    const existing = catalog.find(database, collection);
    if (existing) {
      if (JSON.stringify(existing.options) === JSON.stringify(options)) return {};
      throw new CommandError('NamespaceExists', `Collection ${existing.namespace} already exists.`);
    }
    catalog.create(database, collection, options);
    return {};
  },
};

function createOptions(command: Document): Document {
  const options: Document = {};
  if (flagField(command, 'capped')) {
    const size = integerField(command, 'size', 1, 2 ** 50);
    if (size === undefined)
      throw new CommandError('InvalidOptions', "the 'size' field is required when 'capped' is true");
    options['capped'] = true;
    options['size'] = Math.ceil(size / 256) * 256;
    const max = integerField(command, 'max', 0, 2 ** 31);
    if (max) options['max'] = max;
  }
  const collation = documentField(command, 'collation');
  if (collation) {
    if (collation['locale'] !== 'simple') compileCollation(collation);
    options['collation'] = collation;
  }
  return options;
}

const drop: CommandDefinition = {
  fields: [],
  writes: true,
  run({ server, database, command, name }: CommandContext): Document {
    const collection = server.store.catalog.find(database, collectionName(command, name));
    if (!collection) return {};
    const nIndexesWas = collection.specs().length;
    server.store.catalog.drop(collection);
    return { nIndexesWas, ns: collection.namespace };
  },
};

const dropDatabase: CommandDefinition = {
  fields: [],
  writes: true,
  run({ server, database }: CommandContext): Document {
    const collections = server.store.catalog.collections(database);
    for (const collection of collections) server.store.catalog.drop(collection);
    return collections.length > 0 ? { dropped: database } : {};
  },
};

const renameCollection: CommandDefinition = {
  fields: ['to', 'dropTarget'],
  writes: true,
  adminOnly: true,
  run({ server, command, name }: CommandContext): Document {
    const { catalog } = server.store;
    const [fromDatabase, fromName] = splitNamespace(collectionName(command, name));
    const [toDatabase, toName] = splitNamespace(stringField(command, 'to') ?? '');
    if (fromDatabase !== toDatabase) throw unsupported('Renaming a collection into another database');
    const collection = catalog.find(fromDatabase, fromName);
    if (!collection) {
      throw new CommandError('NamespaceNotFound', `Source collection ${fromDatabase}.${fromName} does not exist`);
    }
    const target = catalog.find(toDatabase, toName);
    if (target === collection) throw new CommandError('IllegalOperation', "Can't rename a collection to itself");
    if (target) {
      if (!flagField(command, 'dropTarget')) throw new CommandError('NamespaceExists', 'target namespace exists');
      catalog.drop(target);
    }
    catalog.rename(collection, toName);
    return {};
  },
};

function splitNamespace(namespace: string): [string, string] {
  const dot = namespace.indexOf('.');
  if (dot < 1) throw new CommandError('InvalidNamespace', `Invalid namespace: '${namespace}'`);
  return [namespace.slice(0, dot), namespace.slice(dot + 1)];
}

const listCollections: CommandDefinition = {
  fields: ['filter', 'nameOnly', 'authorizedCollections', 'cursor'],
  run({ server, database, command, connection, now }: CommandContext): CommandReply {
    const { matches } = compileFilter(documentField(command, 'filter') ?? {}, {});
    const nameOnly = flagField(command, 'nameOnly') ?? false;
    const entries = server.store.catalog.collections(database).map(describeCollection).filter(matches);
    return server.cursors.reply(
      nameOnly ? entries.map(({ name, type }) => ({ name, type })) : entries,
      {
        namespace: `${database}.$cmd.listCollections`,
        connectionId: connection.id,
        session: sessionKey(command['lsid']),
        batchSize: integerField(documentField(command, 'cursor') ?? {}, 'batchSize', 0, 2 ** 31 - 1) ?? 100_000,
      },
      now.getTime(),
    );
  },
};

function describeCollection(collection: Collection): Document {
  return {
    name: collection.name,
    type: 'collection',
    options: collection.options,
    info: { readOnly: false },
    idIndex: collection.idIndex.spec.raw,
  };
}

const listDatabases: CommandDefinition = {
  fields: ['filter', 'nameOnly', 'authorizedDatabases'],
  adminOnly: true,
  run({ server, command }: CommandContext): Document {
    const { matches } = compileFilter(documentField(command, 'filter') ?? {}, {});
    const databases = server.store.catalog
      .databaseNames()
      .map((name): Document => {
        const sizeOnDisk = server.store.catalog.collections(name).reduce((sum, each) => sum + each.dataBytes, 0);
        return { name, sizeOnDisk, empty: false };
      })
      .filter(matches);
    if (flagField(command, 'nameOnly')) return { databases: databases.map(({ name }) => ({ name })) };
    const totalSize = databases.reduce((sum, each) => sum + Number(each['sizeOnDisk']), 0);
    return { databases, totalSize, totalSizeMb: Math.round(totalSize / 2 ** 20) };
  },
};

export const collectionCommands = { create, drop, dropDatabase, renameCollection, listCollections, listDatabases };
