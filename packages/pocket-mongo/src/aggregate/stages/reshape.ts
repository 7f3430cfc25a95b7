import { Long } from 'bson';
import { typeName } from '../../bson/types.ts';
import { compile, type Frame, pathParts } from '../compiler.ts';
import type { PipelineEnvironment, Stage } from '../environment.ts';
import { compileAddFields, compileProject, compileUnset, overDocuments } from '../projection.ts';
import { type Document, fail, isDocument, setOwn } from '../values.ts';
import { defineStage, stageFields } from './registry.ts';
import { mapping, scopeOf } from './scope.ts';

/** Stages that change the shape of each document. */
defineStage('$project', (specification, env) => mapping(env, compileProject(specification, scopeOf(env))));
defineStage('$set', (specification, env) => mapping(env, compileAddFields(specification, scopeOf(env), '$set')));
defineStage('$addFields', (specification, env) =>
  mapping(env, compileAddFields(specification, scopeOf(env), '$addFields')),
);
defineStage('$unset', (specification, env) => mapping(env, compileUnset(specification, scopeOf(env))));

function replaceRoot(expression: unknown, env: PipelineEnvironment): Stage {
  const scope = scopeOf(env);
  const evaluate = compile(expression, scope);
  return mapping(
    env,
    overDocuments(scope, (_document, frame) => {
      const root = evaluate(frame);
      if (isDocument(root)) return root;
      throw fail(
        40228,
        `'newRoot' expression must evaluate to an object, but resulting value was of type: '${typeName(root)}'`,
      );
    }),
  );
}

defineStage('$replaceWith', replaceRoot);
defineStage('$replaceRoot', (specification, env) => {
  return replaceRoot(stageFields('$replaceRoot', specification, ['newRoot'], [])['newRoot'], env);
});

defineStage('$unwind', specification => {
  const fields: Document =
    typeof specification === 'string'
      ? { path: specification }
      : stageFields('$unwind', specification, ['path'], ['includeArrayIndex', 'preserveNullAndEmptyArrays']);
  const { path, includeArrayIndex: indexField, preserveNullAndEmptyArrays: preserve = false } = fields;
  if (typeof path !== 'string')
    throw fail(28808, `expected a string as the path for $unwind stage, got ${typeName(path)}`);
  if (!path.startsWith('$')) throw fail(28818, `path option to $unwind stage should be prefixed with a '$': ${path}`);
  if (typeof preserve !== 'boolean') {
    throw fail(28809, 'expected a boolean for the preserveNullAndEmptyArrays option to $unwind stage');
  }
  if (indexField !== undefined && (typeof indexField !== 'string' || indexField === '')) {
    throw fail(28810, 'expected a non-empty string for the includeArrayIndex option to $unwind stage');
  }
  if (indexField?.startsWith('$')) {
    throw fail(28822, `includeArrayIndex option to $unwind stage should not be prefixed with a '$': ${indexField}`);
  }
  const parts = pathParts(path.slice(1));
  const indexParts = indexField === undefined ? undefined : pathParts(indexField);
  const numbered = (document: Document, index: Long | null): Document =>
    indexParts ? setPath(document, indexParts, index) : document;
  return function* unwind(source) {
    for (const document of source) {
      const value = valueThroughDocuments(document, parts);
      if (!Array.isArray(value)) {
        if (preserve || (value !== null && value !== undefined)) yield numbered(document, null);
        continue;
      }
      if (value.length === 0 && preserve) yield numbered(unsetPath(document, parts), null);
      for (const [index, element] of value.entries()) {
        yield numbered(setPath(document, parts, element), indexParts ? Long.fromNumber(index) : null);
      }
    }
  };
});

/** The value at a path through documents alone: `$unwind` does not look inside arrays on the way. */
function valueThroughDocuments(document: Document, parts: readonly string[]): unknown {
  let value: unknown = document;
  for (const part of parts) value = isDocument(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  return value;
}

/** A copy of the document with a value at a dotted path; whatever is no document on the way gives way. */
export function setPath(document: Document, parts: readonly string[], value: unknown): Document {
  const [first = '', ...rest] = parts;
  const result = { ...document };
  if (rest.length === 0) setOwn(result, first, value);
  else {
    const inner = Object.hasOwn(document, first) ? document[first] : undefined;
    setOwn(result, first, setPath(isDocument(inner) ? inner : {}, rest, value));
  }
  return result;
}

function unsetPath(document: Document, parts: readonly string[]): Document {
  const [first = '', ...rest] = parts;
  const result = { ...document };
  const inner = result[first];
  if (rest.length === 0) delete result[first];
  else if (isDocument(inner)) setOwn(result, first, unsetPath(inner, rest));
  return result;
}

defineStage('$redact', (specification, env) => {
  const outer = scopeOf(env);
  const slot = outer.shared.count++;
  // Field paths start at the level being judged, which is what CURRENT means.
  const decide = compile(specification, { ...outer, slots: new Map(outer.slots).set('CURRENT', slot) });
  const frame: Frame = [];
  const redact = (document: Document): Document | undefined => {
    frame[slot] = document;
    const verdict = decide(frame);
    if (verdict === 'keep') return document;
    if (verdict === 'prune') return undefined;
    if (verdict !== 'descend') {
      throw fail(17053, '$redact must return one of $$KEEP, $$PRUNE or $$DESCEND');
    }
    const result: Document = {};
    for (const [name, value] of Object.entries(document)) {
      const kept = inside(value);
      if (kept !== undefined) setOwn(result, name, kept);
    }
    return result;
  };
  const inside = (value: unknown): unknown => {
    if (isDocument(value)) return redact(value);
    return Array.isArray(value) ? value.map(inside).filter(element => element !== undefined) : value;
  };
  return function* redactDocuments(source) {
    for (const document of source) {
      frame[0] = document;
      const kept = redact(document);
      if (kept) yield kept;
    }
  };
});
