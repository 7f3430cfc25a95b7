import { type Document, isDocument } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { compileFilter, type FilterOptions } from '../query/filter.ts';
import { describe } from './describe.ts';

interface ArrayFilter {
  readonly matches: (document: Document) => boolean;
  used: boolean;
}

/** The `arrayFilters` of one update: a condition on elements for each identifier that `$[identifier]` may name. */
export class ArrayFilters {
  private readonly byIdentifier = new Map<string, ArrayFilter>();

  constructor(specs: readonly unknown[], options: FilterOptions) {
    for (const spec of specs) {
      if (!isDocument(spec)) throw new CommandError('TypeMismatch', 'arrayFilters must be an array of objects');
      const names = new Set<string>();
      collectNames(spec, names);
      if (names.size === 0) {
        throw new CommandError(
          'FailedToParse',
          'Cannot use an expression without a top-level field name in arrayFilters',
        );
      }
      if (names.size > 1) {
        const [first, second] = [...names];
        throw new CommandError(
          'FailedToParse',
          `Error parsing array filter :: caused by :: Expected a single top-level field name, found '${first}' and '${second}'`,
        );
      }
      const identifier = [...names][0]!;
      if (!/^[a-z][a-zA-Z0-9]*$/.test(identifier)) {
        throw new CommandError(
          'BadValue',
          'Error parsing array filter :: caused by :: The top-level field name must be an alphanumeric string beginning with a lowercase ' +
            `letter, found '${identifier}'`,
        );
      }
      if (this.byIdentifier.has(identifier)) {
        throw new CommandError(
          'FailedToParse',
          `Found multiple array filters with the same top-level field name ${identifier}`,
        );
      }
      this.byIdentifier.set(identifier, { matches: compileFilter(spec, options).matches, used: false });
    }
  }

  /** Notes that a path names the identifier; one without a filter is refused. */
  use(identifier: string, path: string): void {
    const filter = this.byIdentifier.get(identifier);
    if (!filter)
      throw new CommandError('BadValue', `No array filter found for identifier '${identifier}' in path '${path}'`);
    filter.used = true;
  }

  matches(identifier: string, element: unknown): boolean {
    return this.byIdentifier.get(identifier)!.matches({ [identifier]: element });
  }

  /** A filter that nothing names is most likely a mistake and is refused. */
  refuseUnused(update: unknown): void {
    for (const [identifier, { used }] of this.byIdentifier) {
      if (used) continue;
      throw new CommandError(
        'FailedToParse',
        `The array filter for identifier '${identifier}' was not used in the update ${describe(update)}`,
      );
    }
  }
}

function collectNames(spec: unknown, names: Set<string>): void {
  if (!isDocument(spec)) return;
  for (const [name, value] of Object.entries(spec)) {
    if (!name.startsWith('$')) names.add(name.split('.')[0]!);
    else if (Array.isArray(value)) for (const clause of value) collectNames(clause, names);
  }
}
