import { Long, Timestamp } from 'bson';
import type { Collation } from '../bson/collation.ts';
import { compareValues, valuesIdentical } from '../bson/compare.ts';
import { add, IntegerOverflow, longToBigInt, multiply } from '../bson/numbers.ts';
import { bsonType, bsonTypes, type Document, isDocument, isNumeric, typeName } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { describe, describeId } from './describe.ts';
import { type Change, removed, unchanged } from './draft.ts';

/** What an operator knows while it is applied to one document. */
export interface ApplyScene {
  readonly document: Document;
  readonly now: Date;
  readonly isInsert: boolean;
}

/** An operator with its operand: whether it builds missing parents, and how it changes a value in a scene. */
export interface CompiledOperator {
  readonly create: boolean;
  readonly change: (scene: ApplyScene) => Change;
}

export interface OperatorInput {
  readonly path: string;
  readonly operand: unknown;
  readonly collation: Collation | undefined;
}

export type OperatorCompiler = (input: OperatorInput) => CompiledOperator;

/** The value itself, or `unchanged` when it is already there down to its type. */
export function replaceBy(value: unknown): Change {
  return current => (current !== undefined && valuesIdentical(current, value) ? unchanged : value);
}

const set: OperatorCompiler = ({ operand }) => ({ create: true, change: () => replaceBy(operand) });

const setOnInsert: OperatorCompiler = ({ operand }) => ({
  create: true,
  change: ({ isInsert }) => (isInsert ? replaceBy(operand) : () => unchanged),
});

const unset: OperatorCompiler = () => ({ create: false, change: () => () => removed });

function arithmetic(operator: '$inc' | '$mul'): OperatorCompiler {
  const compute = operator === '$inc' ? add : multiply;
  return ({ path, operand }) => {
    if (!isNumeric(operand)) {
      const verb = operator === '$inc' ? 'increment' : 'multiply';
      throw new CommandError(
        'TypeMismatch',
        `Cannot ${verb} with non-numeric argument: {${path}: ${describe(operand)}}`,
      );
    }
    return {
      create: true,
      change:
        ({ document }) =>
        current => {
          if (current === undefined) return operator === '$inc' ? operand : multiply(0, operand);
          if (!isNumeric(current)) {
            throw new CommandError(
              'TypeMismatch',
              `Cannot apply ${operator} to a value of non-numeric type. ${describeId(document)} has the field '${path.split('.').at(-1)}' ` +
                `of non-numeric type ${typeName(current)}`,
            );
          }
          try {
            return replaceBy(compute(current, operand))(current);
          } catch (error) {
            if (!(error instanceof IntegerOverflow)) throw error;
            throw new CommandError(
              'BadValue',
              `Failed to apply ${operator} operations to current value (${describe(current)}) for document ${describeId(document)}`,
            );
          }
        },
    };
  };
}

function extreme(direction: 1 | -1): OperatorCompiler {
  return ({ operand, collation }) => ({
    create: true,
    change: () => current => {
      if (current !== undefined && Math.sign(compareValues(operand, current, collation)) !== direction)
        return unchanged;
      return operand;
    },
  });
}

const currentDate: OperatorCompiler = ({ operand }) => {
  const type = dateType(operand);
  return {
    create: true,
    change: ({ now }) =>
      replaceBy(type === 'date' ? now : new Timestamp({ t: Math.floor(now.getTime() / 1000), i: 1 })),
  };
};

function dateType(operand: unknown): 'date' | 'timestamp' {
  if (typeof operand === 'boolean') return 'date';
  if (!isDocument(operand)) {
    throw new CommandError(
      'BadValue',
      `${typeName(operand)} is not valid type for $currentDate. Please use a boolean ('true') or a $type expression ({$type: 'timestamp/date'}).`,
    );
  }
  for (const name of Object.keys(operand)) {
    if (name !== '$type') throw new CommandError('BadValue', `Unrecognized $currentDate option: ${name}`);
  }
  const type = operand['$type'];
  if (type === 'date' || type === 'timestamp') return type;
  throw new CommandError(
    'BadValue',
    "The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}",
  );
}

interface BitStep {
  readonly name: 'and' | 'or' | 'xor';
  readonly mask: unknown;
}

const bit: OperatorCompiler = ({ path, operand }) => {
  if (!isDocument(operand) || Object.keys(operand).length === 0) {
    throw new CommandError(
      'BadValue',
      `The $bit modifier is not compatible with a ${typeName(operand)}. You must pass in an embedded document: {$bit: {field: {and/or/xor: #}}`,
    );
  }
  const steps = Object.entries(operand).map(([name, mask]): BitStep => {
    if (name !== 'and' && name !== 'or' && name !== 'xor') {
      throw new CommandError(
        'BadValue',
        `The $bit modifier only supports 'and', 'or', and 'xor', not '${name}' which is an unknown operator`,
      );
    }
    if (!isInteger(mask)) {
      throw new CommandError(
        'BadValue',
        `The $bit modifier field must be an Integer(32/64 bit); a '${typeName(mask)}' is not supported here: {${name}: ${describe(mask)}}`,
      );
    }
    return { name, mask };
  });
  return {
    create: true,
    change:
      ({ document }) =>
      current => {
        if (current !== undefined && !isInteger(current)) {
          throw new CommandError(
            'BadValue',
            `Cannot apply $bit to a value of non-integral type.${describeId(document)} has the field ${path} of non-integer type ${typeName(current)}`,
          );
        }
        const result = steps.reduce<unknown>((value, { name, mask }) => combineBits(name, value, mask), current ?? 0);
        return replaceBy(result)(current);
      },
  };
};

function isInteger(value: unknown): boolean {
  const type = bsonType(value);
  return type === bsonTypes.int || type === bsonTypes.long;
}

function combineBits(name: 'and' | 'or' | 'xor', a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return name === 'and' ? a & b : name === 'or' ? a | b : a ^ b;
  const [x, y] = [a, b].map(value => (typeof value === 'number' ? BigInt(value) : longToBigInt(value as Long))) as [
    bigint,
    bigint,
  ];
  return Long.fromBigInt(name === 'and' ? x & y : name === 'or' ? x | y : x ^ y);
}

/** Operators that look at one value; those on arrays and `$rename` live in their own files. */
export const valueOperators: Readonly<Record<string, OperatorCompiler>> = {
  $set: set,
  $setOnInsert: setOnInsert,
  $unset: unset,
  $inc: arithmetic('$inc'),
  $mul: arithmetic('$mul'),
  $min: extreme(-1),
  $max: extreme(1),
  $currentDate: currentDate,
  $bit: bit,
};
