import { CommandError } from '../errors.ts';
import { compileSort } from '../query/sort.ts';
import { accumulators, compileAccumulator } from './accumulators.ts';
import { addNumbers, multiplyNumbers, subtractNumbers } from './arithmetic.ts';
import { compile, constantOf, descend, type Evaluate, type Frame, pathParts, type Scope } from './compiler.ts';
import { lengths, readUnit } from './dates/calendar.ts';
import { shiftMoment } from './dates/shift.ts';
import { utcZone } from './dates/zone.ts';
import { namedFields } from './operators/registry.ts';
import { asNumber, type Document, fail, isDocument, isNullish, isNumber, makeDouble } from './values.ts';

/** Computes one output column for all rows of a partition in their order. */
export type WindowFunction = (rows: readonly Document[]) => unknown[];

type Bounds = (rows: readonly Document[]) => (index: number) => readonly [from: number, to: number];
type SortPattern = Document | undefined;

const refusal = (message: string): CommandError => new CommandError('FailedToParse', message);

/** Compiles `{ $function: argument, window: … }`. */
export function compileWindowFunction(
  path: string,
  column: unknown,
  sortBy: SortPattern,
  scope: Scope,
): WindowFunction {
  if (!isDocument(column)) throw refusal(`The field '${path}' must be a window function object`);
  const names = Object.keys(column).filter(name => name.startsWith('$'));
  const [name] = names;
  if (name === undefined || names.length > 1)
    throw refusal(`Expected exactly one window function for the field '${path}'`);
  for (const key of Object.keys(column)) {
    if (key !== name && key !== 'window') throw refusal(`Window function found an unknown argument: ${key}`);
  }
  const window = column['window'];
  const unbounded = unboundedFunctions[name];
  if (unbounded) {
    if (window !== undefined) throw refusal(`'window' is not allowed for ${name}`);
    return unbounded(column[name], sortBy, scope, name);
  }
  const bounds = compileBounds(window, sortBy);
  const overTime = timeFunctions[name];
  if (overTime) {
    if (window === undefined) throw refusal(`${name} requires explicit window bounds`);
    return overTime(column[name], bounds, requireSort(name, sortBy), scope, name);
  }
  const covariance = covariances[name];
  if (covariance !== undefined) return covarianceOver(column[name], bounds, covariance, scope);
  if (!accumulators.has(name)) throw refusal(`Unrecognized window function, ${name}`);
  return accumulate(path, { [name]: column[name] }, window, bounds, scope);
}

/** An ordinary accumulator over the window of each row. */
function accumulate(
  path: string,
  specification: Document,
  window: unknown,
  bounds: Bounds,
  scope: Scope,
): WindowFunction {
  const { input, start } = compileAccumulator(path, specification, scope);
  const grows =
    window === undefined ||
    (isDocument(window) && Array.isArray(window['documents']) && window['documents'][0] === 'unbounded');
  return rows => {
    const values = evaluateAll(rows, input);
    const boundsAt = bounds(rows);
    let running = start();
    let [done, result]: [number, unknown] = [0, undefined];
    return rows.map((_row, index) => {
      const [from, to] = boundsAt(index);
      if (!grows) {
        running = start();
        for (let at = from; at < to; at += 1) running.add(values[at]);
        return running.result();
      }
      // A window that only grows is gathered once, not once for each row.
      if (to > done || result === undefined) {
        for (; done < to; done += 1) running.add(values[done]);
        result = copyOf(running.result());
      }
      return result;
    });
  };
}

const copyOf = (value: unknown): unknown =>
  Array.isArray(value) ? [...value] : isDocument(value) ? { ...value } : value;

function evaluateAll(rows: readonly Document[], evaluate: Evaluate): unknown[] {
  const frame: Frame = [];
  return rows.map(row => {
    frame[0] = row;
    return evaluate(frame);
  });
}

/** The single sort field as a number line: dates in milliseconds, numbers as they are. */
function sortLine(name: string, rows: readonly Document[], sortBy: Document): number[] {
  const parts = pathParts(Object.keys(sortBy)[0] ?? '');
  return rows.map(row => {
    const value = descend(row, parts, 0);
    if (value instanceof Date) return value.getTime();
    if (!isNumber(value)) throw fail(5429513, `${name} needs a number or date in the sortBy field of every document`);
    return asNumber(value);
  });
}

function requireSort(name: string, sortBy: SortPattern): Document {
  if (!sortBy || Object.keys(sortBy).length !== 1)
    throw fail(5371602, `${name} requires a sortBy with exactly one field`);
  return sortBy;
}

