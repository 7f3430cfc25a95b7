import type { Collation } from '../bson/collation.ts';
import { compareValues, valuesEqual } from '../bson/compare.ts';
import { toNumber } from '../bson/numbers.ts';
import { bsonType, bsonTypes, type Document, isDocument, isNumeric, typeName } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { compileFilter, isOperatorDocument } from '../query/filter.ts';
import { compileSort } from '../query/sort.ts';
import { describe, describeId } from './describe.ts';
import { unchanged } from './draft.ts';
import type { OperatorCompiler } from './operators.ts';

/** `$push`, with `$each`, `$position`, `$sort` and `$slice` in the order in which they take effect. */
const push: OperatorCompiler = ({ path, operand, collation }) => {
  const { items, position, sort, slice } = pushClauses(operand, collation);
  return {
    create: true,
    change:
      ({ document }) =>
      current => {
        if (current !== undefined && !Array.isArray(current)) {
          throw new CommandError(
            'BadValue',
            `The field '${path}' must be an array but is of type ${typeName(current)} in document ${describeId(document)}`,
          );
        }
        const result: unknown[] = current ? current.slice() : [];
        const at =
          position === undefined
            ? result.length
            : position < 0
              ? Math.max(0, result.length + position)
              : Math.min(position, result.length);
        if (at === result.length) for (const item of items) result.push(item);
        else result.splice(at, 0, ...items);
        if (sort) result.sort(sort);
        const kept = slice === undefined ? result : slice < 0 ? result.slice(slice) : result.slice(0, slice);
        const same = current && kept.length === current.length && kept.every((item, i) => item === current[i]);
        return same ? unchanged : kept;
      },
  };
};

interface PushClauses {
  readonly items: readonly unknown[];
  readonly position?: number | undefined;
  readonly slice?: number | undefined;
  readonly sort?: ((a: unknown, b: unknown) => number) | undefined;
}

function pushClauses(operand: unknown, collation: Collation | undefined): PushClauses {
  if (!isDocument(operand) || !Object.hasOwn(operand, '$each')) return { items: [operand] };
  const items = operand['$each'];
  if (!Array.isArray(items)) {
    throw new CommandError(
      'BadValue',
      `The argument to $each in $push must be an array but it was of type: ${typeName(items)}`,
    );
  }
  for (const clause of Object.keys(operand)) {
    if (!['$each', '$position', '$slice', '$sort'].includes(clause)) {
      throw new CommandError('BadValue', `Unrecognized clause in $push: ${clause}`);
    }
  }
  return {
    items,
    position: integerClause(operand, '$position'),
    slice: integerClause(operand, '$slice'),
    sort: Object.hasOwn(operand, '$sort') ? elementOrder(operand['$sort'], collation) : undefined,
  };
}

function integerClause(operand: Document, clause: string): number | undefined {
  if (!Object.hasOwn(operand, clause)) return undefined;
  const value = operand[clause];
  const number = isNumeric(value) ? toNumber(value) : Number.NaN;
  if (!Number.isInteger(number)) {
    throw new CommandError(
      'BadValue',
      `The value for ${clause} must be an integer value but was given type: ${typeName(value)}`,
    );
  }
  return number;
}

function elementOrder(spec: unknown, collation: Collation | undefined): (a: unknown, b: unknown) => number {
  if (isNumeric(spec)) {
    const direction = toNumber(spec);
    if (direction !== 1 && direction !== -1)
      throw new CommandError('BadValue', 'The $sort element value must be either 1 or -1');
    return (a, b) => compareValues(a, b, collation) * direction;
  }
  if (!isDocument(spec)) {
    throw new CommandError(
      'BadValue',
      'The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields',
    );
  }
  const fields = Object.entries(spec);
  if (fields.length === 0)
    throw new CommandError('BadValue', 'The $sort pattern is empty when it should be a set of fields.');
  for (const [name, direction] of fields) {
    if (name === '' || name.split('.').includes('')) {
      throw new CommandError('BadValue', `The $sort field is a dotted field but has an empty part: ${name}`);
    }
    if (!isNumeric(direction) || Math.abs(toNumber(direction)) !== 1) {
      throw new CommandError('BadValue', 'The $sort element value must be either 1 or -1');
    }
  }
  const compare = compileSort(spec, { collation });
  const asDocument = (value: unknown): Document => (isDocument(value) ? value : {});
  return (a, b) => compare(asDocument(a), asDocument(b));
}

