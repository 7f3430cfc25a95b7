import { equalityKey } from '../bson/equality-key.ts';
import { typeName } from '../bson/types.ts';
import { CommandError, unsupported } from '../errors.ts';
import { compileSort } from '../query/sort.ts';
import { Sum } from './arithmetic.ts';
import { comparer, compile, constant, constantOf, type Evaluate, type Scope } from './compiler.ts';
import { countOf, namedFields } from './operators/registry.ts';
import {
  asNumber,
  type Document,
  fail,
  isDocument,
  isNullish,
  isNumber,
  kindOf,
  kinds,
  makeDouble,
  setOwn,
} from './values.ts';

/** Gathers the values of one group. */
export interface Accumulator {
  add(value: unknown): void;
  result(): unknown;
}

export interface CompiledAccumulator {
  readonly input: Evaluate;
  readonly start: () => Accumulator;
}

export type AccumulatorFactory = (argument: unknown, scope: Scope) => CompiledAccumulator;

export const accumulators = new Map<string, AccumulatorFactory>();

/** An accumulator whose whole argument is one expression. */
function simple(name: string, start: (scope: Scope) => Accumulator): void {
  accumulators.set(name, (argument, scope) => ({
    input: Array.isArray(argument) && argument.length === 1 ? compile(argument[0], scope) : compile(argument, scope),
    start: () => start(scope),
  }));
}

simple('$sum', () => new Sum());

simple('$avg', () => {
  const sum = new Sum();
  let count = 0;
  return {
    add: value => {
      if (!isNumber(value)) return;
      sum.add(value);
      count += 1;
    },
    result: () => sum.average(count),
  };
});

function extreme(name: string, sign: 1 | -1): void {
  simple(name, scope => {
    const compare = comparer(scope);
    let best: unknown;
    return {
      add: value => {
        if (isNullish(value)) return;
        if (best === undefined || sign * compare(value, best) < 0) best = value;
      },
      result: () => best ?? null,
    };
  });
}

extreme('$min', 1);
extreme('$max', -1);

simple('$first', () => {
  let seen = false;
  let first: unknown;
  return {
    add: value => {
      if (!seen) first = value;
      seen = true;
    },
    result: () => first ?? null,
  };
});

simple('$last', () => {
  let last: unknown;
  return {
    add: value => {
      last = value;
    },
    result: () => last ?? null,
  };
});

simple('$push', () => {
  const values: unknown[] = [];
  return {
    add: value => {
      if (value !== undefined) values.push(value);
    },
    result: () => values,
  };
});

simple('$addToSet', scope => new ValueSet(comparer(scope), scope.shared.options.collation !== undefined));

/** Distinct values in order of arrival; a hash finds equal ones, and a collation may join more of them. */
class ValueSet implements Accumulator {
  private readonly keys = new Set<unknown>();
  private readonly values: unknown[] = [];
  private readonly compare: (a: unknown, b: unknown) => number;
  private readonly collated: boolean;

  constructor(compare: (a: unknown, b: unknown) => number, collated: boolean) {
    this.compare = compare;
    this.collated = collated;
  }

  add(value: unknown): void {
    if (value === undefined) return;
    const key = equalityKey(value);
    if (this.keys.has(key)) return;
    this.keys.add(key);
    if (this.collated && this.values.some(other => this.compare(other, value) === 0)) return;
    this.values.push(value);
  }

  result(): unknown[] {
    return this.values;
  }
}

simple('$mergeObjects', () => {
  const merged: Document = {};
  return {
    add: value => {
      if (isNullish(value)) return;
      if (!isDocument(value))
        throw fail(
          40400,
          `$mergeObjects requires object inputs, but input ${String(value)} is of type ${typeName(value)}`,
        );
      for (const [key, content] of Object.entries(value)) setOwn(merged, key, content);
    },
    result: () => merged,
  };
});

simple('$concatArrays', () => {
  const joined: unknown[] = [];
  return {
    add: value => {
      if (value === undefined) return;
      if (!Array.isArray(value))
        throw new CommandError(
          'TypeMismatch',
          `$concatArrays requires array inputs, but input is of type ${typeName(value)}`,
        );
      for (const element of value) joined.push(element);
    },
    result: () => joined,
  };
});

accumulators.set('$count', argument => {
  if (!isDocument(argument) || Object.keys(argument).length > 0) {
    throw new CommandError('TypeMismatch', '$count takes no arguments, i.e. $count:{}');
  }
  return { input: constant(1), start: () => new Sum() };
});

/** Welford's method: one pass, and no loss where a small spread lies around a large mean. */
function deviation(name: string, divisor: (count: number) => number): void {
  simple(name, () => {
    let count = 0;
    let mean = 0;
    let squares = 0;
    return {
      add: value => {
        if (!isNumber(value)) return;
        const number = asNumber(value);
        count += 1;
        const delta = number - mean;
        mean += delta / count;
        squares += delta * (number - mean);
      },
      result: () => (divisor(count) > 0 ? makeDouble(Math.sqrt(squares / divisor(count))) : null),
    };
  });
}

deviation('$stdDevPop', count => count);
deviation('$stdDevSamp', count => count - 1);

