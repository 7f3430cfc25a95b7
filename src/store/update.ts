import type { Filter } from './query-table.ts';
import { invalidField } from './scalar.ts';
import { refuseUnsafeKeys } from './store-errors.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A change in the store's terms, written by our code; its values may come from outside. */
export interface Update {
  readonly $set?: Fields;
  readonly $unset?: Readonly<Record<string, true | ''>>;
  readonly $inc?: Readonly<Record<string, number>>;
  readonly $min?: Fields;
  readonly $max?: Fields;
  readonly $push?: Fields;
  readonly $addToSet?: Fields;
  readonly $pull?: Fields;
  readonly $setOnInsert?: Fields;
}

const ours = new Set(['_id', 'version', 'schemaVersion', 'createdAt', 'updatedAt']);

/** The change with the version counted up and the time stamped. */
export function stamped(update: Update, now: Date): Filter {
  const { $set, $inc, ...others } = update;
  for (const fields of Object.values(update)) {
    for (const [path, value] of Object.entries(fields as Fields)) {
      if (ours.has(path)) throw invalidField(path, 'is kept by the store and cannot be changed');
      refuseUnsafeKeys(isOurs(value) ? value.values : value, path);
    }
  }
  return { ...others, $set: { ...$set, updatedAt: now }, $inc: { ...$inc, version: 1 } };
}

const written = Symbol('written by our code');

interface Modifier {
  readonly [written]: true;
  readonly values: readonly unknown[];
}

const isOurs = (value: unknown): value is Modifier => typeof value === 'object' && value !== null && written in value;

const modifier = (values: readonly unknown[], operators: Fields): Fields =>
  Object.defineProperties({ ...operators }, { [written]: { value: true }, values: { value: values } });

/** Several values for `$push` or `$addToSet`; `keepLast` bounds the list. Only this makes modifiers: an object from outside never does. */
export const each = (values: readonly unknown[], { keepLast }: { keepLast?: number } = {}): Fields =>
  modifier(values, { $each: values, ...(keepLast === undefined ? {} : { $slice: -keepLast }) });

/** All entries that equal one of these values, for `$pull`. */
export const anyOf = (values: readonly unknown[]): Fields => modifier(values, { $in: values });

/** A client's changes as an update: only fields that may change, and `undefined` changes nothing. */
export function patchUpdate(changes: object, immutable: readonly string[]): Update {
  const set: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(changes)) {
    if (value === undefined) continue;
    if (ours.has(field) || immutable.includes(field)) throw invalidField(field, 'cannot be changed');
    if (field.startsWith('$') || field.includes('.')) throw invalidField(field, 'is not a field name');
    set[field] = value;
  }
  return { $set: set };
}
