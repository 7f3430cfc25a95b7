import { unprocessable } from './agent-errors.ts';
import type { AgentLedger } from './agent-ledger.ts';

/** Reads the query of one request; a parameter that nobody asked for is recorded when it is `done`. */
export function createQueryReader(url: string, ledger: AgentLedger) {
  const [path = '', search = ''] = url.split('?', 2);
  const query = new URLSearchParams(search);
  const known = new Set<string>();
  const refuse = (name: string, msg: string, type: string) => {
    ledger.violation('rest-invalid-parameter', `${path}: ${name}: ${msg}`);
    return unprocessable(['query', name], msg, type);
  };
  const text = (name: string): string | undefined => {
    known.add(name);
    return query.get(name) ?? undefined;
  };
  return {
    text,
    required(name: string): string {
      const value = text(name);
      if (value === undefined) throw refuse(name, 'Field required', 'missing');
      return value;
    },
    list(name: string): string[] {
      known.add(name);
      return query.getAll(name);
    },
    flag(name: string): boolean {
      const value = text(name);
      if (value === undefined) return false;
      if (!/^(true|false|1|0)$/i.test(value)) throw refuse(name, 'Input should be a valid boolean', 'bool_parsing');
      return /^(true|1)$/i.test(value);
    },
    whole(name: string, least: number, most: number): number | undefined {
      const value = text(name);
      if (value === undefined) return undefined;
      if (!/^-?\d+$/.test(value)) throw refuse(name, 'Input should be a valid integer', 'int_parsing');
      const number = Number(value);
      if (number < least) throw refuse(name, `Input should be greater than or equal to ${least}`, 'greater_than_equal');
      if (number > most) throw refuse(name, `Input should be less than or equal to ${most}`, 'less_than_equal');
      return number;
    },
    choice<T extends string>(name: string, options: readonly T[]): T | undefined {
      const value = text(name);
      if (value === undefined || options.includes(value as T)) return value as T | undefined;
      throw refuse(name, `Input should be one of ${options.join(', ')}`, 'literal_error');
    },
    done(): void {
      const unknown = [...new Set(query.keys())].filter(name => !known.has(name));
      if (unknown.length) ledger.violation('rest-unknown-parameter', `${path}: ${unknown.join(', ')}`);
    },
  };
}

/** Cuts one page from a list; the cursor is the place of the next item. */
export function page<T>(items: readonly T[], size: number, cursor: string | undefined) {
  const from = cursor === undefined ? 0 : Number(Buffer.from(cursor, 'base64url').toString() || Number.NaN);
  if (!Number.isInteger(from) || from < 0) throw unprocessable(['query', 'cursor'], 'Invalid cursor', 'value_error');
  const more = items.length > from + size;
  return {
    items: items.slice(from, from + size),
    next_cursor: more ? Buffer.from(String(from + size)).toString('base64url') : null,
    has_more: more,
  };
}
