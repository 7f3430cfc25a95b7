import { AppError } from '../errors.ts';
import { asListQuery } from '../ops/list-routes.ts';
import type { ListQuery, Page } from '../store/list-page.ts';
import { invalidField } from '../store/scalar.ts';
import { ranOutOfTime } from '../store/store-errors.ts';
import type { CallRepository } from './call-repository.ts';
import type { CallView } from './calls.types.ts';
import { mostFound, type TranscriptRepository } from './transcript-repository.ts';

/** What a list of calls can be asked for, as its query string says it. */
export interface CallListRequest {
  readonly number?: string;
  readonly since?: string;
  readonly until?: string;
  readonly minSeconds?: number;
  readonly maxSeconds?: number;
  readonly text?: string;
  readonly [field: string]: unknown;
}

export interface CallSearch {
  page(request: CallListRequest): Promise<Page<Partial<CallView>>>;
  /** Every match, page by page: memory holds one page, however many there are. */
  pages(request: CallListRequest): AsyncGenerator<Partial<CallView>[]>;
  /** How many match, told up to a bound, so that a filter too many can be named. */
  count(request: CallListRequest): Promise<FoundCount>;
}

export interface FoundCount {
  readonly count: number;
  /** There are more, and nobody counted on. */
  readonly more: boolean;
}

export const mostCounted = 10_000;
/** Somebody waits for the page; counting is a favour, and the embedded store serves nobody else meanwhile. */
const pageWithinMs = 10_000;
const countWithinMs = 2_000;

const fewestDigits = 3;
/** A transcript begins with the first word, which a long call may say late. */
const lateWordsMs = 24 * 60 * 60_000;

export function createCallSearch(options: {
  readonly calls: Pick<CallRepository, 'search' | 'countFound'>;
  readonly transcripts: Pick<TranscriptRepository, 'callsSaying'>;
}): CallSearch {
  async function saying(text: string, since: Date | undefined, until: Date | undefined) {
    const found = await options.transcripts.callsSaying(text, {
      since: since ?? new Date(0),
      until: until ? new Date(until.getTime() + lateWordsMs) : new Date(8.64e15),
    });
    if (found.length <= mostFound) return found;
    throw new AppError(
      'SEARCH_TOO_BROAD',
      `More than ${mostFound} transcripts say this; look for rarer words, a "phrase in quotes", or between since and until.`,
      { details: [{ field: 'text', problem: `is in more than ${mostFound} transcripts` }] },
    );
  }

  async function asked(
    request: CallListRequest,
  ): Promise<{ query: ListQuery; among: Awaited<ReturnType<typeof saying>> | undefined }> {
    const { number, since: sinceText, until: untilText, minSeconds, maxSeconds, text, ...others } = request;
    const since = momentOf('since', sinceText);
    const until = momentOf('until', untilText);
    const query = asListQuery({
      ...others,
      ...(number === undefined ? {} : { number: { prefix: reversedDigits(number) } }),
      ...(since || until ? { createdAt: { ...(since ? { from: since } : {}), ...(until ? { to: until } : {}) } } : {}),
      ...(minSeconds === undefined && maxSeconds === undefined
        ? {}
        : {
            durationSeconds: {
              ...(minSeconds === undefined ? {} : { from: minSeconds }),
              // Ranges end before their end; lengths are whole seconds.
              ...(maxSeconds === undefined ? {} : { to: maxSeconds + 1 }),
            },
          }),
    });
    return { query, among: text === undefined ? undefined : await saying(text, since, until) };
  }

  return {
    async page(request) {
      const { query, among } = await asked(request);
      return inTime(options.calls.search(query, { among, withinMs: pageWithinMs }));
    },
    // A file takes as long as it takes.
    async *pages(request) {
      const { query, among } = await asked({ ...request, limit: 200 });
      for (let cursor: string | undefined; ; ) {
        const { items, nextCursor } = await options.calls.search({ ...query, ...(cursor && { cursor }) }, { among });
        yield items;
        if (nextCursor === null) return;
        cursor = nextCursor;
      }
    },
    async count(request) {
      const { query, among } = await asked(request);
      const terms = { among, withinMs: countWithinMs, most: mostCounted + 1 };
      const found = await inTime(options.calls.countFound(query, terms));
      return { count: Math.min(found, mostCounted), more: found > mostCounted };
    },
  };
}

/** What the store gave up is told to whoever asked for too much, and not as if it were away. */
async function inTime<A>(answer: Promise<A>): Promise<A> {
  try {
    return await answer;
  } catch (error) {
    if (!ranOutOfTime(error)) throw error;
    throw new AppError('SEARCH_TOO_SLOW', 'The search took too long. Choose a shorter range.', { cause: error });
  }
}

/** The digits from the last to the first: what ends alike begins alike, and an index finds it. */
export function reversedDigits(text: string): string {
  const digits = text.replace(/\D/g, '');
  if (digits.length < fewestDigits) throw invalidField('number', `must have at least its last ${fewestDigits} digits`);
  return [...digits].reverse().join('');
}

function momentOf(field: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime())) throw invalidField(field, 'must be a time such as 2026-11-20T13:30:00Z');
  return moment;
}
