import { Long } from 'bson';
import type { Document } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { compileProjection } from '../query/projection.ts';
import {
  arrayField,
  collectionName,
  documentField,
  flagField,
  integerField,
  refuseWhenSet,
  stringField,
} from './arguments.ts';
import type { CommandContext, CommandDefinition, CommandReply } from './command.ts';
import { expressionCompiler } from './expressions.ts';
import { type Selected, type Selection, select } from './select.ts';
import { sessionKey } from './sessions.ts';
import { variablesOf } from './variables.ts';

const maxInt = 2_147_483_647;

export const find: CommandDefinition = {
  fields: [
    'filter',
    'sort',
    'projection',
    'hint',
    'skip',
    'limit',
    'batchSize',
    'singleBatch',
    'max',
    'min',
    'returnKey',
    'showRecordId',
    'tailable',
    'awaitData',
    'oplogReplay',
    'noCursorTimeout',
    'allowPartialResults',
    'allowDiskUse',
    'collation',
    'let',
  ],
  run(context: CommandContext): CommandReply {
    const { server, database, command, name, connection, now } = context;
    const collection = collectionName(command, name);
    const selection = findSelection(context);
    const selected = select(server.store.catalog.find(database, collection), selection);
    return server.cursors.reply(
      projectAll(selected, command, now),
      {
        namespace: `${database}.${collection}`,
        connectionId: connection.id,
        session: sessionKey(command['lsid']),
        batchSize: integerField(command, 'batchSize', 0, maxInt),
        singleBatch: flagField(command, 'singleBatch'),
        noTimeout: flagField(command, 'noCursorTimeout'),
      },
      now.getTime(),
    );
  },
};

/** What a `find` command selects; options this server cannot honour are refused. */
export function findSelection({ command, deadline, now }: CommandContext): Selection {
  refuseWhenSet(command, {
    max: 'The find option max',
    min: 'The find option min',
    returnKey: 'The find option returnKey',
    showRecordId: 'The find option showRecordId',
    tailable: 'A tailable cursor',
    awaitData: 'A tailable cursor',
    oplogReplay: 'The find option oplogReplay',
  });
  return {
    filter: documentField(command, 'filter') ?? {},
    sort: documentField(command, 'sort'),
    skip: integerField(command, 'skip', 0, Number.MAX_SAFE_INTEGER),
    limit: integerField(command, 'limit', 0, Number.MAX_SAFE_INTEGER),
    hint: command['hint'],
    collation: documentField(command, 'collation'),
    let: variablesOf(command, now),
    deadline,
    now,
  };
}

/** The selected documents as the client sees them, one by one as they are asked for. */
function* projectAll(selected: Selected, command: Document, now: Date): Generator<Document, void, undefined> {
  const spec = documentField(command, 'projection');
  const project =
    spec && Object.keys(spec).length > 0
      ? compileProjection(spec, {
          compileExpression: expressionCompiler(now),
          filter: selected.filter,
          collation: selected.collation,
          let: variablesOf(command, now),
          meta: selected.meta,
        })
      : undefined;
  // The documents are fixed now, although later batches are encoded later: records may change in the meantime.
  const documents = selected.records.map(record => record.document);
  for (const document of documents) yield project ? project(document) : document;
}

const getMore: CommandDefinition = {
  fields: ['collection', 'batchSize'],
  run({ server, database, command, name, now }: CommandContext): CommandReply {
    const batchSize = integerField(command, 'batchSize', 0, maxInt);
    const namespace = `${database}.${stringField(command, 'collection') ?? ''}`;
    return server.cursors.more(cursorId(command[name]), namespace, batchSize || undefined, now.getTime());
  },
};

const killCursors: CommandDefinition = {
  fields: ['cursors'],
  run({ server, command }: CommandContext): CommandReply {
    const ids = (arrayField(command, 'cursors') ?? []).map(cursorId);
    const killed = ids.filter(id => server.cursors.kill(id));
    const notFound = ids.filter(id => !killed.includes(id));
    const show = (list: bigint[]) => list.map(id => Long.fromBigInt(id));
    return { cursorsKilled: show(killed), cursorsNotFound: show(notFound), cursorsAlive: [], cursorsUnknown: [] };
  },
};

function cursorId(value: unknown): bigint {
  if (Long.isLong(value)) return value.toBigInt();
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  throw new CommandError('TypeMismatch', 'A cursor id must be a 64-bit integer');
}

export const findCommands = { find, getMore, killCursors };