function constantCount(name: string, expression: unknown, scope: Scope): number {
  const known = constantOf(compile(expression, scope));
  if (!known) throw unsupported(`an 'n' of ${name} that depends on the group`);
  return countOf(name, known.value);
}

/** `$firstN` and `$lastN` keep a window; `$minN` and `$maxN` keep the best, in order. */
function several(
  name: string,
  keep: (values: unknown[], n: number, scope: Scope) => void,
  skipsNullish: boolean,
): void {
  accumulators.set(name, (argument, scope) => {
    const fields = namedFields(name, argument, ['input', 'n'], []);
    const n = constantCount(name, fields['n'], scope);
    return {
      input: compile(fields['input'], scope),
      start: () => {
        const values: unknown[] = [];
        return {
          add: value => {
            if (skipsNullish && isNullish(value)) return;
            values.push(value ?? null);
            if (values.length > n) keep(values, n, scope);
          },
          result: () => (skipsNullish ? finish(values) : values),
        };
        function finish(list: unknown[]): unknown[] {
          keep(list, n, scope);
          return list;
        }
      },
    };
  });
}

several('$firstN', (values, n) => values.splice(n), false);
several('$lastN', (values, n) => values.splice(0, values.length - n), false);
several('$minN', (values, n, scope) => values.sort(comparer(scope)).splice(n), true);
several(
  '$maxN',
  (values, n, scope) => {
    const compare = comparer(scope);
    values.sort((a, b) => compare(b, a)).splice(n);
  },
  true,
);

interface Ranked {
  readonly document: Document;
  readonly output: unknown;
}

function ranked(name: string, single: boolean, fromBottom: boolean): void {
  accumulators.set(name, (argument, scope) => {
    const fields = namedFields(name, argument, single ? ['sortBy', 'output'] : ['sortBy', 'output', 'n'], []);
    const n = single ? 1 : constantCount(name, fields['n'], scope);
    if (!isDocument(fields['sortBy'])) throw fail(5788604, `${name} requires 'sortBy' to be an object`);
    const order = compileSort(fields['sortBy'], { collation: scope.shared.options.collation });
    const output = compile(fields['output'], scope);
    const compare = (a: Ranked, b: Ranked): number => order(a.document, b.document);
    return {
      input: frame => ({ document: frame[0] as Document, output: output(frame) ?? null }) satisfies Ranked,
      start: () => {
        let kept: Ranked[] = [];
        const trim = (): void => {
          kept.sort(compare);
          kept = fromBottom ? kept.slice(-n) : kept.slice(0, n);
        };
        return {
          add: value => {
            kept.push(value as Ranked);
            if (kept.length >= 2 * n + 16) trim();
          },
          result: () => {
            trim();
            const values = kept.map(entry => entry.output);
            return single ? (values[0] ?? null) : values;
          },
        };
      },
    };
  });
}

ranked('$top', true, false);
ranked('$topN', false, false);
ranked('$bottom', true, true);
ranked('$bottomN', false, true);

function percentiles(name: '$median' | '$percentile'): void {
  accumulators.set(name, (argument, scope) => {
    const fields = namedFields(name, argument, name === '$median' ? ['input', 'method'] : ['input', 'p', 'method'], []);
    if (fields['method'] !== 'approximate')
      throw new CommandError('BadValue', "Currently only 'approximate' can be used as percentile 'method'.");
    const points = name === '$median' ? [0.5] : readPoints(constantOf(compile(fields['p'], scope))?.value);
    return {
      input: compile(fields['input'], scope),
      start: () => {
        const values: number[] = [];
        return {
          add: value => {
            if (isNumber(value) && kindOf(value) !== kinds.none && !Number.isNaN(asNumber(value)))
              values.push(asNumber(value));
          },
          result: () => {
            const sorted = values.sort((a, b) => a - b);
            const at = (p: number): unknown =>
              sorted.length === 0 ? null : makeDouble(sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] as number);
            return name === '$median' ? at(0.5) : points.map(at);
          },
        };
      },
    };
  });
}

function readPoints(value: unknown): number[] {
  if (!Array.isArray(value) || value.length === 0)
    throw fail(7750301, "The $percentile 'p' field must be an array of numbers from [0.0, 1.0]");
  return value.map(point => {
    const number = asNumber(point);
    if (!isNumber(point) || !(number >= 0 && number <= 1))
      throw fail(7750303, "The $percentile 'p' field must be an array of numbers from [0.0, 1.0]");
    return number;
  });
}

percentiles('$median');
percentiles('$percentile');

/** Compiles `{ $sum: … }` in the place of an accumulator. */
export function compileAccumulator(field: string, specification: unknown, scope: Scope): CompiledAccumulator {
  if (!isDocument(specification)) throw fail(40234, `The field '${field}' must be an accumulator object`);
  const [name, ...more] = Object.keys(specification);
  if (name === undefined || more.length > 0) throw fail(40238, `The field '${field}' must specify one accumulator`);
  const factory = accumulators.get(name);
  if (factory) return factory(specification[name], scope);
  if (name === '$accumulator' || name === '$function') throw unsupported(name);
  throw fail(15952, `unknown group operator '${name}'`);
}
