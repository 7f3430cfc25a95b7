import { BSONRegExp } from 'bson';
import { regexParts } from '../../bson/compare.ts';
import { typeName } from '../../bson/types.ts';
import { CommandError } from '../../errors.ts';
import { compileRegex } from '../../query/regex.ts';
import { asNumber, fail, isNullish, isNumber } from '../values.ts';
import { coerceString } from './conversion.ts';
import { binary, named, positional, unary, variadic } from './registry.ts';

variadic('$concat', values => {
  let text = '';
  for (const value of values) {
    if (isNullish(value)) return null;
    if (typeof value !== 'string') throw fail(16702, `$concat only supports strings, not ${typeName(value)}`);
    text += value;
  }
  return text;
});

unary('$toLower', value => coerceString(value, '$toLower').replace(/[A-Z]+/g, part => part.toLowerCase()));
unary('$toUpper', value => coerceString(value, '$toUpper').replace(/[a-z]+/g, part => part.toUpperCase()));

binary('$strcasecmp', (a, b) => {
  const [x, y] = [coerceString(a, '$strcasecmp').toUpperCase(), coerceString(b, '$strcasecmp').toUpperCase()];
  return x < y ? -1 : x > y ? 1 : 0;
});

function requireString(name: string, value: unknown, code: number): string {
  if (typeof value !== 'string') throw fail(code, `${name} requires a string argument, found: ${typeName(value)}`);
  return value;
}

unary('$strLenCP', value => [...requireString('$strLenCP', value, 34471)].length);
unary('$strLenBytes', value => Buffer.byteLength(requireString('$strLenBytes', value, 34473)));

binary('$split', (text, separator) => {
  if (isNullish(text) || isNullish(separator)) return null;
  if (typeof text !== 'string')
    throw fail(
      40085,
      `$split requires an expression that evaluates to a string as a first argument, found: ${typeName(text)}`,
    );
  if (typeof separator !== 'string')
    throw fail(
      40086,
      `$split requires an expression that evaluates to a string as a second argument, found: ${typeName(separator)}`,
    );
  if (separator === '') throw fail(40087, '$split requires a non-empty separator');
  return text.split(separator);
});

function substringBounds(name: string, start: unknown, length: unknown): [number, number] {
  if (!isNumber(start))
    throw fail(34450, `${name}: starting index must be a numeric type (is BSON type ${typeName(start)})`);
  if (!isNumber(length)) throw fail(34452, `${name}: length must be a numeric type (is BSON type ${typeName(length)})`);
  return [Math.trunc(asNumber(start)), Math.trunc(asNumber(length))];
}

positional('$substrCP', 3, 3, ([text, start, length]) => {
  const [from, count] = substringBounds('$substrCP', start, length);
  if (from < 0) throw fail(34455, '$substrCP: the starting index must be nonnegative integer.');
  if (count < 0) throw fail(34454, '$substrCP: length must be a nonnegative integer.');
  return [...coerceString(text, '$substrCP')].slice(from, from + count).join('');
});

for (const name of ['$substrBytes', '$substr']) {
  positional(name, 3, 3, ([text, start, length]) => {
    const [from, count] = substringBounds(name, start, length);
    if (from < 0) throw fail(50752, `${name}: starting index must be non-negative (got: ${from})`);
    const bytes = Buffer.from(coerceString(text, name));
    const end = count < 0 ? bytes.length : Math.min(bytes.length, from + count);
    const continues = (index: number): boolean => index < bytes.length && ((bytes[index] ?? 0) & 0xc0) === 0x80;
    if (continues(from)) throw fail(28656, `${name}: Invalid range, starting index is a UTF-8 continuation byte.`);
    if (end > from && continues(end))
      throw fail(28657, `${name}: Invalid range, ending index is in the middle of a UTF-8 character.`);
    return bytes.subarray(from, Math.max(from, end)).toString();
  });
}

function bound(name: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  const index = asNumber(value);
  if (!Number.isInteger(index))
    throw fail(40096, `${name}requires an integral starting index, found a value of type: ${typeName(value)}`);
  if (index < 0) throw fail(40097, `${name}requires a nonnegative starting index, found: ${index}`);
  return index;
}

positional('$indexOfCP', 2, 4, ([text, part, start, end]) => {
  if (isNullish(text)) return null;
  if (typeof text !== 'string')
    throw fail(40093, `$indexOfCP requires a string as the first argument, found: ${typeName(text)}`);
  if (typeof part !== 'string')
    throw fail(40094, `$indexOfCP requires a string as the second argument, found: ${typeName(part)}`);
  const points = [...text];
  const wanted = [...part];
  const last = Math.min(bound('$indexOfCP ', end, points.length), points.length) - wanted.length;
  for (let at = bound('$indexOfCP ', start, 0); at <= last; at += 1) {
    if (wanted.every((point, offset) => points[at + offset] === point)) return at;
  }
  return -1;
});

