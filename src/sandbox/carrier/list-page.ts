import { TwilioError } from './twilio-errors.ts';

/** One page of a list in the style of the 2010 API: paths relative to the API host, null where there is no further page. */
export function listPage<T>(
  key: string,
  items: readonly T[],
  path: string,
  query: URLSearchParams,
  show: (item: T) => unknown,
): Record<string, unknown> {
  const pageSize = wholeNumber(query, 'PageSize', 50, 1, 1_000);
  const page = wholeNumber(query, 'Page', 0, 0, 1_000_000);
  const start = page * pageSize;
  const slice = items.slice(start, start + pageSize);
  const uri = (number: number) => {
    const next = new URLSearchParams(query);
    next.set('PageSize', String(pageSize));
    next.set('Page', String(number));
    // As at Twilio, following pages carry a token; here it only proves that the client follows the link as it is.
    if (number > 0) next.set('PageToken', `PA${number}`);
    else next.delete('PageToken');
    return `${path}?${next}`;
  };
  return {
    [key]: slice.map(show),
    page,
    page_size: pageSize,
    start,
    end: slice.length ? start + slice.length - 1 : start,
    uri: uri(page),
    first_page_uri: uri(0),
    previous_page_uri: page > 0 ? uri(page - 1) : null,
    next_page_uri: start + pageSize < items.length ? uri(page + 1) : null,
  };
}

function wholeNumber(query: URLSearchParams, name: string, fallback: number, least: number, most: number): number {
  const value = query.get(name);
  if (value === null || value === '') return fallback;
  if (!/^\d+$/.test(value) || Number(value) < least) throw new TwilioError(20001, `${name}=${value.slice(0, 20)}`);
  return Math.min(most, Number(value));
}

/**
 * Filters by a moment: `StartTime=2026-11-20` means that UTC day, `StartTime<` and `StartTime>` include the moment given. Twilio
 * documents days, the clients send full timestamps; both are understood.
 */
export function dateFilter(query: URLSearchParams, name: string): ((ms: number | undefined) => boolean) | undefined {
  const tests: ((ms: number) => boolean)[] = [];
  const exact = query.get(name);
  if (exact) {
    const from = moment(name, exact);
    const until = from + 86_400_000;
    const dayOnly = /^\d{4}-\d{2}-\d{2}$/.test(exact);
    const day = dayOnly ? from : Math.floor(from / 86_400_000) * 86_400_000;
    tests.push(ms => ms >= day && ms < (dayOnly ? until : day + 86_400_000));
  }
  const before = query.get(`${name}<`);
  if (before) {
    const limit = moment(name, before) + (/^\d{4}-\d{2}-\d{2}$/.test(before) ? 86_399_999 : 0);
    tests.push(ms => ms <= limit);
  }
  const after = query.get(`${name}>`);
  if (after) {
    const limit = moment(name, after);
    tests.push(ms => ms >= limit);
  }
  if (tests.length === 0) return undefined;
  // A call that has not started has no start time, so no such filter finds it.
  return ms => ms !== undefined && tests.every(test => test(ms));
}

function moment(name: string, value: string): number {
  const ms = Date.parse(value);
  if (Number.isNaN(ms)) throw new TwilioError(20001, `${name}: ${value.slice(0, 40)} is not a date`);
  return ms;
}
