import { typeName } from '../../bson/types.ts';
import { compile, constant, constantOf, type Evaluate } from '../compiler.ts';
import { type Document, fail, isDocument, isNullish, setOwn } from '../values.ts';
import { define, namedFields, unaryOrNull, variadic } from './registry.ts';

unaryOrNull('$arrayToObject', value => {
  if (!Array.isArray(value)) throw fail(40386, `$arrayToObject requires an array input, found: ${typeName(value)}`);
  const result: Document = {};
  for (const entry of value) {
    const [key, content] = Array.isArray(entry) ? pairOfArray(entry) : pairOfDocument(entry);
    if (key.includes('\0')) throw fail(4940400, 'Key field cannot contain an embedded null byte');
    setOwn(result, key, content);
  }
  return result;
});

function pairOfArray(entry: unknown[]): [string, unknown] {
  if (entry.length !== 2)
    throw fail(40397, `$arrayToObject requires an array of size 2 arrays,found array of size: ${entry.length}`);
  if (typeof entry[0] !== 'string')
    throw fail(
      40395,
      `$arrayToObject requires an array of key-value pairs, where the key must be of type string. Found key type: ${typeName(entry[0])}`,
    );
  return [entry[0], entry[1]];
}

function pairOfDocument(entry: unknown): [string, unknown] {
  if (!isDocument(entry)) throw fail(40398, `Unrecognised input type format for $arrayToObject: ${typeName(entry)}`);
  if (Object.keys(entry).length !== 2)
    throw fail(
      40392,
      `$arrayToObject requires an object keys of 'k' and 'v'. Found incorrect number of keys:${Object.keys(entry).length}`,
    );
  if (!Object.hasOwn(entry, 'k') || !Object.hasOwn(entry, 'v'))
    throw fail(
      40393,
      `$arrayToObject requires an object with keys 'k' and 'v'. Missing either or both keys from: ${JSON.stringify(entry)}`,
    );
  if (typeof entry['k'] !== 'string')
    throw fail(
      40394,
      `$arrayToObject requires an object with keys 'k' and 'v', where the value of 'k' must be of type string. Found type: ${typeName(entry['k'])}`,
    );
  return [entry['k'], entry['v']];
}

unaryOrNull('$objectToArray', value => {
  if (!isDocument(value)) throw fail(40390, `$objectToArray requires a document input, found: ${typeName(value)}`);
  return Object.entries(value).map(([k, v]) => ({ k, v }));
});

variadic('$mergeObjects', values => {
  // A single argument that is an array is a list of documents, as with other accumulators used as expressions.
  const list = values.length === 1 && Array.isArray(values[0]) ? values[0] : values;
  const result: Document = {};
  for (const value of list) {
    if (isNullish(value)) continue;
    if (!isDocument(value))
      throw fail(
        40400,
        `$mergeObjects requires object inputs, but input ${String(value)} is of type ${typeName(value)}`,
      );
    for (const [key, content] of Object.entries(value)) setOwn(result, key, content);
  }
  return result;
});

define('$getField', (argument, scope) => {
  const fields: Document =
    isDocument(argument) && !Object.keys(argument).some(key => key.startsWith('$'))
      ? namedFields('$getField', argument, ['field'], ['input'])
      : { field: argument };
  const field = compile(fields['field'], scope);
  const input: Evaluate = Object.hasOwn(fields, 'input')
    ? compile(fields['input'], scope)
    : compile('$$CURRENT', scope);
  const known = constantOf(field);
  if (known && typeof known.value !== 'string')
    throw fail(5654602, `$getField requires 'field' to evaluate to type String, but got ${typeName(known.value)}`);
  return frame => {
    const name = field(frame);
    if (typeof name !== 'string')
      throw fail(3041704, `$getField requires 'field' to evaluate to type String, but got ${typeName(name)}`);
    const document = input(frame);
    if (isNullish(document)) return document;
    return isDocument(document) && Object.hasOwn(document, name) ? document[name] : undefined;
  };
});

function fieldSetter(name: string, required: string[]): void {
  define(name, (argument, scope) => {
    const fields = namedFields(name, argument, required, []);
    const field = constantOf(compile(fields['field'], scope));
    if (typeof field?.value !== 'string')
      throw fail(4161107, `${name} requires 'field' to evaluate to a constant string`);
    const key = field.value;
    const input = compile(fields['input'], scope);
    const value = required.includes('value') ? compile(fields['value'], scope) : constant(undefined);
    return frame => {
      const document = input(frame);
      if (isNullish(document)) return null;
      if (!isDocument(document)) throw fail(4161105, `${name} requires 'input' to evaluate to type Object`);
      const result = { ...document };
      const content = value(frame);
      if (content === undefined) delete result[key];
      else setOwn(result, key, content);
      return result;
    };
  });
}

fieldSetter('$setField', ['field', 'input', 'value']);
fieldSetter('$unsetField', ['field', 'input']);
