import { isDeepStrictEqual } from 'node:util';
import { test } from 'tap';
import { deepFreeze } from '../../src/bson/clone.ts';
import type { Document } from '../../src/bson/types.ts';
import { compileUpdate } from '../../src/update/compile-update.ts';
import { Random } from '../bson/random-values.ts';

const cases = Number(process.env['POCKET_UPDATE_CASES'] ?? 4_000);
const refused = Symbol('refused');

/**
 * The simplest thing each operator could be: it edits a copy in place, knows only small integers and arrays of them, and is written without
 * a look at the real one.
 */
const models: Record<string, (holder: Document, name: string, operand: never) => void> = {
  $set: (holder, name, operand: unknown) => {
    holder[name] = operand;
  },
  $unset: (holder, name) => {
    delete holder[name];
  },
  $inc: (holder, name, operand: number) => {
    if (name in holder && typeof holder[name] !== 'number') throw refused;
    holder[name] = ((holder[name] as number | undefined) ?? 0) + operand;
  },
  $mul: (holder, name, operand: number) => {
    if (name in holder && typeof holder[name] !== 'number') throw refused;
    holder[name] = name in holder ? (holder[name] as number) * operand + 0 : 0;
  },
  $min: (holder, name, operand: number) => {
    if (!(name in holder) || Array.isArray(holder[name]) || operand < (holder[name] as number)) holder[name] = operand;
  },
  $max: (holder, name, operand: number) => {
    if (!(name in holder) || (!Array.isArray(holder[name]) && operand > (holder[name] as number)))
      holder[name] = operand;
  },
  $push: (holder, name, operand: { $each: number[]; $position?: number; $sort?: number; $slice?: number }) => {
    const list = arrayIn(holder, name);
    const position = operand.$position ?? list.length;
    const head = position < 0 ? list.slice(0, position) : list.slice(0, position);
    let result = [...head, ...operand.$each, ...list.slice(head.length)];
    if (operand.$sort) result = result.toSorted((a, b) => (a - b) * operand.$sort!);
    if (operand.$slice !== undefined) {
      const keep = operand.$slice;
      result = result.filter((_, i) => (keep >= 0 ? i < keep : i >= result.length + keep));
    }
    holder[name] = result;
  },
  $addToSet: (holder, name, operand: { $each: number[] }) => {
    holder[name] = arrayIn(holder, name).concat(
      [...new Set(operand.$each)].filter(item => !arrayIn(holder, name).includes(item)),
    );
  },
  $pull: (holder, name, operand: number | { $gte: number }) => {
    if (!(name in holder)) return;
    holder[name] = arrayIn(holder, name).filter(item =>
      typeof operand === 'number' ? item !== operand : item < operand.$gte,
    );
  },
  $pullAll: (holder, name, operand: number[]) => {
    if (name in holder) holder[name] = arrayIn(holder, name).filter(item => !operand.includes(item));
  },
  $pop: (holder, name, operand: 1 | -1) => {
    if (!(name in holder)) return;
    const list = arrayIn(holder, name).slice();
    if (operand === 1) list.pop();
    else list.shift();
    holder[name] = list;
  },
  $bit: (holder, name, operand: { and?: number; or?: number; xor?: number }) => {
    if (name in holder && typeof holder[name] !== 'number') throw refused;
    const value = (holder[name] as number | undefined) ?? 0;
    holder[name] =
      operand.and !== undefined
        ? value & operand.and
        : operand.or !== undefined
          ? value | operand.or
          : value ^ operand.xor!;
  },
};

function arrayIn(holder: Document, name: string): number[] {
  if (!(name in holder)) return [];
  if (!Array.isArray(holder[name])) throw refused;
  return holder[name] as number[];
}

function randomOperand(operator: string, random: Random): unknown {
  const number = () => random.below(9) - 4;
  const numbers = () => Array.from({ length: random.below(4) }, number);
  switch (operator) {
    case '$push': {
      const operand: Document = { $each: numbers() };
      if (random.chance(2)) operand['$position'] = number();
      if (random.chance(3)) operand['$sort'] = random.pick([1, -1]);
      if (random.chance(3)) operand['$slice'] = number();
      return operand;
    }
    case '$addToSet':
      return { $each: numbers() };
    case '$pullAll':
      return numbers();
    case '$pull':
      return random.chance(2) ? number() : { $gte: number() };
    case '$pop':
      return random.pick([1, -1]);
    case '$bit':
      return { [random.pick(['and', 'or', 'xor'])]: number() };
    case '$set':
      return random.chance(2) ? number() : numbers();
    default:
      return number();
  }
}

function randomDocument(random: Random): Document {
  const holder = (): Document => {
    const fields: Document = {};
    for (const name of ['a', 'b', 'c', 'd']) {
      if (random.chance(4)) continue;
      fields[name] = random.chance(2)
        ? random.below(9) - 4
        : Array.from({ length: random.below(5) }, () => random.below(9) - 4);
    }
    return fields;
  };
  return { _id: 1, ...holder(), in: holder(), list: [holder(), holder()] };
}

function holderOf(document: Document, prefix: string): Document {
  if (prefix === '') return document;
  if (prefix === 'in.') return document['in'] as Document;
  return (document['list'] as Document[])[Number(prefix.at(-2))]!;
}

function expected(document: Document, update: Record<string, Document>): Document | typeof refused {
  const copy = structuredClone(document);
  try {
    for (const [operator, fields] of Object.entries(update)) {
      for (const [path, operand] of Object.entries(fields)) {
        const prefix = path.slice(0, path.lastIndexOf('.') + 1);
        models[operator]!(holderOf(copy, prefix), path.slice(prefix.length), operand as never);
      }
    }
  } catch (error) {
    if (error === refused) return refused;
    throw error;
  }
  return copy;
}

test('updates do what a naive model does, for thousands of random ones', async t => {
  const random = new Random(Number(process.env['POCKET_SEED'] ?? 4711));
  const operators = Object.keys(models);
  let changed = 0;
  let refusals = 0;
  for (let n = 0; n < cases; n += 1) {
    const document = deepFreeze(randomDocument(random));
    const update: Record<string, Document> = {};
    const paths = new Set<string>();
    for (let i = random.below(4); i >= 0; i -= 1) {
      const path = random.pick(['', 'in.', 'list.0.', 'list.1.']) + random.pick(['a', 'b', 'c', 'd', 'new']);
      if (paths.has(path)) continue;
      paths.add(path);
      const operator = random.pick(operators);
      update[operator] = { ...update[operator], [path]: randomOperand(operator, random) };
    }
    const wanted = expected(document, update);
    let got: Document | typeof refused;
    try {
      got = compileUpdate(update).apply(document, { now: new Date(0) });
    } catch {
      got = refused;
    }
    if (got === refused) refusals += 1;
    else if (got !== document) changed += 1;
    const problem = !isDeepStrictEqual(got, wanted)
      ? 'differs from the model'
      : got !== document && isDeepStrictEqual(got, document)
        ? 'is a needless copy'
        : undefined;
    if (problem)
      t.fail(`case ${n}: the result ${problem}`, {
        document,
        update,
        got: got === refused ? 'refused' : got,
        wanted: wanted === refused ? 'refused' : wanted,
      });
  }
  t.ok(changed > cases / 3, `${changed} of ${cases} changed the document`);
  t.ok(refusals > cases / 20, `${refusals} were refused by both`);
});
