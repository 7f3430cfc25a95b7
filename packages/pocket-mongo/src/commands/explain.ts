import { performance } from 'node:perf_hooks';
import { type Document, isDocument } from '../bson/types.ts';
import { CommandError, unsupported } from '../errors.ts';
import { runAggregate, sourceName } from './aggregate.ts';
import { arrayField, documentField, documentsField, flagField, integerField, stringField } from './arguments.ts';
import type { CommandContext, CommandDefinition } from './command.ts';
import { countSelection } from './count.ts';
import { findSelection } from './find.ts';
import { serverVersion } from './hello.ts';
import { type Selection, type SelectionWork, select } from './select.ts';

/** What a command would select, and what it then does with it, outermost first. */
interface Explained {
  readonly collection: string | undefined;
  readonly selection: Selection;
  readonly stages: readonly Document[];
}

const explain: CommandDefinition = {
  fields: ['verbosity'],
  run(context: CommandContext): Document {
    const inner = documentField(context.command, context.name);
    if (!inner) throw new CommandError('TypeMismatch', "The field 'explain' must hold a command");
    const verbosity = stringField(context.command, 'verbosity') ?? 'allPlansExecution';
    if (!['queryPlanner', 'executionStats', 'allPlansExecution'].includes(verbosity)) {
      throw new CommandError('FailedToParse', `The verbosity '${verbosity}' is unknown`);
    }
    const { collection, selection, stages } = explained({ ...context, command: inner });
    const found =
      collection === undefined ? undefined : context.server.store.catalog.find(context.database, collection);
    const work: SelectionWork = { keysExamined: 0, docsExamined: 0 };
    const before = performance.now();
    // The plan is carried out, not guessed at; nothing is written.
    const { plan, records } = select(found, selection, work);
    const executionTimeMillis = Math.round(performance.now() - before);
    const winningPlan = stageTree(selection, plan.sorted, plan.stage, stages);
    return {
      explainVersion: '1',
      queryPlanner: {
        namespace: `${context.database}.${collection ?? '$cmd.aggregate'}`,
        parsedQuery: selection.filter,
        indexFilterSet: false,
        winningPlan,
        rejectedPlans: [],
      },
      ...(verbosity === 'queryPlanner'
        ? {}
        : {
            executionStats: {
              executionSuccess: true,
              nReturned: records.length,
              executionTimeMillis,
              totalKeysExamined: work.keysExamined,
              totalDocsExamined: work.docsExamined,
              executionStages: { ...winningPlan, nReturned: records.length },
            },
          }),
      command: inner,
      serverInfo: { host: 'pocket-mongo', version: serverVersion },
    };
  },
};

function explained(context: CommandContext): Explained {
  const { command, deadline } = context;
  const name = Object.keys(command)[0] ?? '';
  const collection = typeof command[name] === 'string' ? command[name] : undefined;
  switch (name) {
    case 'find': {
      const projection = documentField(command, 'projection');
      const stages = projection && Object.keys(projection).length > 0 ? [{ stage: 'PROJECTION_DEFAULT' }] : [];
      return { collection, selection: findSelection(context), stages };
    }
    case 'count':
      return { collection, selection: countSelection(command, deadline), stages: [{ stage: 'COUNT' }] };
    case 'distinct':
      return {
        collection,
        selection: { filter: documentField(command, 'query') ?? {} },
        stages: [{ stage: 'DISTINCT' }],
      };
    case 'aggregate': {
      const { selection } = runAggregate(context);
      const rest = (arrayField(command, 'pipeline') ?? []).length;
      return { collection: sourceName(command), selection, stages: [{ stage: 'PIPELINE', pipelineStages: rest }] };
    }
    case 'findAndModify':
    case 'findandmodify':
      return {
        collection,
        selection: {
          filter: documentField(command, 'query') ?? {},
          sort: documentField(command, 'sort'),
          hint: command['hint'],
          collation: documentField(command, 'collation'),
          limit: 1,
        },
        stages: [{ stage: flagField(command, 'remove') ? 'DELETE' : 'UPDATE' }],
      };
    case 'update':
    case 'delete':
      return { collection, selection: statementSelection(command, name), stages: [{ stage: name.toUpperCase() }] };
    default:
      throw unsupported(`Explaining the command '${name}'`);
  }
}

function statementSelection(command: Document, name: 'update' | 'delete'): Selection {
  const [statement, ...more] = documentsField(command, `${name}s`);
  if (!isDocument(statement) || more.length > 0) {
    throw new CommandError('InvalidLength', 'explained write batches must be of size 1');
  }
  const one = name === 'update' ? !flagField(statement, 'multi') : integerField(statement, 'limit', 0, 1) === 1;
  return {
    filter: documentField(statement, 'q') ?? {},
    sort: documentField(statement, 'sort'),
    hint: statement['hint'],
    collation: documentField(statement, 'collation'),
    limit: one ? 1 : 0,
  };
}

/** The stages from the one that answers down to the one that reads. */
function stageTree(selection: Selection, sorted: boolean, access: Document, outer: readonly Document[]): Document {
  let tree = access;
  const wrap = (stage: Document) => {
    tree = { ...stage, inputStage: tree };
  };
  const { sort, skip, limit } = selection;
  if (sort && Object.keys(sort).length > 0 && !sorted) {
    wrap({ stage: 'SORT', sortPattern: sort, memLimit: 0, ...(limit ? { limitAmount: (skip ?? 0) + limit } : {}) });
  }
  if (skip) wrap({ stage: 'SKIP', skipAmount: skip });
  if (limit) wrap({ stage: 'LIMIT', limitAmount: limit });
  for (const stage of outer) wrap(stage);
  return tree;
}

export const explainCommands = { explain };
