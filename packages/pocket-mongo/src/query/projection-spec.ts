import type { Collation } from '../bson/collation.ts';
import { toNumber } from '../bson/numbers.ts';
import { type Document, isDocument, isNumeric } from '../bson/types.ts';
import { CommandError, unsupported } from '../errors.ts';
import { type ExpressionCompiler, elementTest } from './filter.ts';

/** What a projection does with one field. */
export type ProjectedField =
  | { readonly kind: 'include' }
  | { readonly kind: 'exclude' }
  | { readonly kind: 'positional' }
  | { readonly kind: 'slice'; readonly slice: (array: unknown[]) => unknown[] }
  | { readonly kind: 'elemMatch'; readonly matches: (element: unknown) => boolean }
  | { readonly kind: 'meta'; readonly meta: string }
  | { readonly kind: 'expression'; readonly evaluate: (document: Document) => unknown };

export interface ProjectionTree {
  readonly fields: Map<string, ProjectionTree | ProjectedField>;
}

export interface ParsedProjection {
  readonly tree: ProjectionTree;
  /** Inclusion keeps only what is named; otherwise everything but the excluded fields stays. */
  readonly inclusive: boolean;
  readonly idExcluded: boolean;
  readonly positional: boolean;
}

export interface ProjectionParseOptions {
  readonly compileExpression?: ExpressionCompiler | undefined;
  readonly collation?: Collation | undefined;
  readonly let?: Document | undefined;
}

/** Is this entry of a tree a whole subtree? */
export function isTree(entry: ProjectionTree | ProjectedField): entry is ProjectionTree {
  return 'fields' in entry;
}

/** Validates a projection and arranges it by field; mixing inclusion and exclusion is refused as MongoDB does. */
export function parseProjection(spec: Document, options: ProjectionParseOptions): ParsedProjection {
  const parser = new Parser(options);
  parser.readDocument(spec, '');
  return parser.finish();
}

class Parser {
  private readonly options: ProjectionParseOptions;
  private readonly tree: ProjectionTree = { fields: new Map() };
  private inclusive: boolean | undefined;
  private id: boolean | undefined;
  private hasElemMatch = false;
  private positional = false;

  constructor(options: ProjectionParseOptions) {
    this.options = options;
  }

  readDocument(spec: Document, prefix: string): void {
    for (const [name, value] of Object.entries(spec)) this.readField(prefix + name, value);
  }

  finish(): ParsedProjection {
    const inclusive = this.inclusive ?? (this.id === true || this.hasElemMatch);
    if (this.positional && !inclusive) {
      throw new CommandError('Location31395', 'positional projection cannot be used with exclusion');
    }
    return { tree: this.tree, inclusive, idExcluded: this.id === false, positional: this.positional };
  }

  private readField(path: string, value: unknown): void {
    if (typeof value === 'boolean') this.readSwitch(path, value);
    else if (isNumeric(value)) this.readSwitch(path, toNumber(value) !== 0);
    else if (!isDocument(value)) this.readExpression(path, value);
    else {
      const names = Object.keys(value);
      if (names.length === 0)
        throw new CommandError('Location51270', `An empty sub-projection is not a valid value: ${path}`);
      if (names[0]!.startsWith('$')) this.readOperator(path, names, value);
      else this.readDocument(value, `${path}.`);
    }
  }

  private readSwitch(path: string, included: boolean): void {
    if (path.split('.').includes('$')) {
      this.readPositional(path, included);
      return;
    }
    if (path === '_id') this.id = included;
    else this.choose(included, path);
    this.place(path, { kind: included ? 'include' : 'exclude' });
  }

  private readPositional(path: string, included: boolean): void {
    const parts = path.split('.');
    if (parts.indexOf('$') !== parts.length - 1) {
      throw new CommandError(
        'Location31394',
        'a positional projection may only be used at the end of a path, for example: a.b.$',
      );
    }
    if (!included) throw new CommandError('Location31395', 'positional projection cannot be used with exclusion');
    if (this.positional)
      throw new CommandError('Location31276', 'Cannot specify more than one positional projection per query.');
    this.positional = true;
    this.choose(true, path);
    this.place(parts.slice(0, -1).join('.'), { kind: 'positional' });
  }

