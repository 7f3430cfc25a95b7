import { copyDocument } from '../bson/own-properties.ts';
import { compile, type Evaluate, type Frame, pathParts, type Scope } from './compiler.ts';
import { asNumber, type Document, fail, isDocument, isNumber, setOwn } from './values.ts';

/** What to do at one field: keep it, drop it, compute it, or go on inside. */
type Action =
  | { readonly kind: 'include' }
  | { readonly kind: 'exclude' }
  | { readonly kind: 'compute'; readonly value: Evaluate }
  | Branch;
interface Branch {
  readonly kind: 'branch';
  readonly fields: Map<string, Action>;
  /** Does anything below compute a value? Then the branch also creates documents that are not there. */
  computes: boolean;
}

const include: Action = { kind: 'include' };
const exclude: Action = { kind: 'exclude' };

const newBranch = (): Branch => ({ kind: 'branch', fields: new Map(), computes: false });

function place(root: Branch, parts: readonly string[], action: Action, path: string): void {
  let branch = root;
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index] as string;
    if (action.kind === 'compute') branch.computes = true;
    const known = branch.fields.get(part);
    if (index === parts.length - 1) {
      if (known) throw fail(31250, `Path collision at ${path}`);
      branch.fields.set(part, action);
      return;
    }
    if (known && known.kind !== 'branch')
      throw fail(31249, `Path collision at ${path} remaining portion ${parts.slice(index + 1).join('.')}`);
    const next: Branch = known?.kind === 'branch' ? known : newBranch();
    branch.fields.set(part, next);
    branch = next;
  }
}

type Projector = (document: Document, frame: Frame) => Document;

/** Runs `projector` on documents, each evaluation with the whole document as its root. */
export function overDocuments(scope: Scope, projector: Projector): (document: Document) => Document {
  const frame: Frame = new Array(scope.shared.count).fill(undefined);
  return document => {
    frame[0] = document;
    return projector(document, frame);
  };
}

const isExpression = (value: Document): boolean => Object.keys(value).some(key => key.startsWith('$'));

/** `$project`: inclusion or exclusion, nested and dotted, with computed fields in an inclusion. */
export function compileProject(
  specification: unknown,
  scope: Scope,
  stage = '$project',
): (document: Document) => Document {
  const invalid = (code: number, why: string): Error => fail(code, `Invalid ${stage} :: caused by :: ${why}`);
  if (!isDocument(specification)) throw fail(15969, `${stage} specification must be an object`);
  if (Object.keys(specification).length === 0)
    throw invalid(51272, 'projection specification must have at least one field');
  const root = newBranch();
  let mode: 'inclusion' | 'exclusion' | undefined;
  let keepsId: boolean | undefined;
  const decide = (path: string, wanted: 'inclusion' | 'exclusion', code: number, what: string): void => {
    mode ??= wanted;
    if (mode !== wanted) throw invalid(code, `Cannot do ${what} on field ${path} in ${mode} projection`);
  };
  const visit = (value: unknown, path: string): void => {
    if (typeof value === 'boolean' || isNumber(value)) {
      const kept = typeof value === 'boolean' ? value : asNumber(value) !== 0;
      if (path === '_id') keepsId = kept;
      else decide(path, kept ? 'inclusion' : 'exclusion', kept ? 31253 : 31254, kept ? 'inclusion' : 'exclusion');
      place(root, pathParts(path), kept ? include : exclude, path);
      return;
    }
    if (isDocument(value) && !isExpression(value)) {
      if (Object.keys(value).length === 0)
        throw invalid(51270, 'An empty sub-projection is not a valid value. Found empty object at path');
      for (const [name, inner] of Object.entries(value)) visit(inner, `${path}.${name}`);
      return;
    }
    if (path !== '_id') decide(path, 'inclusion', 31252, 'a computed value');
    else keepsId = true;
    place(root, pathParts(path), { kind: 'compute', value: compile(value, scope) }, path);
  };
  // The mode is decided by the other fields first: `_id` may be dropped from an inclusion.
  const entries = Object.entries(specification);
  for (const [path, value] of entries) visit(value, path);
  if (mode === undefined) mode = keepsId === false ? 'exclusion' : 'inclusion';
  if (mode === 'exclusion') {
    if (keepsId) root.fields.delete('_id');
    return overDocuments(scope, document => excludeFields(document, root));
  }
  if (keepsId === undefined && !root.fields.has('_id')) root.fields.set('_id', include);
  if (keepsId === false) root.fields.delete('_id');
  return overDocuments(scope, (document, frame) => includeFields(document, root, frame));
}

