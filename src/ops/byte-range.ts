/** The bytes of a file that a request asks for, first and last included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * What a `Range` header means for a file of this size: a range · `unsatisfiable` (416) · `whole` when there is none, or one that need
 * not be understood. Several ranges in one request are answered with the whole file, which HTTP allows and every player takes.
 */
export function byteRange(header: string | undefined, size: number): ByteRange | 'whole' | 'unsatisfiable' {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header?.replaceAll(' ', '') ?? '');
  if (!match) return 'whole';
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return 'whole';
  if (first === '') {
    const length = Number(last);
    if (length === 0 || size === 0) return 'unsatisfiable';
    return { start: Math.max(0, size - length), end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return 'whole';
  return start >= size ? 'unsatisfiable' : { start, end };
}

/** Whether a range may be answered: `If-Range` names the version that the client holds a part of. */
export function rangeHolds(ifRange: string | undefined, etag: string, lastModified: Date): boolean {
  if (ifRange === undefined) return true;
  const told = ifRange.trim();
  // A weak mark says that two versions mean the same, not that their bytes fit together.
  if (told.startsWith('"') || told.startsWith('W/')) return told === etag;
  const seconds = Date.parse(told) / 1_000;
  return Number.isFinite(seconds) && seconds === Math.floor(lastModified.getTime() / 1_000);
}