  private readOperator(path: string, names: readonly string[], value: Document): void {
    if (names.length > 1) {
      throw new CommandError(
        'FailedToParse',
        `an expression for field '${path}' must have exactly one operator, found ${names.length}`,
      );
    }
    const operand = value[names[0]!];
    // With an expression in front `$slice` is the aggregation operator of the same name.
    const slice = names[0] === '$slice' ? findSlice(operand) : undefined;
    if (names[0] === '$elemMatch') this.readElemMatch(path, operand);
    else if (slice) this.place(path, { kind: 'slice', slice });
    else if (names[0] === '$meta') {
      if (operand !== 'textScore') throw unsupported(`{$meta: ${JSON.stringify(operand)}}`);
      this.place(path, { kind: 'meta', meta: operand });
    } else this.readExpression(path, value);
  }

  private readElemMatch(path: string, operand: unknown): void {
    if (!isDocument(operand)) {
      throw new CommandError(
        'Location31274',
        `elemMatch: Invalid argument, object required, but got ${String(operand)}`,
      );
    }
    if (path.includes('.'))
      throw new CommandError('Location31275', 'Cannot use $elemMatch projection on a nested field.');
    this.hasElemMatch = true;
    const test = elementTest(operand, this.options);
    this.place(path, { kind: 'elemMatch', matches: element => test(element) });
  }

  private readExpression(path: string, value: unknown): void {
    if (!this.options.compileExpression) throw unsupported('an expression in this projection');
    if (this.inclusive === false) {
      throw new CommandError('Location31252', `Cannot use an expression ${path} in an exclusion projection`);
    }
    this.inclusive = true;
    const evaluate = this.options.compileExpression(value, {
      let: this.options.let,
      collation: this.options.collation,
    });
    this.place(path, { kind: 'expression', evaluate });
  }

  private choose(included: boolean, path: string): void {
    this.inclusive ??= included;
    if (this.inclusive === included) return;
    if (included)
      throw new CommandError('Location31253', `Cannot do inclusion on field ${path} in exclusion projection`);
    throw new CommandError('Location31254', `Cannot do exclusion on field ${path} in inclusion projection`);
  }

  private place(path: string, field: ProjectedField): void {
    const parts = path.split('.');
    let tree = this.tree;
    parts.forEach((part, i) => {
      if (part === '') throw new CommandError('FieldPathEmpty', 'FieldPath field names may not be empty strings.');
      if (part.startsWith('$') && !/^\$(?:id|ref|db)$/.test(part)) {
        throw new CommandError(
          'Location16410',
          `FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
        );
      }
      const known = tree.fields.get(part);
      if (i === parts.length - 1) {
        if (known) throw new CommandError('Location31250', `Path collision at ${path}`);
        tree.fields.set(part, field);
      } else if (!known) {
        const next: ProjectionTree = { fields: new Map() };
        tree.fields.set(part, next);
        tree = next;
      } else if (isTree(known)) tree = known;
      else
        throw new CommandError(
          'Location31249',
          `Path collision at ${path} remaining portion ${parts.slice(i + 1).join('.')}`,
        );
    });
  }
}

function findSlice(operand: unknown): ((array: unknown[]) => unknown[]) | undefined {
  if (isNumeric(operand)) {
    const count = Math.trunc(toNumber(operand));
    return count < 0 ? array => array.slice(count) : array => array.slice(0, count);
  }
  if (!Array.isArray(operand)) {
    throw new CommandError('Location28667', 'Invalid $slice syntax: a number, or [skip, limit], is expected');
  }
  if (operand.length !== 2 || !operand.every(isNumeric)) return undefined;
  const [skip, limit] = operand.map(number => Math.trunc(toNumber(number))) as [number, number];
  if (limit <= 0)
    throw new CommandError(
      'Location28724',
      'First argument to $slice must be an array, or the limit of [skip, limit] positive',
    );
  return array => {
    const from = skip < 0 ? Math.max(0, array.length + skip) : skip;
    return array.slice(from, from + limit);
  };
}
