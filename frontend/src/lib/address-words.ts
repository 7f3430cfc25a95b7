/** What anybody may have written into the address, read with care; what cannot be read counts as absent. */
export type RawSearch = Record<string, unknown>;

/** A word; the router reads digits alone as a number. */
export function readWord(raw: RawSearch, name: string): string | undefined {
  const value = raw[name];
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

export function readOneOf<T extends string>(raw: RawSearch, name: string, values: readonly T[]): T | undefined {
  const word = readWord(raw, name);
  return values.find(value => value === word);
}

export function readCount(raw: RawSearch, name: string): number | undefined {
  const word = readWord(raw, name);
  return word !== undefined && /^\d{1,6}$/.test(word) ? Number(word) : undefined;
}

export function readId(raw: RawSearch, name: string): string | undefined {
  const word = readWord(raw, name);
  return word !== undefined && /^[0-9a-f]{24}$/.test(word) ? word : undefined;
}

/** A moment, as ISO 8601 in UTC. */
export function readMoment(raw: RawSearch, name: string): string | undefined {
  const word = readWord(raw, name);
  const at = word === undefined ? Number.NaN : Date.parse(word);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

/** The same without what is absent, so that the address stays short. */
export function present<T extends object>(search: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as never;
}
