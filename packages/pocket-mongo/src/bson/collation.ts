import { CommandError, unsupported } from '../errors.ts';
import { isDocument } from './types.ts';

/** A collation ready to compare strings; `undefined` everywhere else means plain binary order. */
export interface Collation {
  readonly compare: (a: string, b: string) => number;
  /** Two collations with the same identity order strings alike: an index serves a query only then. */
  readonly identity: string;
  readonly spec: CollationSpec;
}

export interface CollationSpec {
  readonly locale: string;
  readonly caseLevel: boolean;
  readonly caseFirst: string;
  readonly strength: number;
  readonly numericOrdering: boolean;
  readonly alternate: string;
  readonly maxVariable: string;
  readonly normalization: boolean;
  readonly backwards: boolean;
}

const fields: Record<string, (value: unknown) => boolean> = {
  locale: value => typeof value === 'string',
  caseLevel: value => typeof value === 'boolean',
  caseFirst: value => value === 'upper' || value === 'lower' || value === 'off',
  strength: value => typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 5,
  numericOrdering: value => typeof value === 'boolean',
  alternate: value => value === 'non-ignorable' || value === 'shifted',
  maxVariable: value => value === 'punct' || value === 'space',
  normalization: value => typeof value === 'boolean',
  backwards: value => typeof value === 'boolean',
  // Clients echo it back from listIndexes; the version of ICU is not ours to choose.
  version: value => typeof value === 'string',
};

/** Validates a `collation` document and compiles it; `{locale: "simple"}` and none at all mean binary order. */
export function compileCollation(spec: unknown): Collation | undefined {
  if (spec === undefined || spec === null) return undefined;
  if (!isDocument(spec)) throw new CommandError('TypeMismatch', 'collation must be an object');
  const given: Record<string, unknown> = {};
  for (const [name, raw] of Object.entries(spec)) {
    const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!check) throw new CommandError('FailedToParse', `BSON field 'collation.${name}' is an unknown field.`);
    const value = typeof raw === 'object' && raw !== null ? Number(raw) : raw;
    if (!check(value))
      throw new CommandError('BadValue', `Field '${name}' of the collation is invalid: ${String(raw)}`);
    given[name] = value;
  }
  if (given['locale'] === undefined) {
    throw new CommandError('FailedToParse', "BSON field 'collation.locale' is missing but a required field");
  }
  const complete: CollationSpec = {
    locale: 'simple',
    caseLevel: false,
    caseFirst: 'off',
    strength: 3,
    numericOrdering: false,
    alternate: 'non-ignorable',
    maxVariable: 'punct',
    normalization: false,
    backwards: false,
    ...given,
  };
  if (complete.locale === 'simple') return undefined;
  return build(complete);
}

const cache = new Map<string, Collation>();

function build(spec: CollationSpec): Collation {
  const identity = JSON.stringify(
    Object.keys(fields).map(name => (name === 'version' ? 0 : spec[name as keyof CollationSpec])),
  );
  const known = cache.get(identity);
  if (known) return known;
  if (spec.backwards) throw unsupported('collation option backwards');
  if (spec.alternate === 'shifted' && spec.maxVariable === 'space')
    throw unsupported('collation option maxVariable: "space"');
  const collation: Collation = { compare: comparer(spec), identity, spec };
  if (cache.size >= 1000) cache.clear(); // clients choose the specs, so the cache must not grow without end
  cache.set(identity, collation);
  return collation;
}

function comparer(spec: CollationSpec): (a: string, b: string) => number {
  const tag = spec.locale.replaceAll('_', '-').replace(/@collation=(\w+)$/, '-u-co-$1');
  let available: string[] = [];
  try {
    available = Intl.Collator.supportedLocalesOf([tag]);
  } catch {
    // An ill-formed tag is as unknown as an unlisted one.
  }
  if (available.length === 0) {
    throw new CommandError('BadValue', `Field 'locale' is invalid in: { locale: "${spec.locale}" }`);
  }
  const sensitivity =
    spec.strength === 1
      ? spec.caseLevel
        ? 'case'
        : 'base'
      : spec.strength === 2 && !spec.caseLevel
        ? 'accent'
        : 'variant';
  const collator = new Intl.Collator(tag, {
    usage: 'sort',
    sensitivity,
    numeric: spec.numericOrdering,
    caseFirst: spec.caseFirst === 'off' ? 'false' : (spec.caseFirst as 'upper' | 'lower'),
    ignorePunctuation: spec.alternate === 'shifted',
  });
  if (spec.strength < 5) return collator.compare;
  return (a, b) => collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}
