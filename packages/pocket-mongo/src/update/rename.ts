import { valueAt } from '../bson/paths.ts';
import type { Document } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { describe, describeId } from './describe.ts';
import type { Change } from './draft.ts';
import { removed, unchanged } from './draft.ts';
import { replaceBy } from './operators.ts';
import { parseUpdatePath, type UpdatePath } from './update-path.ts';

export interface Rename {
  readonly from: UpdatePath;
  readonly to: UpdatePath;
}

/** Checks one field of `$rename`. */
export function parseRename(source: string, target: unknown): Rename {
  if (typeof target !== 'string') {
    throw new CommandError('BadValue', `The 'to' field for $rename must be a string: ${source}: ${describe(target)}`);
  }
  const from = parseUpdatePath(source);
  const to = parseUpdatePath(target);
  if (from.dynamic) throw new CommandError('BadValue', `The source field for $rename may not be dynamic: ${source}`);
  if (to.dynamic) throw new CommandError('BadValue', `The destination field for $rename may not be dynamic: ${target}`);
  if (source === target) {
    throw new CommandError('BadValue', `The source and target field for $rename must differ: ${source}: "${target}"`);
  }
  return { from, to };
}

/** The two changes a rename makes; `document` is the document before the whole update. */
export function renameChanges(
  { from, to }: Rename,
  document: Document,
): { readonly take: Change; readonly put: Change } {
  refuseArrays('source', from, document);
  const value = valueAt(document, from.parts);
  if (value === undefined) return { take: () => unchanged, put: () => unchanged };
  refuseArrays('destination', to, document);
  return { take: () => removed, put: replaceBy(value) };
}

function refuseArrays(side: string, path: UpdatePath, document: Document): void {
  for (let length = 1; length < path.parts.length; length += 1) {
    if (!Array.isArray(valueAt(document, path.parts.slice(0, length)))) continue;
    throw new CommandError(
      'BadValue',
      `The ${side} field cannot be an array element, '${path.text}' in doc with ${describeId(document)} has an array field called ` +
        `'${path.parts[length - 1]}'`,
    );
  }
}
