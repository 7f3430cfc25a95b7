import { createHash } from 'node:crypto';
import { Types } from 'mongoose';
import { AppError } from '../errors.ts';
import type { Filter, SortKeys } from './query-table.ts';

/** Where a page ended: the sort values of its last document, and its id, which makes every position unique. */
export interface Position {
  readonly values: readonly CursorValue[];
  readonly id: Types.ObjectId;
}

type CursorValue = string | number | boolean | Date | Types.ObjectId | null;

const digestLength = 8;

/**
 * Writes a position as opaque text. The digest ties it to its list: a cursor of another filter, sort or collection,
 * or one that was changed on the way, is noticed instead of showing a wrong page.
 */
export function encodeCursor(position: Position, list: string): string {
  const payload = Buffer.from(JSON.stringify([...position.values, position.id].map(tag)));
  return Buffer.concat([digest(payload, list), payload]).toString('base64url');
}

/** Reads a position back, or throws CURSOR_INVALID. */
export function decodeCursor(cursor: unknown, list: string, valueCount: number): Position {
  if (typeof cursor !== 'string' || cursor.length > 8_192 || !/^[\w-]+$/.test(cursor)) throw invalidCursor();
  const bytes = Buffer.from(cursor, 'base64url');
  const payload = bytes.subarray(digestLength);
  if (!digest(payload, list).equals(bytes.subarray(0, digestLength))) throw invalidCursor();
  // The digest is no secret, so what it covers is still only text from outside.
  const entries = parse(payload);
  const id = entries?.pop();
  if (!entries || entries.length !== valueCount || !(id instanceof Types.ObjectId)) throw invalidCursor();
  return { values: entries, id };
}

function invalidCursor(): AppError {
  return new AppError(
    'CURSOR_INVALID',
    'cursor: is not one that this list returned; pass `nextCursor` unchanged, with the same filters and sort, or start again without it',
    { details: [{ field: 'cursor', problem: 'is not one that this list returned' }] },
  );
}

const digest = (payload: Buffer, list: string): Buffer =>
  createHash('sha256').update(list).update('\0').update(payload).digest().subarray(0, digestLength);

function tag(value: CursorValue): unknown {
  if (value instanceof Date) return { d: value.getTime() };
  if (value instanceof Types.ObjectId) return { o: value.toHexString() };
  return value;
}

function parse(payload: Buffer): CursorValue[] | undefined {
  let entries: unknown;
  try {
    entries = JSON.parse(payload.toString());
  } catch {
    return undefined;
  }
  if (!Array.isArray(entries)) return undefined;
  const values = entries.map(untag);
  return values.includes(undefined) ? undefined : (values as CursorValue[]);
}

function untag(entry: unknown): CursorValue | undefined {
  if (entry === null || typeof entry === 'string' || typeof entry === 'boolean') return entry;
  if (typeof entry === 'number') return entry;
  if (typeof entry !== 'object') return undefined;
  const { d, o } = entry as { d?: unknown; o?: unknown };
  if (typeof d === 'number' && Math.abs(d) <= 8.64e15) return new Date(d);
  return typeof o === 'string' && /^[0-9a-f]{24}$/.test(o) ? new Types.ObjectId(o) : undefined;
}

/** One stretch of a list: a filter whose matches the given sort reads straight from an index. */
export interface Segment {
  readonly filter: Filter;
  readonly sort: SortKeys;
}

/**
 * What lies behind a position, as stretches to be read one after the other. With sort `name, _id` behind (Ann, 7) these are
 * "name = Ann and _id > 7", then "name > Ann". Each is one range of an index in any planner, where a single `$or` need not be.
 */
export function segmentsBehind(sort: SortKeys, position: Position): Segment[] {
  const keys = Object.entries(sort).filter(([path]) => path !== '_id');
  const idOrder = sort['_id'] ?? 1;
  const segments: Segment[] = [];
  for (let depth = keys.length; depth >= 0; depth -= 1) {
    const equal: Filter = {};
    for (let index = 0; index < depth; index += 1) equal[keys[index]![0]] = position.values[index];
    if (depth === keys.length) {
      segments.push({ filter: { ...equal, _id: { [idOrder === 1 ? '$gt' : '$lt']: position.id } }, sort });
      continue;
    }
    const [path, order] = keys[depth]!;
    for (const condition of behind(position.values[depth]!, order)) {
      segments.push({ filter: { ...equal, [path]: condition }, sort });
    }
  }
  return segments;
}

/** Nothing and null sort before every value, and a comparison with a value never matches them. */
function behind(value: CursorValue, order: 1 | -1): unknown[] {
  if (order === 1) return value === null ? [{ $ne: null }] : [{ $gt: value }];
  return value === null ? [] : [{ $lt: value }, null];
}
