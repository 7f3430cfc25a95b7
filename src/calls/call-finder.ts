import { BaseRepository, type Id } from '../store/base-repository.ts';
import { type ListQuery, type Page, planPage, readPage } from '../store/list-page.ts';
import { asList, filterOf, trustFilter } from '../store/query-table.ts';
import { listRulesOf } from '../store/repository-definition.ts';
import type { Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import { type Call, callSchema, never, newestFirst } from './call-document.ts';
import { callQueries } from './call-queries.ts';
import { callDirections, callOutcomes, callStates } from './call-state.ts';
import { callView } from './call-view.ts';
import type { CallView, PersonsCall } from './calls.types.ts';

/** How a search goes: among these calls alone, and no longer than this. */
export interface SearchTerms {
  readonly among?: readonly Id[] | undefined;
  readonly withinMs?: number | undefined;
}

/** Finds calls in both directions. */
export abstract class CallFinder extends BaseRepository<Call, typeof callQueries, CallView> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'calls',
      schema: callSchema,
      queries: callQueries,
      stateField: 'state',
      immutable: ['direction', 'to', 'from'],
      filters: {
        active: { type: 'boolean', path: 'endedAt', isEmpty: true },
        status: { type: 'string', values: callStates, path: 'state' },
        outcome: { type: 'string', values: callOutcomes },
        result: { type: 'string' },
        direction: { type: 'string', values: callDirections },
        number: { type: 'string', path: 'numbers', forms: ['prefix'], list: true },
        durationSeconds: { type: 'number', forms: ['range'] },
        agentId: { type: 'id' },
        campaignId: { type: 'id' },
        contactId: { type: 'id' },
        createdAt: { type: 'date', forms: ['range'] },
      },
      omittedFromLists: ['verdict', 'conversations', 'summary', 'analysis'],
    });
  }

  /** A page of the list, or of these calls among it: cursors go on although the next page is asked for among others. */
  async search(query: ListQuery, { among, withinMs }: SearchTerms = {}): Promise<Page<Partial<CallView>>> {
    const projection = Object.fromEntries(this.definition.omittedFromLists!.map(path => [path, 0 as const]));
    const { items, nextCursor } = await readPage(this.#plan(query, among), (filter, sort, limit) =>
      this.run('search', 'always', () => this.read(trustFilter(filter), { sort, limit, projection, withinMs })),
    );
    const { fields } = query;
    const cut = (call: CallView): Partial<CallView> =>
      fields
        ? Object.fromEntries(fields.filter(name => Object.hasOwn(call, name)).map(name => [name, call[name]]))
        : call;
    return { items: items.map(call => cut(this.toApi(call))), nextCursor };
  }

  /** How many calls such a search finds, counted up to `most`. */
  countFound(query: ListQuery, { among, withinMs, most }: SearchTerms & { readonly most: number }): Promise<number> {
    const { filter: wished } = this.#plan(query, among).segments[0]!;
    // All of them are counted along an index, too.
    const filter = Object.keys(wished).length > 0 ? wished : { createdAt: { $gt: never } };
    const options = { limit: most, ...(withinMs === undefined ? {} : { maxTimeMS: withinMs }) };
    return this.run('countFound', 'always', () => this.model.countDocuments(trustFilter(filter), options).exec());
  }

  #plan(query: ListQuery, among: readonly Id[] | undefined) {
    const base = among ? { _id: { $in: asList('ids', among, 'id') } } : {};
    return planPage('calls', listRulesOf(this.definition), query, base);
  }

  toApi(call: Stored<Call>): CallView {
    return callView(call);
  }

  findBySid(sid: string): Promise<Stored<Call> | null> {
    return this.first('bySid', { sid });
  }

  findByConversation(conversationId: string): Promise<Stored<Call> | null> {
    return this.first('byConversation', { conversationId });
  }

  /** The call that was placed with this key. */
  findByIdempotencyKey(idempotencyKey: string): Promise<Stored<Call> | null> {
    return this.first('byIdempotencyKey', { idempotencyKey });
  }

  /** A live call to this number, of which there may be one at most. */
  findActiveTo(to: string): Promise<Stored<Call> | null> {
    return this.first('activeTo', { to });
  }

  /** The ids of live calls to these numbers, by number. */
  async activeToAny(numbers: readonly string[]): Promise<Map<string, string[]>> {
    const filter = filterOf(callQueries.activeToAny, { numbers });
    const found = await this.run('activeToAny', 'always', () => this.read(filter, { projection: { to: 1 } }));
    const live = new Map<string, string[]>();
    for (const { _id, to } of found) live.set(to, [...(live.get(to) ?? []), _id.toHexString()]);
    return live;
  }

  active(limit?: number): Promise<Stored<Call>[]> {
    return this.find('active', {}, limit === undefined ? {} : { limit });
  }

  /** Every call that has not ended, without the long fields that lists leave out, however many there are. */
  allActive(): Promise<Stored<Call>[]> {
    const projection = Object.fromEntries(this.definition.omittedFromLists!.map(path => [path, 0 as const]));
    return this.run('allActive', 'always', () => this.read(filterOf(callQueries.active, {}), { projection }));
  }

  countActive(): Promise<number> {
    return this.count('active', {});
  }

  /** Those of these calls that exist, without their long fields. */
  async among(ids: readonly Id[]): Promise<Stored<Call>[]> {
    const filter = filterOf(callQueries.among, { ids });
    return this.run('among', 'always', () => this.read(filter, { limit: ids.length, projection: withoutVerdict }));
  }

  /** Which of these calls have ended. */
  async endedAmong(ids: readonly Id[]): Promise<string[]> {
    const ended: string[] = [];
    for (let from = 0; from < ids.length; from += 500) {
      const found = await this.find('endedAmong', { ids: ids.slice(from, from + 500) }, { limit: 500 });
      ended.push(...found.map(({ _id }) => _id.toHexString()));
    }
    return ended;
  }

  /** Which of these calls were erased. */
  async erasedAmong(ids: readonly Id[]): Promise<Set<string>> {
    const erased = new Set<string>();
    for (let from = 0; from < ids.length; from += 500) {
      const found = await this.find('erasedAmong', { ids: ids.slice(from, from + 500) }, { limit: 500 });
      for (const { _id } of found) erased.add(_id.toHexString());
    }
    return erased;
  }

  /** How many of a campaign's calls since then came to this. */
  outcomesSince(campaignId: Id, outcome: string, since: Date): Promise<number> {
    return this.count('ofCampaignSince', { campaignId, outcome, since });
  }

  /** Calls to this number, or to the keyed hash of one, since then; newest first, with what caps and pauses look at. */
  attemptsTo(to: string, since: Date): Promise<Stored<Call>[]> {
    const filter = filterOf(callQueries.attemptsTo, { to, since });
    return this.run('attemptsTo', 'always', () =>
      this.read(filter, { sort: newestFirst, limit: mostAttempts, projection: whatCapsCount }),
    );
  }

  /** What `attemptsTo` tells, for many numbers at once. */
  async attemptsToAny(numbers: readonly string[], since: Date): Promise<Map<string, Stored<Call>[]>> {
    const filter = filterOf(callQueries.toAny, { numbers, since });
    const limit = Math.max(numbers.length, mostAttempts) * 10;
    const projection = { ...whatCapsCount, to: 1 } as const;
    const found = await this.run('attemptsToAny', 'always', () => this.read(filter, { limit, projection }));
    // Somebody is called all day long: the newest of each are what counts.
    if (found.length === limit) {
      const each = numbers.map(async number => [number, await this.attemptsTo(number, since)] as const);
      return new Map(await Promise.all(each));
    }
    const attempts = new Map<string, Stored<Call>[]>(numbers.map(number => [number, []]));
    for (const call of found) attempts.get(call.to)?.push(call);
    return attempts;
  }

  /** The newest call with each of these people, read for all of them at once; without those who were never called. */
  async newestWith(contactIds: readonly string[]): Promise<Map<string, PersonsCall>> {
    const filter = filterOf(callQueries.withContacts, { contactIds });
    const limit = Math.max(contactIds.length, 20) * 20;
    const projection = { contactId: 1, createdAt: 1, outcome: 1 } as const;
    const found = await this.run('withContacts', 'always', () => this.read(filter, { limit, projection }));
    // People who are called very often are asked for one by one: their calls would not end.
    const calls =
      found.length < limit
        ? found
        : (await Promise.all(contactIds.map(contactId => this.first('newestWith', { contactId })))).filter(
            call => call !== null,
          );
    const newest = new Map<string, PersonsCall>();
    for (const { _id, contactId, createdAt, outcome } of calls) {
      const id = contactId!.toHexString();
      const at = createdAt.toISOString();
      if (at > (newest.get(id)?.at ?? '')) newest.set(id, { id: _id.toHexString(), at, outcome });
    }
    return newest;
  }

  /** Calls in the order in which they were written, with what a judge looks at; however many there are, few at a time. */
  async *writtenBetween(from: Date, until: Date): AsyncGenerator<Stored<Call>> {
    const { sort } = callQueries.writtenBetween;
    const filter = filterOf(callQueries.writtenBetween, { from, until });
    const cursor = this.model
      .find(filter, whatJudgesRead, { sort: { ...sort } })
      .lean()
      .cursor({ batchSize: 500 });
    try {
      for await (const call of cursor) yield call as unknown as Stored<Call>;
    } finally {
      await cursor.close();
    }
  }

  /** All calls to these numbers, or to keyed hashes of them, since then. */
  toAny(numbers: readonly string[], since: Date): Promise<Stored<Call>[]> {
    const filter = filterOf(callQueries.toAny, { numbers, since });
    return this.run('toAny', 'always', () => this.read(filter, { projection: whatJudgesRead }));
  }

  /** How many calls came from this number since then, counted up to as many as matter. */
  async placedFrom(from: string, since: Date): Promise<number> {
    const filter = filterOf(callQueries.placedFrom, { from, since });
    const found = await this.run('placedFrom', 'always', () =>
      this.read(filter, { sort: newestFirst, limit: mostAttempts, projection: { _id: 1 } }),
    );
    return found.length;
  }

  /** Calls whose sockets this process holds and whose verdict waits for it. */
  pendingVerdicts(processId: string): Promise<Stored<Call>[]> {
    return this.find('pendingVerdicts', { processId });
  }

  /** Ended calls whose conversations the vendor should have reported by now, longest waiting first. */
  dueReports(now: Date, limit: number): Promise<Stored<Call>[]> {
    return this.find('reportDue', { now }, { limit });
  }

  /** Ended calls whose price the carrier should know by now, longest waiting first. */
  duePrices(now: Date, limit: number): Promise<Stored<Call>[]> {
    return this.find('priceDue', { now }, { limit });
  }

  /** Ended calls whose end nobody announced, longest first. */
  unannounced(before: Date, limit: number): Promise<Stored<Call>[]> {
    return this.find('unannounced', { before }, { limit });
  }

  /** Attempts of which nobody knows whether the carrier has them, oldest first. */
  inDoubt(before: Date, limit: number): Promise<Stored<Call>[]> {
    return this.find('inDoubt', { before }, { limit });
  }

  /** Calls that have not ended and of which nothing was heard since, longest first. */
  quiet(before: Date, limit: number): Promise<Stored<Call>[]> {
    return this.find('quiet', { before }, { limit });
  }

  /** Calls that ended before this moment and were not concluded. */
  unfinished(before: Date, limit: number): Promise<Stored<Call>[]> {
    return this.find('unfinished', { before }, { limit });
  }
}

const withoutVerdict = { verdict: 0, conversations: 0, summary: 0, analysis: 0 } as const;
/** Far more than any cap, so that the newest ones say enough. */
const mostAttempts = 100;
const whatCapsCount = Object.fromEntries(
  [
    ...['createdAt', 'dialledAt', 'answeredAt', 'endedAt', 'durationSeconds'],
    ...['outcome', 'result', 'terminationSource', 'campaignId'],
  ].map(path => [path, 1 as const]),
);

const whatJudgesRead = Object.fromEntries(
  [...['createdAt', 'dialledAt', 'endedAt', 'to', 'sid', 'direction'], ...['outcome', 'campaignId', 'contactId']].map(
    path => [path, 1 as const],
  ),
);