function includeFields(document: Document, branch: Branch, frame: Frame): Document {
  const result: Document = {};
  for (const [name, value] of Object.entries(document)) {
    const action = branch.fields.get(name);
    if (!action || action.kind === 'exclude' || action.kind === 'compute') continue;
    if (action.kind === 'include') setOwn(result, name, value);
    else {
      const inner = includeInside(value, action, frame);
      if (inner !== undefined) setOwn(result, name, inner);
    }
  }
  for (const [name, action] of branch.fields) {
    if (action.kind === 'compute') {
      const value = action.value(frame);
      if (value !== undefined) setOwn(result, name, value);
    } else if (action.kind === 'branch' && action.computes && !Object.hasOwn(result, name)) {
      setOwn(result, name, includeFields({}, action, frame));
    }
  }
  return branch.fields.get('_id')?.kind === 'compute' ? idFirst(result) : result;
}

function includeInside(value: unknown, branch: Branch, frame: Frame): unknown {
  if (isDocument(value)) return includeFields(value, branch, frame);
  if (Array.isArray(value)) {
    return value.map(element => includeInside(element, branch, frame)).filter(element => element !== undefined);
  }
  return branch.computes ? includeFields({}, branch, frame) : undefined;
}

function idFirst(document: Document): Document {
  return Object.hasOwn(document, '_id') ? { _id: document['_id'], ...document } : document;
}

function excludeFields(document: Document, branch: Branch): Document {
  const result: Document = {};
  for (const [name, value] of Object.entries(document)) {
    const action = branch.fields.get(name);
    if (!action) setOwn(result, name, value);
    else if (action.kind === 'branch') setOwn(result, name, excludeInside(value, action));
  }
  return result;
}

function excludeInside(value: unknown, branch: Branch): unknown {
  if (isDocument(value)) return excludeFields(value, branch);
  return Array.isArray(value) ? value.map(element => excludeInside(element, branch)) : value;
}

/** `$set` / `$addFields`: every other field stays; a path through an array sets the field in each of its elements. */
export function compileAddFields(
  specification: unknown,
  scope: Scope,
  stage: string,
): (document: Document) => Document {
  if (!isDocument(specification)) throw fail(40272, `${stage} specification stage must be an object`);
  const root = newBranch();
  const visit = (value: unknown, path: string): void => {
    if (isDocument(value) && !isExpression(value) && Object.keys(value).length > 0) {
      for (const [name, inner] of Object.entries(value)) {
        if (name.includes('.'))
          throw fail(40183, `FieldPath field names may not contain '.' in a nested object: ${name}`);
        visit(inner, `${path}.${name}`);
      }
    } else place(root, pathParts(path), { kind: 'compute', value: compile(value, scope) }, path);
  };
  if (Object.keys(specification).length === 0)
    throw fail(40177, `Invalid ${stage} :: caused by :: specification must have at least one field`);
  for (const [path, value] of Object.entries(specification)) visit(value, path);
  return overDocuments(scope, (document, frame) => addFields(document, root, frame));
}

function addFields(document: Document, branch: Branch, frame: Frame): Document {
  const result = copyDocument(document);
  for (const [name, action] of branch.fields) {
    const value =
      action.kind === 'branch'
        ? addInside(Object.hasOwn(document, name) ? document[name] : undefined, action, frame)
        : action.kind === 'compute'
          ? action.value(frame)
          : undefined;
    if (value === undefined) delete result[name];
    else setOwn(result, name, value);
  }
  return result;
}

function addInside(value: unknown, branch: Branch, frame: Frame): unknown {
  if (Array.isArray(value)) return value.map(element => addInside(element, branch, frame));
  return addFields(isDocument(value) ? value : {}, branch, frame);
}

/** `$unset`: an exclusion written as one path or a list of paths. */
export function compileUnset(specification: unknown, scope: Scope): (document: Document) => Document {
  const paths = typeof specification === 'string' ? [specification] : specification;
  if (!Array.isArray(paths)) throw fail(31002, '$unset specification must be a string or an array');
  if (paths.length === 0)
    throw fail(31119, '$unset specification must be a string or an array with at least one field');
  const root = newBranch();
  for (const path of paths) {
    if (typeof path !== 'string')
      throw fail(31120, '$unset specification must be a string or an array containing only string values');
    if (path.startsWith('$'))
      throw fail(16410, "FieldPath field names may not start with '$'. Consider using $getField or $setField.");
    place(root, pathParts(path), exclude, path);
  }
  return overDocuments(scope, document => excludeFields(document, root));
}
