import { type Decimal128, Long } from 'bson';
import { multiplyDecimals } from '../../bson/decimal.ts';
import { typeName } from '../../bson/types.ts';
import { CommandError } from '../../errors.ts';
import {
  absoluteNumber,
  addNumbers,
  divideNumbers,
  multiplyNumbers,
  remainderNumbers,
  roundNumber,
  subtractNumbers,
} from '../arithmetic.ts';
import { type Rounding, signOf, squareRootDecimal } from '../decimal.ts';
import {
  asBigInt,
  asDecimal,
  asNumber,
  fail,
  isNullish,
  isNumber,
  kindOf,
  kinds,
  makeDouble,
  makeInteger,
} from '../values.ts';
import { binary, positional, unaryOrNull, variadic } from './registry.ts';

const typeMismatch = (message: string): CommandError => new CommandError('TypeMismatch', message);

function requireNumber(name: string, value: unknown): void {
  if (!isNumber(value)) throw fail(28765, `${name} only supports numeric types, not ${typeName(value)}`);
}

variadic('$add', values => {
  let total: unknown = 0;
  let date: Date | undefined;
  for (const value of values) {
    if (isNullish(value)) return null;
    if (value instanceof Date) {
      if (date) throw fail(16612, 'only one date allowed in an $add expression');
      date = value;
    } else if (isNumber(value)) total = addNumbers(total, value);
    else throw typeMismatch(`$add only supports numeric or date types, not ${typeName(value)}`);
  }
  return date ? new Date(date.getTime() + milliseconds(total)) : total;
});

/** Fractions of a millisecond are rounded, as a date has none. */
const milliseconds = (value: unknown): number => asNumber(roundNumber(value, 0, 'halfEven'));

binary('$subtract', (a, b) => {
  if (isNullish(a) || isNullish(b)) return null;
  if (isNumber(a) && isNumber(b)) return subtractNumbers(a, b);
  if (a instanceof Date) {
    if (b instanceof Date) return Long.fromNumber(a.getTime() - b.getTime());
    if (isNumber(b)) return new Date(a.getTime() - milliseconds(b));
  }
  throw typeMismatch(`can't $subtract ${typeName(b)} from ${typeName(a)}`);
});

variadic('$multiply', values => {
  let product: unknown = 1;
  for (const value of values) {
    if (isNullish(value)) return null;
    if (!isNumber(value)) throw typeMismatch(`$multiply only supports numeric types, not ${typeName(value)}`);
    product = multiplyNumbers(product, value);
  }
  return product;
});

binary('$divide', (a, b) => {
  if (isNullish(a) || isNullish(b)) return null;
  if (!isNumber(a) || !isNumber(b))
    throw typeMismatch(`$divide only supports numeric types, not ${typeName(a)} and ${typeName(b)}`);
  return divideNumbers(a, b);
});

binary('$mod', (a, b) => {
  if (isNullish(a) || isNullish(b)) return null;
  if (!isNumber(a) || !isNumber(b))
    throw fail(16611, `$mod only supports numeric types, not ${typeName(a)} and ${typeName(b)}`);
  return remainderNumbers(a, b);
});

function roundingOperator(name: '$round' | '$trunc', rounding: Rounding): void {
  positional(name, 1, 2, ([value, place]) => {
    if (isNullish(value) || place === null) return null;
    if (!isNumber(value)) throw fail(51081, `${name} only supports numeric types, not ${typeName(value)}`);
    if (place === undefined) return roundNumber(value, 0, rounding);
    const digits = asNumber(place);
    if (!Number.isInteger(digits)) throw fail(51082, `precision argument to ${name} must be an integral value`);
    if (digits < -20 || digits > 100)
      throw fail(51083, `cannot apply ${name} with precision value ${digits} value must be in [-20, 100]`);
    return roundNumber(value, digits, rounding);
  });
}

roundingOperator('$round', 'halfEven');
roundingOperator('$trunc', 'down');

function numeric(name: string, apply: (value: unknown) => unknown): void {
  unaryOrNull(name, value => {
    requireNumber(name, value);
    return apply(value);
  });
}

numeric('$abs', absoluteNumber);
numeric('$ceil', value => roundNumber(value, 0, 'ceiling'));
numeric('$floor', value => roundNumber(value, 0, 'floor'));

numeric('$sqrt', value => {
  if (kindOf(value) === kinds.decimal) {
    if (signOf(value as Decimal128) < 0) throw fail(28714, "$sqrt's argument must be greater than or equal to 0");
    return squareRootDecimal(value as Decimal128);
  }
  const number = asNumber(value);
  if (number < 0) throw fail(28714, "$sqrt's argument must be greater than or equal to 0");
  return makeDouble(Math.sqrt(number));
});

