import { CommandError } from '../../errors.ts';
import { sortDocuments } from '../../query/sort.ts';
import { comparer, compile, type Evaluate, type Frame, pathParts, type Scope } from '../compiler.ts';
import type { PipelineEnvironment, Stage } from '../environment.ts';
import { Groups } from '../group.ts';
import { type Document, fail, isDocument } from '../values.ts';
import { compileWindowFunction } from '../window-functions.ts';
import { defineStage, stageFields } from './registry.ts';
import { setPath } from './reshape.ts';
import { scopeOf } from './scope.ts';

const refusal = (message: string): CommandError => new CommandError('FailedToParse', message);

/** `$setWindowFields`: per partition, in order, every document learns something about its neighbours. */
function windowStage(specification: unknown, env: PipelineEnvironment): Stage {
  const fields = stageFields('$setWindowFields', specification, ['output'], ['partitionBy', 'sortBy']);
  const { sortBy, output } = fields;
  if (sortBy !== undefined && !isDocument(sortBy)) throw refusal("$setWindowFields 'sortBy' must be an object");
  if (!isDocument(output)) throw refusal("$setWindowFields 'output' must be an object");
  const scope = scopeOf(env);
  const partitionBy = compile(fields['partitionBy'] ?? null, scope);
  const columns = Object.entries(output).map(([path, column]) => ({
    parts: pathParts(path),
    compute: compileWindowFunction(path, column, sortBy, scope),
  }));
  return function* setWindowFields(source) {
    for (const partition of partitions(source, partitionBy, scope)) {
      const rows = sortBy ? sortDocuments(partition, sortBy, { collation: env.collation }) : partition;
      const computed = columns.map(({ compute }) => compute(rows));
      for (const [index, row] of rows.entries()) {
        let result = row;
        columns.forEach(({ parts }, column) => {
          result = setPath(result, parts, computed[column]?.[index] ?? null);
        });
        yield result;
      }
    }
  };
}

/** The documents by partition, partitions in the order of their keys. */
function partitions(source: Iterable<Document>, key: Evaluate, scope: Scope): Document[][] {
  const frame: Frame = [];
  const groups = new Groups<Document[]>(scope, () => []);
  for (const document of source) {
    frame[0] = document;
    const value = key(frame) ?? null;
    if (Array.isArray(value))
      throw new CommandError('TypeMismatch', 'An expression used to partition cannot evaluate to value of type array');
    groups.at(value).push(document);
  }
  const compare = comparer(scope);
  return groups.entries.toSorted((a, b) => compare(a.key, b.key)).map(entry => entry.value);
}

defineStage('$setWindowFields', windowStage);

/** `$fill` is a window for values carried or interpolated, then a default for what is still null. */
defineStage('$fill', (specification, env) => {
  const fields = stageFields('$fill', specification, ['output'], ['partitionBy', 'partitionByFields', 'sortBy']);
  const { output, sortBy, partitionBy, partitionByFields } = fields;
  if (!isDocument(output) || Object.keys(output).length === 0)
    throw refusal("$fill 'output' must be a non-empty object");
  if (partitionBy !== undefined && partitionByFields !== undefined) {
    throw fail(6050204, "Maximum one of 'partitionBy' and 'partitionByFields can be specified in '$fill'");
  }
  const window: Document = {};
  const defaults: Document = {};
  for (const [path, how] of Object.entries(output)) {
    if (!isDocument(how) || Object.keys(how).length !== 1)
      throw refusal(`$fill output '${path}' takes one of 'value' and 'method'`);
    if (Object.hasOwn(how, 'value')) defaults[path] = { $ifNull: [`$${path}`, how['value']] };
    else if (how['method'] === 'locf') window[path] = { $locf: `$${path}` };
    else if (how['method'] === 'linear') window[path] = { $linearFill: `$${path}` };
    else throw fail(6050202, `Method must be either 'locf' or 'linear', found ${JSON.stringify(how)}`);
  }
  if (Object.keys(window).length > 0 && sortBy === undefined) throw refusal("$fill with a 'method' needs 'sortBy'");
  const stages: Stage[] = [];
  if (Object.keys(window).length > 0) {
    stages.push(
      windowStage(
        {
          ...(sortBy === undefined ? {} : { sortBy }),
          partitionBy: partitionKey(partitionBy, partitionByFields),
          output: window,
        },
        env,
      ),
    );
  }
  if (Object.keys(defaults).length > 0) stages.push(addDefaults(defaults, env));
  return source => stages.reduce((documents, stage) => stage(documents), source);
});

function addDefaults(defaults: Document, env: PipelineEnvironment): Stage {
  const scope = scopeOf(env);
  const values = Object.entries(defaults).map(
    ([path, expression]) => [pathParts(path), compile(expression, scope)] as const,
  );
  return function* fillDefaults(source) {
    const frame: Frame = [];
    for (const document of source) {
      frame[0] = document;
      yield values.reduce((result, [parts, value]) => setPath(result, parts, value(frame) ?? null), document);
    }
  };
}

function partitionKey(partitionBy: unknown, fields: unknown): unknown {
  if (fields === undefined) return partitionBy ?? null;
  if (!Array.isArray(fields) || !fields.every(field => typeof field === 'string')) {
    throw refusal("'partitionByFields' must be an array of field names");
  }
  return Object.fromEntries(fields.map((field, index) => [`key${index}`, `$${field}`]));
}
