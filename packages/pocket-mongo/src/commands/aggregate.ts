import type { PipelineEnvironment } from '../aggregate/environment.ts';
import { evaluateLet } from '../aggregate/expression.ts';
import { type CompiledPipeline, compilePipeline } from '../aggregate/pipeline.ts';
import { compileCollation } from '../bson/collation.ts';
import type { Document } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { collectionStats } from './admin.ts';
import { arrayField, documentField, flagField, integerField } from './arguments.ts';
import type { CommandContext, CommandDefinition, CommandReply } from './command.ts';
import { writeOutput } from './pipeline-output.ts';
import { checkDeadline, collationOf, type Selected, type Selection, select } from './select.ts';
import { sessionKey } from './sessions.ts';

const aggregate: CommandDefinition = {
  fields: ['pipeline', 'cursor', 'allowDiskUse', 'explain', 'collation', 'hint', 'let', 'bypassDocumentValidation'],
  async run(context: CommandContext): Promise<CommandReply> {
    const { server, database, command, connection, now } = context;
    const cursor = documentField(command, 'cursor');
    if (flagField(command, 'explain')) throw new CommandError('InvalidOptions', 'Use the explain command instead');
    if (!cursor) throw new CommandError('FailedToParse', "The 'cursor' option is required");
    const { results, pipeline } = runAggregate(context);
    const { output } = pipeline;
    if (output) {
      server.store.assertWritable();
      server.store.heap.assertRoom('much');
      writeOutput(server.store, output, output.database ?? database, results);
      await server.store.durable();
    }
    return server.cursors.reply(
      output ? [] : results,
      {
        namespace: `${database}.${sourceName(command) ?? '$cmd.aggregate'}`,
        connectionId: connection.id,
        session: sessionKey(command['lsid']),
        batchSize: integerField(cursor, 'batchSize', 0, 2 ** 31 - 1),
      },
      now.getTime(),
    );
  },
};

/** Runs a pipeline up to what it would write. */
export function runAggregate(context: CommandContext): {
  results: Iterable<Document>;
  pipeline: CompiledPipeline;
  selection: Selection;
} {
  const { server, database, command, deadline } = context;
  const { catalog } = server.store;
  const name = sourceName(command);
  const source = name === undefined ? undefined : catalog.find(database, name);
  let selected: Selected | undefined;
  const env = environment(context, name, () => selected);
  const pipeline = compilePipeline(arrayField(command, 'pipeline') ?? [], env);
  const { filter = {}, sort, skip, limit } = pipeline.leading;
  const selection: Selection = {
    filter,
    sort,
    skip,
    limit,
    hint: command['hint'],
    collation: documentField(command, 'collation'),
    let: env.let,
    deadline,
    now: context.now,
  };
  if (pipeline.generates) return { results: pipeline.run([]), pipeline, selection };
  selected = select(source, selection);
  const documents = selected.records.map(record => record.document);
  return { results: pipeline.run(untilDeadline(documents, deadline)), pipeline, selection };
}

function environment(
  { server, database, command, deadline, now }: CommandContext,
  collection: string | undefined,
  selected: () => Selected | undefined,
): PipelineEnvironment {
  const { catalog } = server.store;
  const source = collection === undefined ? undefined : catalog.find(database, collection);
  const variables = documentField(command, 'let');
  return {
    collection,
    now,
    collation: compileCollation(collationOf(source, documentField(command, 'collation'))),
    let: variables && evaluateLet(variables, now),
    find: (name, filter, options) =>
      select(catalog.find(database, name), {
        filter,
        collation: options?.collation ? { ...options.collation.spec } : { locale: 'simple' },
        let: options?.let,
        deadline,
        now,
      }).records.map(record => record.document),
    meta: (document, kind) => selected()?.meta(kind, document),
    // Only a leading `$match` may search text, and the selection has decided about it already.
    text: () => document => selected()?.meta('textScore', document) !== undefined,
    indexStats: () =>
      [...(source?.indexes.values() ?? [])].map(({ spec, uses, since }) => ({
        name: spec.name,
        key: spec.raw['key'],
        accesses: { ops: uses, since },
        spec: spec.raw,
      })),
    collStats: scale => collectionStats(server, database, collection ?? '', scale),
  };
}

/** The collection a pipeline runs on; the number 1 stands for none. */
export function sourceName(command: Document): string | undefined {
  const value = command['aggregate'];
  if (typeof value === 'string') return value;
  if (Number(value) === 1) return undefined;
  throw new CommandError('FailedToParse', "The field 'aggregate' must name a collection, or be 1");
}

function* untilDeadline(documents: readonly Document[], deadline: number | undefined): Iterable<Document> {
  for (const [i, document] of documents.entries()) {
    if (i % 256 === 255) checkDeadline(deadline);
    yield document;
  }
}

export const aggregateCommands = { aggregate };
