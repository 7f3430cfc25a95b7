import { AppError } from '../errors.ts';
import { asListQuery } from '../ops/list-routes.ts';
import type { ListQuery, Page } from '../store/list-page.ts';
import { invalidField } from '../store/scalar.ts';
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
}

const fewestDigits = 3;
/** A transcript begins with the first word, which a long call may say late. */
const lateWordsMs = 24 * 60 * 60_000;

export function createCallSearch(options: {
  readonly calls: Pick<CallRepository, 'listForApi' | 'listAmongForApi'>;
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

  async function reader(request: CallListRequest): Promise<(cursor?: string) => Promise<Page<Partial<CallView>>>> {
    const { number, since: sinceText, until: untilText, minSeconds, maxSeconds, text, ...others } = request;
    const since = momentOf('since', sinceText);
    const until = momentOf('until', untilText);
    const asked: ListQuery = asListQuery({
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
    const among = text === undefined ? undefined : await saying(text, since, until);
    return cursor => {
      const query = cursor === undefined ? asked : { ...asked, cursor };
      return among ? options.calls.listAmongForApi(query, among) : options.calls.listForApi(query);
    };
  }

  return {
    async page(request) {
      return (await reader(request))();
    },
    async *pages(request) {
      const read = await reader({ ...request, limit: 200 });
      for (let cursor: string | undefined; ; ) {
        const { items, nextCursor } = await read(cursor);
        yield items;
        if (nextCursor === null) return;
        cursor = nextCursor;
      }
    },
  };
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
