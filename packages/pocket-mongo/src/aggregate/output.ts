import { CommandError } from '../errors.ts';
import { checkVariableName, compile, type Evaluate, nestedBag, pathParts, rootScope } from './compiler.ts';
import type { Output, PipelineEnvironment } from './environment.ts';
import { compileUpdatePipeline } from './pipeline.ts';
import { stageFields } from './stages/registry.ts';
import { type Document, fail, isDocument, setOwn } from './values.ts';

export const isOutputStage = (name: string): boolean => name === '$out' || name === '$merge';

/** Compiles `$out` or `$merge` into what the store has to do with the results. */
export function compileOutput(name: string, specification: unknown, env: PipelineEnvironment): Output {
  return name === '$out' ? compileOut(specification) : compileMerge(specification, env);
}

interface Target {
  readonly database?: string;
  readonly collection: string;
}

function readTarget(stage: string, value: unknown): Target {
  if (typeof value === 'string' && value !== '') return { collection: value };
  const fields = stageFields(stage, value, ['coll'], ['db']);
  if (typeof fields['coll'] !== 'string' || fields['coll'] === '')
    throw fail(51178, `${stage} requires a collection name`);
  if (fields['db'] !== undefined && typeof fields['db'] !== 'string')
    throw fail(16990, `${stage} requires the database name to be a string`);
  return { collection: fields['coll'], ...(typeof fields['db'] === 'string' ? { database: fields['db'] } : {}) };
}

function compileOut(specification: unknown): Output {
  if (typeof specification === 'string') return { kind: 'out', ...readTarget('$out', specification) };
  const { coll, db } = stageFields('$out', specification, ['db', 'coll'], []);
  return { kind: 'out', ...readTarget('$out', { coll, db }) };
}

type Resolve = (existing: Document, incoming: Document) => Document | undefined;

function compileMerge(specification: unknown, env: PipelineEnvironment): Output {
  const fields: Document =
    typeof specification === 'string'
      ? { into: specification }
      : stageFields('$merge', specification, ['into'], ['on', 'let', 'whenMatched', 'whenNotMatched']);
  const target = readTarget('$merge', fields['into']);
  const on = readOn(fields['on']);
  const whenMatched = fields['whenMatched'] ?? 'merge';
  if (fields['let'] !== undefined && !Array.isArray(whenMatched))
    throw fail(51199, `Cannot use 'let' variables with 'whenMatched: ${String(whenMatched)}' mode`);
  const matched = Array.isArray(whenMatched)
    ? pipelineMerge(whenMatched, fields['let'], env)
    : plainMerge(whenMatched, on);
  const unmatched = fields['whenNotMatched'] ?? 'insert';
  if (!['insert', 'discard', 'fail'].includes(unmatched as string)) {
    throw new CommandError(
      'BadValue',
      `Enumeration value '${String(unmatched)}' for field '$merge.whenNotMatched' is not a valid value.`,
    );
  }
  return {
    kind: 'merge',
    ...target,
    on,
    resolve: (existing, incoming) => {
      if (existing) return matched(existing, incoming);
      if (unmatched === 'fail')
        throw fail(
          13113,
          '$merge could not find a matching document in the target collection for at least one document in the source collection',
        );
      return unmatched === 'insert' ? incoming : undefined;
    },
  };
}

function readOn(value: unknown): string[] {
  if (value === undefined) return ['_id'];
  const list = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(list)) throw fail(51186, "$merge 'on' field must be either a string or an array of strings");
  if (list.length === 0) throw fail(51187, "If explicitly specifying $merge 'on', must include at least one field");
  for (const path of list) {
    if (typeof path !== 'string') throw fail(51134, "$merge 'on' array elements must be strings");
    pathParts(path);
  }
  if (new Set(list).size !== list.length) throw fail(31465, "Found a duplicate field in the $merge 'on' list");
  return list as string[];
}

function plainMerge(mode: unknown, _on: readonly string[]): Resolve {
  switch (mode) {
    case 'replace':
      return (existing, incoming) => ({ _id: existing['_id'], ...incoming });
    case 'keepExisting':
      return () => undefined;
    case 'merge':
      return (existing, incoming) => {
        const merged = { ...existing };
        for (const [name, value] of Object.entries(incoming)) setOwn(merged, name, value);
        return merged;
      };
    case 'fail':
      return () => {
        throw new CommandError(
          'DuplicateKey',
          "E11000 duplicate key error: $merge with whenMatched: 'fail' found a matching document",
        );
      };
    default:
      throw new CommandError(
        'BadValue',
        `Enumeration value '${String(mode)}' for field '$merge.whenMatched' is not a valid value.`,
      );
  }
}

/** The pipeline sees the stored document as its root and the incoming one as `$$new`. */
function pipelineMerge(pipeline: unknown[], variables: unknown, env: PipelineEnvironment): Resolve {
  const given = variables ?? { new: '$$ROOT' };
  if (!isDocument(given)) throw fail(14, "$merge 'let' must be an object");
  if (variables !== undefined && Object.hasOwn(given, 'new') && given['new'] !== '$$ROOT') {
    throw fail(51273, "'let' may not define a value for the reserved 'new' variable other than '$$ROOT'");
  }
  const scope = rootScope({ let: env.let, collation: env.collation, now: env.now });
  const bag = nestedBag(env.let);
  bag['new'] = null;
  const bindings: [string, Evaluate][] = Object.entries(given).map(([name, expression]) => {
    checkVariableName(name);
    bag[name] = null;
    return [name, compile(expression, scope)];
  });
  const update = compileUpdatePipeline(pipeline, { ...env, let: bag });
  return (existing, incoming) => {
    bag['new'] = incoming;
    for (const [name, evaluate] of bindings) bag[name] = evaluate([incoming]);
    return { _id: existing['_id'], ...update(existing) };
  };
}
