import { writeOwn } from '../bson/own-properties.ts';
import { type Document, isDocument } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import type { Filter } from './filter.ts';
import {
  isTree,
  type ParsedProjection,
  type ProjectedField,
  type ProjectionParseOptions,
  type ProjectionTree,
  parseProjection,
} from './projection-spec.ts';

export interface ProjectionOptions extends ProjectionParseOptions {
  /** The query of the command, for the positional `a.$`. */
  readonly filter?: Filter | undefined;
  /** The value of `{$meta: ...}`; without it `$meta` is refused. */
  readonly meta?: ((kind: string, document: Document) => unknown) | undefined;
}

/** Compiles the projection of `find`: a function from a stored document to the part that is sent, or the document itself for an empty one. */
export function compileProjection(spec: unknown, options: ProjectionOptions = {}): (document: Document) => Document {
  if (spec === undefined || spec === null) return document => document;
  if (!isDocument(spec)) throw new CommandError('TypeMismatch', 'projection must be an object');
  if (Object.keys(spec).length === 0) return document => document;
  const parsed = parseProjection(spec, options);
  return document => new Projector(parsed, options, document).run();
}

class Projector {
  private readonly parsed: ParsedProjection;
  private readonly options: ProjectionOptions;
  private readonly root: Document;
  private readonly position: number | undefined;
  /** Only the outermost array on the positional path is cut to the match. */
  private cut = false;

  constructor(parsed: ParsedProjection, options: ProjectionOptions, root: Document) {
    this.parsed = parsed;
    this.options = options;
    this.root = root;
    this.position = parsed.positional ? options.filter?.arrayPosition(root) : undefined;
  }

  run(): Document {
    return this.project(this.root, this.parsed.tree, true);
  }

  private project(source: Document, tree: ProjectionTree, top: boolean): Document {
    const result: Document = {};
    for (const name of Object.keys(source)) {
      const entry = tree.fields.get(name);
      const value = source[name];
      if (!entry) {
        const keepId = top && name === '_id' && !this.parsed.idExcluded;
        if (!this.parsed.inclusive || keepId) writeOwn(result, name, value);
        continue;
      }
      const kept = isTree(entry) ? this.descend(value, entry) : this.keep(value, entry);
      if (kept !== undefined) writeOwn(result, name, kept);
    }
    this.addComputed(source, result, tree);
    return result;
  }

  private descend(value: unknown, tree: ProjectionTree): unknown {
    if (isDocument(value)) return this.project(value, tree, false);
    if (Array.isArray(value)) {
      const items = contains(tree, 'positional') ? this.onlyMatch(value) : value;
      return items.map(item => this.descend(item, tree)).filter(item => item !== undefined);
    }
    return this.parsed.inclusive ? undefined : value;
  }

  private keep(value: unknown, field: ProjectedField): unknown {
    switch (field.kind) {
      case 'include':
        return value;
      case 'slice':
        return Array.isArray(value) ? field.slice(value) : value;
      case 'positional':
        return Array.isArray(value) ? this.onlyMatch(value) : value;
      default:
        return undefined; // excluded, or computed below
    }
  }

  private onlyMatch(array: unknown[]): unknown[] {
    if (this.cut) return array;
    this.cut = true;
    if (this.position !== undefined && this.position < array.length) return [array[this.position]];
    throw new CommandError('Location51246', "positional operator '.$' couldn't find a matching element in the array");
  }

  /** Computed fields follow the kept ones, in the order of the projection. */
  private addComputed(source: Document, result: Document, tree: ProjectionTree): void {
    for (const [name, entry] of tree.fields) {
      if (isTree(entry)) {
        // A computed field below a missing or scalar parent builds the parent.
        if (contains(entry, 'expression', 'meta') && !isDocument(source[name]) && !Array.isArray(source[name])) {
          const built = this.project({}, entry, false);
          if (Object.keys(built).length > 0) writeOwn(result, name, built);
        }
        continue;
      }
      const value = this.compute(source, name, entry);
      if (value !== undefined) writeOwn(result, name, value);
    }
  }

  private compute(source: Document, name: string, field: ProjectedField): unknown {
    if (field.kind === 'expression') return field.evaluate(this.root);
    if (field.kind === 'meta') {
      if (!this.options.meta)
        throw new CommandError('Location40218', `query requires ${field.meta} metadata, but it is not available`);
      return this.options.meta(field.meta, this.root);
    }
    if (field.kind !== 'elemMatch') return undefined;
    const array = Object.hasOwn(source, name) ? source[name] : undefined;
    const index = Array.isArray(array) ? array.findIndex(item => field.matches(item)) : -1;
    return index < 0 ? undefined : [(array as unknown[])[index]];
  }
}

function contains(tree: ProjectionTree, ...kinds: ProjectedField['kind'][]): boolean {
  for (const entry of tree.fields.values()) {
    if (isTree(entry) ? contains(entry, ...kinds) : kinds.includes(entry.kind)) return true;
  }
  return false;
}