positional('$indexOfBytes', 2, 4, ([text, part, start, end]) => {
  if (isNullish(text)) return null;
  if (typeof text !== 'string')
    throw fail(40091, `$indexOfBytes requires a string as the first argument, found: ${typeName(text)}`);
  if (typeof part !== 'string')
    throw fail(40092, `$indexOfBytes requires a string as the second argument, found: ${typeName(part)}`);
  const bytes = Buffer.from(text);
  const from = bound('$indexOfBytes ', start, 0);
  const to = Math.min(bound('$indexOfBytes ', end, bytes.length), bytes.length);
  if (from > to) return -1;
  const at = bytes.subarray(0, to).indexOf(Buffer.from(part), from);
  return from > bytes.length ? -1 : at;
});

const whitespace = '\0 \t\n\v\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a';

function trimmer(name: string, atStart: boolean, atEnd: boolean): void {
  named(name, ['input'], ['chars'], ({ input, chars }, _scope, given) => {
    if (isNullish(input)) return null;
    if (typeof input !== 'string')
      throw fail(
        50699,
        `${name} requires its input to be a string, got ${String(input)} (of type ${typeName(input)}) instead.`,
      );
    if (given.has('chars') && isNullish(chars)) return null;
    if (given.has('chars') && typeof chars !== 'string')
      throw fail(50700, `${name} requires 'chars' to be a string, got ${typeName(chars)} instead.`);
    const set = new Set(typeof chars === 'string' ? chars : whitespace);
    const points = [...input];
    let from = 0;
    let to = points.length;
    while (atStart && from < to && set.has(points[from] as string)) from += 1;
    while (atEnd && to > from && set.has(points[to - 1] as string)) to -= 1;
    return points.slice(from, to).join('');
  });
}

trimmer('$trim', true, true);
trimmer('$ltrim', true, false);
trimmer('$rtrim', false, true);

function replacer(name: string, replace: (text: string, find: string, by: string) => string): void {
  named(name, ['input', 'find', 'replacement'], [], ({ input, find, replacement }) => {
    for (const [field, value] of Object.entries({ input, find, replacement })) {
      if (!isNullish(value) && typeof value !== 'string') {
        throw fail(51746, `${name} requires that '${field}' be a string, found: ${typeName(value)}`);
      }
    }
    if (isNullish(input) || isNullish(find) || isNullish(replacement)) return null;
    return replace(input as string, find as string, replacement as string);
  });
}

replacer('$replaceOne', (text, find, by) => text.replace(find, () => by));
replacer('$replaceAll', (text, find, by) => text.replaceAll(find, () => by));

const compiled = new Map<string, RegExp>();

/** The pattern as filters understand it, made to find all matches, and remembered. */
function patternOf(name: string, regex: unknown, options: unknown): RegExp {
  const isRegex = regex instanceof RegExp || regex instanceof BSONRegExp;
  if (!isRegex && typeof regex !== 'string') throw fail(51105, `${name} needs 'regex' to be of type string or regex`);
  const parts = isRegex ? regexParts(regex) : { pattern: regex, options: '' };
  if (!isNullish(options) && typeof options !== 'string') {
    throw fail(51106, `${name} needs 'options' to be of type string`);
  }
  if (parts.options !== '' && options) {
    throw fail(51107, `${name}: found regex option(s) specified in both 'regex' and 'option' fields`);
  }
  const flags = parts.options || (options ?? '');
  const key = `${flags}/${parts.pattern}`;
  let pattern = compiled.get(key);
  if (!pattern) {
    pattern = compilePattern(name, parts.pattern, flags);
    if (compiled.size > 500) compiled.clear();
    compiled.set(key, pattern);
  }
  pattern.lastIndex = 0;
  return pattern;
}

function compilePattern(name: string, source: string, flags: string): RegExp {
  if (/[^imsxu]/.test(flags)) throw fail(51108, `${name} invalid flag in regex options: ${flags}`);
  try {
    const { regex } = compileRegex(source, flags);
    return new RegExp(regex.source, `${regex.flags}g`);
  } catch (error) {
    if (error instanceof CommandError && error.code === 51091)
      throw fail(51111, `Invalid Regex in ${name}: ${error.message}`);
    throw error;
  }
}

function matchDocument(text: string, match: RegExpMatchArray): Record<string, unknown> {
  const index = match.index ?? 0;
  return {
    match: match[0],
    idx: [...text.slice(0, index)].length,
    captures: match.slice(1).map(capture => capture ?? null),
  };
}

function regexOperator(name: string, none: unknown, apply: (text: string, pattern: RegExp) => unknown): void {
  named(name, ['input', 'regex'], ['options'], ({ input, regex, options }) => {
    if (!isNullish(input) && typeof input !== 'string') throw fail(51104, `${name} needs 'input' to be of type string`);
    if (isNullish(regex)) return none;
    const pattern = patternOf(name, regex, options);
    return isNullish(input) ? none : apply(input, pattern);
  });
}

regexOperator('$regexMatch', false, (text, pattern) => pattern.test(text));
regexOperator('$regexFind', null, (text, pattern) => {
  const match = pattern.exec(text);
  return match ? matchDocument(text, match) : null;
});
regexOperator('$regexFindAll', [], (text, pattern) =>
  [...text.matchAll(pattern)].map(match => matchDocument(text, match)),
);