/** Transcendental functions are computed in double; a decimal in gives a decimal out, to 15 digits. */
function transcendental(
  name: string,
  apply: (value: number) => number,
  inside?: (value: number) => boolean,
  domain?: string,
): void {
  numeric(name, value => {
    const number = asNumber(value);
    if (inside && !Number.isNaN(number) && !inside(number)) {
      throw fail(50989, `cannot apply ${name} to ${number}, value must be in ${domain}`);
    }
    const result = apply(number);
    return kindOf(value) === kinds.decimal ? asDecimal(makeDouble(result)) : makeDouble(result);
  });
}

const positive = (name: string) => (value: number) => {
  if (value <= 0) throw fail(28766, `${name}'s argument must be a positive number, but is ${value}`);
  return true;
};
const finite = (value: number): boolean => Number.isFinite(value);
const unit = (value: number): boolean => value >= -1 && value <= 1;

transcendental('$exp', Math.exp);
transcendental('$ln', Math.log, positive('$ln'));
transcendental('$log10', Math.log10, positive('$log10'));
transcendental('$sin', Math.sin, finite, '(-inf,inf)');
transcendental('$cos', Math.cos, finite, '(-inf,inf)');
transcendental('$tan', Math.tan, finite, '(-inf,inf)');
transcendental('$asin', Math.asin, unit, '[-1,1]');
transcendental('$acos', Math.acos, unit, '[-1,1]');
transcendental('$atan', Math.atan);
transcendental('$sinh', Math.sinh);
transcendental('$cosh', Math.cosh);
transcendental('$tanh', Math.tanh);
transcendental('$asinh', Math.asinh);
transcendental('$acosh', Math.acosh, value => value >= 1, '[1,inf]');
transcendental('$atanh', Math.atanh, unit, '[-1,1]');
transcendental('$degreesToRadians', value => (value * Math.PI) / 180);
transcendental('$radiansToDegrees', value => (value * 180) / Math.PI);

binary('$atan2', (a, b) => {
  if (isNullish(a) || isNullish(b)) return null;
  if (!isNumber(a) || !isNumber(b)) throw fail(51044, `$atan2 only supports numeric types`);
  return makeDouble(Math.atan2(asNumber(a), asNumber(b)));
});

binary('$log', (a, b) => {
  if (isNullish(a) || isNullish(b)) return null;
  if (!isNumber(a)) throw fail(28756, `$log's argument must be numeric, not ${typeName(a)}`);
  if (!isNumber(b)) throw fail(28757, `$log's base must be numeric, not ${typeName(b)}`);
  const [number, base] = [asNumber(a), asNumber(b)];
  if (number <= 0) throw fail(28758, `$log's argument must be a positive number, but is ${number}`);
  if (base <= 0 || base === 1)
    throw fail(28759, `$log's base must be a positive number not equal to 1, but is ${base}`);
  return makeDouble(Math.log(number) / Math.log(base));
});

binary('$pow', (a, b) => {
  if (isNullish(a) || isNullish(b)) return null;
  if (!isNumber(a)) throw fail(28762, `$pow's base must be numeric, not ${typeName(a)}`);
  if (!isNumber(b)) throw fail(28763, `$pow's exponent must be numeric, not ${typeName(b)}`);
  const kind = Math.max(kindOf(a), kindOf(b));
  const [base, exponent] = [asNumber(a), asNumber(b)];
  if (base === 0 && exponent < 0) throw fail(28764, '$pow cannot take a base of 0 and a negative exponent');
  if (kind === kinds.decimal) {
    if (Number.isInteger(exponent) && exponent >= 0 && exponent <= 1000) return decimalPower(asDecimal(a), exponent);
    return asDecimal(makeDouble(base ** exponent));
  }
  if (kind === kinds.double || exponent < 0 || exponent > 63) return makeDouble(base ** exponent);
  return makeInteger(asBigInt(a) ** BigInt(exponent), kind as typeof kinds.int);
});

function decimalPower(base: Decimal128, exponent: number): Decimal128 {
  let result = asDecimal(1);
  for (let count = 0; count < exponent; count += 1) result = multiplyDecimals(result, base);
  return result;
}

function bitwise(name: string, start: bigint, apply: (a: bigint, b: bigint) => bigint): void {
  variadic(name, values => {
    let result = start;
    let kind: typeof kinds.int | typeof kinds.long = kinds.int;
    for (const value of values) {
      if (isNullish(value)) return null;
      const own = kindOf(value);
      if (own !== kinds.int && own !== kinds.long) {
        throw typeMismatch(`${name} only supports int and long operands.`);
      }
      if (own === kinds.long) kind = kinds.long;
      result = apply(result, asBigInt(value));
    }
    return makeInteger(result, kind);
  });
}

bitwise('$bitAnd', -1n, (a, b) => a & b);
bitwise('$bitOr', 0n, (a, b) => a | b);
bitwise('$bitXor', 0n, (a, b) => a ^ b);

unaryOrNull('$bitNot', value => {
  const kind = kindOf(value);
  if (kind === kinds.int) return ~asNumber(value);
  if (kind === kinds.long) return (value as Long).not();
  throw typeMismatch(`$bitNot only supports int and long, not: ${typeName(value)}.`);
});