const pop: OperatorCompiler = ({ path, operand }) => {
  if (!isNumeric(operand))
    throw new CommandError('FailedToParse', `Expected a number in: ${path}: ${describe(operand)}`);
  const direction = toNumber(operand);
  if (direction !== 1 && direction !== -1)
    throw new CommandError('FailedToParse', `$pop expects 1 or -1, found: ${direction}`);
  return {
    create: false,
    change: () => current => {
      if (current === undefined) return unchanged;
      if (!Array.isArray(current)) {
        throw new CommandError(
          'TypeMismatch',
          `Path '${path}' contains an element of non-array type '${typeName(current)}'`,
        );
      }
      if (current.length === 0) return unchanged;
      return direction === 1 ? current.slice(0, -1) : current.slice(1);
    },
  };
};

/** `$pull`: operators judge the element, a document is a query on elements that are documents, anything else must be equal. */
const pull: OperatorCompiler = ({ operand, collation }) => removeWhere('$pull', pullTest(operand, collation));

function pullTest(operand: unknown, collation: Collation | undefined): (element: unknown) => boolean {
  const isLogical =
    isDocument(operand) && ['$and', '$or', '$nor', '$expr', '$comment'].includes(Object.keys(operand)[0] ?? '');
  if (isDocument(operand) && (!isOperatorDocument(operand) || isLogical)) {
    const { matches } = compileFilter(operand, { collation });
    return element => isDocument(element) && matches(element);
  }
  if (isDocument(operand) || bsonType(operand) === bsonTypes.regex) {
    const { matches } = compileFilter({ element: operand }, { collation });
    return element => matches({ element });
  }
  return element => valuesEqual(element, operand, collation);
}

const pullAll: OperatorCompiler = ({ operand, collation }) => {
  if (!Array.isArray(operand)) {
    throw new CommandError('BadValue', `$pullAll requires an array argument but was given a ${typeName(operand)}`);
  }
  return removeWhere('$pullAll', element => operand.some(item => valuesEqual(item, element, collation)));
};

function removeWhere(operator: string, matches: (element: unknown) => boolean): ReturnType<OperatorCompiler> {
  return {
    create: false,
    change: () => current => {
      if (current === undefined) return unchanged;
      if (!Array.isArray(current)) throw new CommandError('BadValue', `Cannot apply ${operator} to a non-array value`);
      const kept = current.filter(element => !matches(element));
      return kept.length === current.length ? unchanged : kept;
    },
  };
}

const addToSet: OperatorCompiler = ({ path, operand, collation }) => {
  const items = setItems(operand);
  return {
    create: true,
    change: () => current => {
      if (current !== undefined && !Array.isArray(current)) {
        throw new CommandError(
          'BadValue',
          `Cannot apply $addToSet to non-array field. Field named '${path.split('.').at(-1)}' has non-array type ${typeName(current)}`,
        );
      }
      const result: unknown[] = current ? current.slice() : [];
      for (const item of items) if (!result.some(element => valuesEqual(element, item, collation))) result.push(item);
      return current && result.length === current.length ? unchanged : result;
    },
  };
};

function setItems(operand: unknown): readonly unknown[] {
  if (!isDocument(operand) || Object.keys(operand)[0] !== '$each') return [operand];
  const items = operand['$each'];
  if (!Array.isArray(items)) {
    throw new CommandError(
      'TypeMismatch',
      `The argument to $each in $addToSet must be an array but it was of type ${typeName(items)}`,
    );
  }
  if (Object.keys(operand).length > 1) {
    throw new CommandError('BadValue', `Found unexpected fields after $each in $addToSet: ${describe(operand)}`);
  }
  return items;
}

/** Operators whose target is an array. */
export const arrayOperators: Readonly<Record<string, OperatorCompiler>> = {
  $push: push,
  $pop: pop,
  $pull: pull,
  $pullAll: pullAll,
  $addToSet: addToSet,
};
