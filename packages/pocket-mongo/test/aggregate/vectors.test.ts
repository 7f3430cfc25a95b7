import { readdirSync, readFileSync } from 'node:fs';
import { EJSON, serialize } from 'bson';
import { test } from 'tap';
import { compileExpression } from '../../src/aggregate/expression.ts';
import { operatorNames } from '../../src/aggregate/operators/registry.ts';
import { decodeDocument } from '../../src/bson/decode.ts';
import { CommandError } from '../../src/errors.ts';

/**
 * Each vector says what an expression yields for a document: `is` the value down to its type, `missing` no value at all, or
 * `fails` with that code of MongoDB. Values are canonical Extended JSON, so 1 is an int32 and 1.0 is written out.
 */
interface Vector {
  readonly of: unknown;
  readonly in?: Record<string, unknown>;
  readonly is?: unknown;
  readonly missing?: true;
  readonly fails?: number;
}

const folder = new URL('vectors/', import.meta.url);
const files = readdirSync(folder).filter(name => name.endsWith('.json'));

/** Decoded the way documents and commands arrive from the wire. */
function arrive(text: string): Vector[] {
  const { vectors } = decodeDocument(serialize({ vectors: EJSON.parse(text, { relaxed: false }) as unknown[] }));
  return vectors as Vector[];
}

const written = (value: unknown): string => EJSON.stringify({ value }, { relaxed: false });

function outcome(vector: Vector): string {
  try {
    const value = compileExpression(vector.of)(vector.in ?? {});
    return value === undefined ? 'missing' : written(value);
  } catch (error) {
    return error instanceof CommandError ? `fails with ${error.code}` : String(error);
  }
}

function expected(vector: Vector): string {
  if (vector.missing) return 'missing';
  return vector.fails === undefined ? written(vector.is) : `fails with ${vector.fails}`;
}

let count = 0;
const used = new Set<string>();

for (const file of files) {
  const text = readFileSync(new URL(file, folder), 'utf8');
  for (const [, name] of text.matchAll(/"(\$[a-zA-Z0-9]+)"/g)) used.add(name as string);
  test(`expressions over ${file.replace('.json', '')}`, async t => {
    for (const vector of arrive(text)) {
      count += 1;
      t.equal(outcome(vector), expected(vector), EJSON.stringify(vector));
    }
  });
}

test('the table covers every operator there is', async t => {
  t.ok(count >= 250, `${count} vectors`);
  // A random number has no expected value; these two are other names of operators above.
  const without = new Set(['$rand', '$const', '$expr']);
  t.same(
    operatorNames().filter(name => !used.has(name) && !without.has(name)),
    [],
  );
});
