import { equalityKey } from '../bson/equality-key.ts';
import { CommandError } from '../errors.ts';
import { type Accumulator, type CompiledAccumulator, compileAccumulator } from './accumulators.ts';
import { comparer, compile, type Evaluate, type Frame, type Scope } from './compiler.ts';
import { type Document, fail, isDocument, setOwn } from './values.ts';

/** Finds the group of a key: by hash, and under a collation by comparison where the hash knows nothing yet. */
export class Groups<T> {
  readonly entries: { readonly key: unknown; readonly value: T }[] = [];
  private readonly byHash = new Map<unknown, T>();
  private readonly collated: ((a: unknown, b: unknown) => number) | undefined;
  private readonly create: () => T;

  constructor(scope: Scope, create: () => T) {
    this.collated = scope.shared.options.collation ? comparer(scope) : undefined;
    this.create = create;
  }

  at(key: unknown): T {
    const hash = equalityKey(key);
    let value = this.byHash.get(hash);
    if (value !== undefined) return value;
    const { collated } = this;
    value = collated && this.entries.find(entry => collated(entry.key, key) === 0)?.value;
    if (value === undefined) {
      value = this.create();
      this.entries.push({ key, value });
    }
    this.byHash.set(hash, value);
    return value;
  }
}

export interface Grouping {
  readonly fields: readonly string[];
  readonly parts: readonly CompiledAccumulator[];
}

/** The accumulators of `$group`, `$bucket` and their like, by output field. */
export function compileAccumulators(specification: Document, scope: Scope): Grouping {
  const fields = Object.keys(specification);
  for (const field of fields) {
    if (field.includes('.')) throw fail(40235, `The field name '${field}' cannot contain '.'`);
    if (field.startsWith('$')) throw fail(40236, `The field name '${field}' cannot be an operator name`);
  }
  return { fields, parts: fields.map(field => compileAccumulator(field, specification[field], scope)) };
}

export const startAll = ({ parts }: Grouping): Accumulator[] => parts.map(part => part.start());

export function addAll({ parts }: Grouping, group: Accumulator[], frame: Frame): void {
  for (let index = 0; index < parts.length; index += 1) {
    (group[index] as Accumulator).add((parts[index] as CompiledAccumulator).input(frame));
  }
}

export function writeAll({ fields }: Grouping, group: Accumulator[], result: Document): Document {
  for (let index = 0; index < fields.length; index += 1) {
    setOwn(result, fields[index] as string, group[index]?.result() ?? null);
  }
  return result;
}

/** `$group`: one document for each distinct `_id`, in order of first appearance. */
export function compileGroup(specification: unknown, scope: Scope): (source: Iterable<Document>) => Iterable<Document> {
  if (!isDocument(specification)) throw fail(15947, "a group's fields must be specified in an object");
  if (!Object.hasOwn(specification, '_id')) throw fail(15955, 'a group specification must include an _id');
  const { _id: id, ...rest } = specification;
  const key: Evaluate = compile(id, scope);
  const grouping = compileAccumulators(rest, scope);
  return function* group(source) {
    const frame: Frame = new Array(scope.shared.count).fill(undefined);
    const groups = new Groups<Accumulator[]>(scope, () => startAll(grouping));
    for (const document of source) {
      frame[0] = document;
      addAll(grouping, groups.at(key(frame) ?? null), frame);
    }
    for (const { key: value, value: group } of groups.entries) yield writeAll(grouping, group, { _id: value });
  };
}

export const notAnObject = (stage: string, value: unknown): CommandError =>
  new CommandError('FailedToParse', `the ${stage} stage specification must be an object, got ${typeof value}`);