function compileBounds(window: unknown, sortBy: SortPattern): Bounds {
  if (window === undefined) return rows => () => [0, rows.length];
  if (!isDocument(window)) throw refusal("'window' field must be an object");
  for (const key of Object.keys(window)) {
    if (!['documents', 'range', 'unit'].includes(key)) throw refusal(`'window' field that is unknown: ${key}`);
  }
  const { documents, range, unit } = window;
  if ((documents === undefined) === (range === undefined))
    throw refusal("'window' takes one of 'documents' and 'range'");
  const pair = documents ?? range;
  if (!Array.isArray(pair) || pair.length !== 2) throw refusal('Window bounds must be a 2-element array');
  const [low, high] = pair as [unknown, unknown];
  for (const bound of pair) {
    if (bound !== 'unbounded' && bound !== 'current' && !isNumber(bound))
      throw refusal(`Window bounds must be 'unbounded', 'current' or a number`);
  }
  if (!sortBy && !(low === 'unbounded' && high === 'unbounded'))
    throw fail(5339901, `'${documents ? 'Document' : 'Range'}-based bounds require a sortBy`);
  const offset = (bound: unknown): number => (bound === 'current' ? 0 : asNumber(bound));
  if (isNumber(low) && isNumber(high) && offset(low) > offset(high))
    throw fail(5339900, 'Lower bound must not exceed upper bound');
  if (documents !== undefined) {
    if (unit !== undefined) throw refusal("Window bounds can only specify 'unit' with range-based bounds.");
    for (const bound of pair)
      if (isNumber(bound) && !Number.isInteger(asNumber(bound)))
        throw refusal('Numeric document-based bounds must be an integer');
    return rows => index => [
      low === 'unbounded' ? 0 : Math.min(Math.max(0, index + offset(low)), rows.length),
      high === 'unbounded' ? rows.length : Math.min(Math.max(0, index + offset(high) + 1), rows.length),
    ];
  }
  const sort = requireSort('A range-based window', sortBy);
  if (asNumber(Object.values(sort)[0]) !== 1) throw fail(8947401, 'Range-based bounds require an ascending sortBy');
  const step = unit === undefined ? undefined : readUnit('window', unit);
  const reach = (value: number, bound: unknown): number =>
    bound === 'unbounded' ? 0 : step ? shiftMoment(value, step, offset(bound), utcZone) : value + offset(bound);
  return rows => {
    const line = sortLine('A range-based window', rows, sort);
    return index => {
      const value = line[index] as number;
      const [least, most] = [reach(value, low), reach(value, high)];
      return [
        low === 'unbounded' ? 0 : firstIndex(line, other => other >= least),
        high === 'unbounded' ? rows.length : firstIndex(line, other => other > most),
      ];
    };
  };
}

