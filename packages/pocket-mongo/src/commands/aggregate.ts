import { type Document, isDocument } from '../bson/types.ts';
import { unsupported } from '../errors.ts';
import { arrayField, documentField, integerField, stringField } from './arguments.ts';
import type { CommandContext, CommandDefinition, CommandReply } from './command.ts';
import { type Selection, select } from './select.ts';
import { sessionKey } from './sessions.ts';

const aggregate: CommandDefinition = {
  fields: ['pipeline', 'cursor', 'allowDiskUse', 'explain', 'collation', 'hint', 'let', 'bypassDocumentValidation'],
  run({ server, database, command, name, connection, deadline, now }: CommandContext): CommandReply {
    const collection = stringField(command, name) ?? '';
    const counting = countingPipeline(arrayField(command, 'pipeline') ?? []);
    if (!counting) throw unsupported('This aggregation');
    const { records } = select(server.store.catalog.find(database, collection), {
      ...counting,
      hint: command['hint'],
      collation: documentField(command, 'collation'),
      let: documentField(command, 'let'),
      deadline,
    });
    return server.cursors.reply(
      records.length > 0 ? [{ _id: 1, n: records.length }] : [],
      {
        namespace: `${database}.${collection}`,
        connectionId: connection.id,
        session: sessionKey(command['lsid']),
        batchSize: integerField(documentField(command, 'cursor') ?? {}, 'batchSize', 0, 2 ** 31 - 1),
      },
      now.getTime(),
    );
  },
};

/** What drivers send for `countDocuments`; counting records needs no documents to be built. */
function countingPipeline(stages: readonly unknown[]): Selection | undefined {
  let filter: Document = {};
  let skip: number | undefined;
  let limit: number | undefined;
  const rest = [...stages];
  const next = (name: string): unknown => {
    const stage = rest[0];
    if (!isDocument(stage) || !Object.hasOwn(stage, name)) return undefined;
    rest.shift();
    return stage[name];
  };
  const match = next('$match');
  if (match !== undefined) {
    if (!isDocument(match)) return undefined;
    filter = match;
  }
  const skipped = next('$skip');
  if (skipped !== undefined) skip = typeof skipped === 'number' ? skipped : Number.NaN;
  const limited = next('$limit');
  if (limited !== undefined) limit = typeof limited === 'number' ? limited : Number.NaN;
  const group = next('$group');
  const counts = JSON.stringify(group) === '{"_id":1,"n":{"$sum":1}}';
  if (!counts || rest.length > 0 || Number.isNaN(skip) || Number.isNaN(limit) || limit === 0) return undefined;
  return { filter, skip, limit };
}

export const aggregateCommands = { aggregate };