/** The first index of an ascending line where the condition begins to hold, or its length. */
function firstIndex(line: readonly number[], holds: (value: number) => boolean): number {
  let [low, high] = [0, line.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(line[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

type TimeFunction = (argument: unknown, bounds: Bounds, sortBy: Document, scope: Scope, name: string) => WindowFunction;

function timeInput(name: string, argument: unknown, scope: Scope): { input: Evaluate; length: number } {
  const fields = namedFields(name, argument, ['input'], ['unit']);
  const unit = fields['unit'] === undefined ? undefined : readUnit(name, fields['unit']);
  if (unit === 'year' || unit === 'quarter' || unit === 'month')
    throw fail(5490704, `unit must be 'week' or smaller in ${name}`);
  return { input: compile(fields['input'], scope), length: unit ? lengths[unit] : 1 };
}

const timeFunctions: Record<string, TimeFunction> = {
  $derivative: (argument, bounds, sortBy, scope, name) => {
    const { input, length } = timeInput(name, argument, scope);
    return rows => {
      const values = evaluateAll(rows, input);
      const line = sortLine(name, rows, sortBy);
      const boundsAt = bounds(rows);
      return rows.map((_row, index) => {
        const [from, to] = boundsAt(index);
        if (to - from < 2) return null;
        const rise = asNumber(subtractNumbers(values[to - 1], values[from]));
        const run = ((line[to - 1] as number) - (line[from] as number)) / length;
        return run === 0 ? null : makeDouble(rise / run);
      });
    };
  },
  $integral: (argument, bounds, sortBy, scope, name) => {
    const { input, length } = timeInput(name, argument, scope);
    return rows => {
      const values = evaluateAll(rows, input).map(asNumber);
      const line = sortLine(name, rows, sortBy);
      const boundsAt = bounds(rows);
      return rows.map((_row, index) => {
        const [from, to] = boundsAt(index);
        let area = 0;
        for (let at = from + 1; at < to; at += 1) {
          const width = ((line[at] as number) - (line[at - 1] as number)) / length;
          area += (((values[at] as number) + (values[at - 1] as number)) / 2) * width;
        }
        return to > from ? makeDouble(area) : null;
      });
    };
  },
};

const covariances: Record<string, 0 | 1> = { $covariancePop: 0, $covarianceSamp: 1 };

function covarianceOver(argument: unknown, bounds: Bounds, less: 0 | 1, scope: Scope): WindowFunction {
  if (!Array.isArray(argument) || argument.length !== 2)
    throw refusal('A covariance takes an array of two expressions');
  const [x, y] = argument.map(part => compile(part, scope)) as [Evaluate, Evaluate];
  return rows => {
    const [xs, ys] = [evaluateAll(rows, x), evaluateAll(rows, y)];
    const boundsAt = bounds(rows);
    return rows.map((_row, index) => {
      const [from, to] = boundsAt(index);
      let [count, meanX, meanY, moment] = [0, 0, 0, 0];
      for (let at = from; at < to; at += 1) {
        if (!isNumber(xs[at]) || !isNumber(ys[at])) continue;
        count += 1;
        const deltaX = asNumber(xs[at]) - meanX;
        meanX += deltaX / count;
        meanY += (asNumber(ys[at]) - meanY) / count;
        moment += deltaX * (asNumber(ys[at]) - meanY);
      }
      return count - less > 0 ? makeDouble(moment / (count - less)) : null;
    });
  };
}

type UnboundedFunction = (argument: unknown, sortBy: SortPattern, scope: Scope, name: string) => WindowFunction;

/** The position of each row; `next` says how a new value continues the count after `ties` equal rows. */
function ranking(next: (rank: number, ties: number) => number): UnboundedFunction {
  return (argument, sortBy, scope, name) => {
    if (!isDocument(argument) || Object.keys(argument).length > 0)
      throw fail(5371603, `${name} must be specified with '{}' as the value`);
    const compare = compileSort(requireSort(name, sortBy), { collation: scope.shared.options.collation });
    return rows => {
      let [rank, ties] = [0, 1];
      return rows.map((row, index) => {
        if (index > 0 && compare(rows[index - 1] as Document, row) === 0) ties += 1;
        else {
          rank = index === 0 ? 1 : next(rank, ties);
          ties = 1;
        }
        return rank;
      });
    };
  };
}

const unboundedFunctions: Record<string, UnboundedFunction> = {
  $rank: ranking((rank, ties) => rank + ties),
  $denseRank: ranking(rank => rank + 1),
  $documentNumber: (argument, sortBy, _scope, name) => {
    if (!isDocument(argument) || Object.keys(argument).length > 0)
      throw fail(5371603, `${name} must be specified with '{}' as the value`);
    if (!sortBy) throw fail(5371602, `${name} requires a sortBy`);
    return rows => rows.map((_row, index) => index + 1);
  },
  $shift: (argument, sortBy, scope, name) => {
    if (!sortBy) throw refusal(`${name} requires a sortBy`);
    const fields = namedFields(name, argument, ['output', 'by'], ['default']);
    const by = asNumber(fields['by']);
    if (!isNumber(fields['by']) || !Number.isInteger(by)) throw refusal("'$shift:by' field must be an integer");
    const output = compile(fields['output'], scope);
    const known = constantOf(compile(fields['default'] ?? null, scope));
    if (!known) throw refusal("'$shift:default' expression must yield a constant value.");
    return rows => {
      const values = evaluateAll(rows, output);
      return rows.map((_row, index) => (index + by in values ? (values[index + by] ?? null) : known.value));
    };
  },
  $expMovingAvg: (argument, sortBy, scope, name) => {
    if (!sortBy) throw refusal(`${name} requires a sortBy`);
    const fields = namedFields(name, argument, ['input'], ['N', 'alpha']);
    const { N, alpha } = fields;
    if ((N === undefined) === (alpha === undefined)) throw refusal(`${name} requires either 'N' or 'alpha'`);
    const weight = N === undefined ? asNumber(alpha) : 2 / (asNumber(N) + 1);
    if (N !== undefined && !(isNumber(N) && Number.isInteger(asNumber(N)) && asNumber(N) > 0))
      throw refusal("'N' must be a positive integer");
    if (!(weight > 0 && weight <= 1) || (N === undefined && weight === 1))
      throw refusal("'alpha' must be between 0 and 1 (exclusive)");
    const input = compile(fields['input'], scope);
    return rows => {
      let average: unknown = null;
      return evaluateAll(rows, input).map(value => {
        if (!isNumber(value)) return average;
        average =
          average === null
            ? value
            : addNumbers(multiplyNumbers(value, makeDouble(weight)), multiplyNumbers(average, makeDouble(1 - weight)));
        return average;
      });
    };
  },
  $locf: (argument, _sortBy, scope) => {
    const input = compile(argument, scope);
    return rows => {
      let last: unknown = null;
      return evaluateAll(rows, input).map(value => {
        if (!isNullish(value)) last = value;
        return last;
      });
    };
  },
  $linearFill: (argument, sortBy, scope, name) => {
    const input = compile(argument, scope);
    const sort = requireSort(name, sortBy);
    return rows => {
      const line = sortLine(name, rows, sort);
      const values = evaluateAll(rows, input);
      const nextKnown = new Array<number>(rows.length);
      for (let at = rows.length - 1, known = -1; at >= 0; at -= 1) {
        nextKnown[at] = known;
        if (!isNullish(values[at])) known = at;
      }
      let before = -1;
      return values.map((value, index) => {
        if (!isNullish(value)) {
          if (!isNumber(value)) throw new CommandError('TypeMismatch', `${name} only supports numbers`);
          before = index;
          return value;
        }
        const after = nextKnown[index] as number;
        if (before < 0 || after < 0) return null;
        const share =
          ((line[index] as number) - (line[before] as number)) / ((line[after] as number) - (line[before] as number));
        const rise = multiplyNumbers(subtractNumbers(values[after], values[before]), makeDouble(share));
        return addNumbers(values[before], rise);
      });
    };
  },
};
