import type { Types } from 'mongoose';
import type { AppError } from '../errors.ts';
import { BaseRepository, type Id } from '../store/base-repository.ts';
import { type ListQuery, type Page, planPage, readPage } from '../store/list-page.ts';
import { asList, type Filter, filterOf, trustFilter } from '../store/query-table.ts';
import { listRulesOf } from '../store/repository-definition.ts';
import { asScalar } from '../store/scalar.ts';
import type { Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import { stamped, type Update } from '../store/update.ts';
import { type Call, callSchema, type NewCall, never, newestFirst, type StreamTokenHash } from './call-document.ts';
import { createCallMoves } from './call-moves.ts';
import { callQueries } from './call-queries.ts';
import {
  type CallState,
  callDirections,
  callOutcomes,
  callStates,
  isFinalCallState,
  statesBefore,
  type TerminationSource,
} from './call-state.ts';
import { callView } from './call-view.ts';
import type { CallCount, CallFlag, CallView, PersonsCall } from './calls.types.ts';
import type { CallCost } from './cost-protocol.ts';
import { createSeenCalls } from './seen-calls.ts';
import { type TransferLeg, withLeg } from './transfer-legs.ts';

/** What a status of the carrier changes beside the state. */
export interface CarrierNews {
  readonly sid: string;
  readonly state: CallState;
  /** Of the callback; a final state counts whatever its number. */
  readonly sequence: number;
  readonly at: Date;
  readonly fields?: Partial<Call>;
}

/** How a search goes: among these calls alone, and no longer than this. */
export interface SearchTerms {
  readonly among?: readonly Id[] | undefined;
  readonly withinMs?: number | undefined;
}

const transferNews = ['state', 'reason', 'answeredAt', 'seconds', 'childSid'] as const;

/** Calls in both directions. Status only moves forward here, in one conditional write, whatever order callbacks arrive in. */
export class CallRepository extends BaseRepository<Call, typeof callQueries, CallView> {
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

  /** Writes a new call down before anything else happens with it. */
  begin(call: NewCall): Promise<Stored<Call>> {
    return this.create(call as Call); // what is not given has a default
  }

  /** The same for many at once; whatever is not written is told by its error. */
  beginMany(calls: readonly NewCall[]): Promise<(Stored<Call> | AppError)[]> {
    return this.createEach(calls as readonly Call[]);
  }

  findBySid(sid: string): Promise<Stored<Call> | null> {
    return this.first('bySid', { sid });
  }

  findByConversation(conversationId: string): Promise<Stored<Call> | null> {
    return this.first('byConversation', { conversationId });
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

  /** Calls to this number, or to the keyed hash of one, since then; newest first, with what caps and pauses look at. */
  attemptsTo(to: string, since: Date): Promise<Stored<Call>[]> {
    const filter = filterOf(callQueries.attemptsTo, { to, since });
    return this.run('attemptsTo', 'always', () =>
      this.read(filter, { sort: newestFirst, limit: mostAttempts, projection: whatCapsCount }),
    );
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

  /** The call that was placed with this key. */
  findByIdempotencyKey(idempotencyKey: string): Promise<Stored<Call> | null> {
    return this.first('byIdempotencyKey', { idempotencyKey });
  }

  /**
   * Notes that the carrier is about to be asked for these calls, and answers in their order whether it may be: not when somebody ended the
   * attempt, or the carrier has a call for it.
   */
  async beginDiallingMany(attempts: readonly { readonly id: Id; readonly dialledAt: Date }[]): Promise<boolean[]> {
    const changes = attempts.map(({ id, dialledAt }) => ({ args: { id }, update: { $set: { dialledAt } } }));
    if ((await this.changeEach('mayBeDialled', changes)) === attempts.length) return attempts.map(() => true);
    const filter = filterOf(callQueries.among, { ids: attempts.map(({ id }) => id) });
    const projection = { sid: 1, endedAt: 1, terminationSource: 1, dialledAt: 1 } as const;
    const found = await this.run('among', 'always', () => this.read(filter, { limit: attempts.length, projection }));
    const open = new Map(
      found
        .filter(({ sid, endedAt, terminationSource }) => sid === null && endedAt === null && terminationSource === null)
        .map(({ _id, dialledAt }) => [_id.toHexString(), dialledAt?.getTime()]),
    );
    return attempts.map(({ id, dialledAt }) => open.get(String(id)) === dialledAt.getTime());
  }

  /** Takes back an attempt for which nobody asked the carrier yet; null when that was too late. */
  withdraw(id: Id, at: Date): Promise<Stored<Call> | null> {
    const $set = { state: 'canceled', endedAt: at, liveTo: null, streamToken: null };
    return this.change('undialledYet', { id }, { $set, $inc: { eventSeq: 1 } });
  }

  /** Ends an attempt that the carrier never got; null when it has a call after all. */
  refuse(
    id: Id,
    at: Date,
    fields: Pick<Call, 'state' | 'outcome'> &
      Partial<Pick<Call, 'terminationSource' | 'terminationReason' | 'cause' | 'dialledAt'>>,
  ): Promise<Stored<Call> | null> {
    const $set = { ...fields, endedAt: at, liveTo: null, streamToken: null, unannounced: true, figuresDue: true };
    return this.change('undialled', { id }, { $set, $inc: { eventSeq: 1 } });
  }

  /** Notes what went wrong with an attempt that may ring nevertheless. */
  doubt(id: Id, cause: Readonly<Record<string, unknown>>): Promise<Stored<Call> | null> {
    return this.change('undialled', { id }, { $set: { cause }, $inc: { eventSeq: 1 } });
  }

  /** What came of a call, told while it goes on or afterwards; null when there is no such call, or it is erased. */
  async resulted(id: Id, result: string): Promise<Stored<Call> | null> {
    // Only what has ended is counted.
    return (
      (await this.change('notConcluded', { id }, { $set: { result } })) ??
      (await this.change('concluded', { id }, { $set: { result, figuresDue: true } }))
    );
  }

  /** Those of these calls that exist, without their long fields. */
  async among(ids: readonly Id[]): Promise<Stored<Call>[]> {
    const filter = filterOf(callQueries.among, { ids });
    return this.run('among', 'always', () => this.read(filter, { limit: ids.length, projection: withoutVerdict }));
  }

  /** How many of a campaign's calls since then came to this. */
  outcomesSince(campaignId: Id, outcome: string, since: Date): Promise<number> {
    return this.count('ofCampaignSince', { campaignId, outcome, since });
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

  /** Writes down what the carrier answered; null when a callback was faster and named the call already. */
  async placed(id: Id, sid: string): Promise<Stored<Call> | null> {
    const named = { sid: asScalar('sid', sid, 'string'), state: 'queued' };
    const update: Update = { $set: named, $inc: { eventSeq: 1 } };
    const call = await this.#write('placed', filterOf(callQueries.claimedWithoutSid, { id }), update, {});
    // The first callback is on its way.
    if (call) this.#seen.note({ ...call, verdict: null });
    return call;
  }

  /** Writes down the carrier's id once; null when the attempt has one already. */
  attachSid(id: Id, sid: string): Promise<Stored<Call> | null> {
    return this.change('withoutSid', { id }, { $set: { sid } });
  }

  /**
   * Moves the call forward on news of the carrier and reserves the number of its event, in one write; null when the news is
   * old, doubled or of another call. The call is named by our id where the address carried it, else by the carrier's.
   */
  applyNews(id: Id | null, { sid, state, sequence, at, fields = {} }: CarrierNews): Promise<Stored<Call> | null> {
    const final = isFinalCallState(state);
    const below = final ? Number.MAX_SAFE_INTEGER : sequence;
    const times: Partial<Call> = {
      ...(state === 'in-progress' ? { answeredAt: at } : {}),
      ...(final ? { endedAt: at, liveTo: null } : {}),
    };
    const states = statesBefore(state);
    const set: Partial<Call> = { ...fields, ...times, state, lastSequence: sequence };
    if (id === null) {
      const filter = filterOf(callQueries.newsBySid, { sid, states, sequence: below });
      return this.#write('applyNews', filter, { $set: set, $inc: { eventSeq: 1 } });
    }
    return this.#move({
      verb: 'applyNews',
      id: asScalar('id', id, 'id'),
      filter: filterOf(callQueries.news, { id, sid, states, sequence: below }),
      set: { ...set, sid: asScalar('sid', sid, 'string') },
    });
  }

  readonly #seen = createSeenCalls();

  readonly #move = createCallMoves(
    {
      read: ids =>
        this.run('among', 'always', async () => {
          const found = this.model.collection.find(filterOf(callQueries.among, { ids }), {
            projection: { verdict: 0 },
            batchSize: ids.length + 1,
          });
          return (await found.toArray()) as unknown as Stored<Call>[];
        }),
      changeAll: (moves, at) =>
        this.run('moveMany', 'if-not-done', async () => {
          const writes = moves.map(({ seen: { _id, version, eventSeq }, set }) => ({
            updateOne: {
              filter: { _id, version, eventSeq },
              update: stamped({ $set: set, $inc: { eventSeq: 1 } }, at),
            },
          }));
          return (await this.model.collection.bulkWrite(writes, { ordered: false })).matchedCount;
        }),
      changeOne: ({ verb, filter, set }) => this.#write(verb, filter, { $set: set, $inc: { eventSeq: 1 } }),
    },
    () => new Date(),
    this.#seen,
  );

  /** Every change that is not one of the moves above. */
  protected override async forget(ids: readonly Types.ObjectId[]): Promise<void> {
    for (const id of ids) this.#seen.forget(id.toHexString());
    await super.forget(ids);
  }

  /**
   * The writes of status callbacks and of every call's end. All their values are typed and ours, so they need not pay for being cast
   * and validated; nor for reading the verdict, which is long and which nobody asks about here.
   */
  #write(
    verb: string,
    filter: Filter,
    update: Update,
    projection: Readonly<Record<string, 0>> = { verdict: 0 },
  ): Promise<Stored<Call> | null> {
    const change = stamped(update, new Date());
    return this.run(verb, 'if-not-done', async () => {
      const options = { returnDocument: 'after', projection } as const;
      const changed = await this.model.collection.findOneAndUpdate(filter, change, options);
      return changed as Stored<Call> | null;
    });
  }

  /** Notes the number of a callback whose news another message brought before. */
  confirmNews(id: Id, { sid, state, sequence }: CarrierNews): Promise<Stored<Call> | null> {
    return this.change('news', { id, sid, states: [state], sequence }, { $set: { lastSequence: sequence } });
  }

  /** Somebody answered: the carrier asks what to do, which no callback proves better. Null when that was known, or the call ended. */
  answer(id: Id, sid: string, at: Date, token: StreamTokenHash): Promise<Stored<Call> | null> {
    const $set = { sid, state: 'in-progress', answeredAt: at, ...token };
    return this.change('unanswered', { id, sid }, { $set, $inc: { eventSeq: 1 } });
  }

  /** Another token for the next stream, which makes the one before worthless; null when the call ended. */
  giveToken(id: Id, sid: string, token: StreamTokenHash): Promise<Stored<Call> | null> {
    return this.change('liveWith', { id, sid }, { $set: { sid, ...token } });
  }

  /** A token for a call whose stream broke; null when it may not be resumed (again). */
  resume(id: Id, sid: string, most: number, token: StreamTokenHash): Promise<Stored<Call> | null> {
    return this.change('resumable', { id, sid, most }, { $set: { ...token }, $inc: { resumes: 1, eventSeq: 1 } });
  }

  /** Uses a token up; of several streams that bring it, one gets the call. */
  redeem(
    id: Id,
    {
      sid,
      token,
      streamSid,
      processId,
      now,
    }: Readonly<Record<'sid' | 'token' | 'streamSid' | 'processId', string>> & { now: Date },
  ): Promise<Stored<Call> | null> {
    const $set = { streamToken: null, usedToken: token, streamSid, processId };
    return this.change('redeemable', { id, sid, token, now }, { $set, $inc: { streams: 1, eventSeq: 1 } });
  }

  /** The first word about why a call ends; null when one was said. */
  noteEnding(
    id: Id,
    terminationSource: TerminationSource,
    terminationReason: string,
    cause: Readonly<Record<string, unknown>> | null,
  ): Promise<Stored<Call> | null> {
    const $set = { terminationSource, terminationReason, ...(cause ? { cause } : {}) };
    return this.change('notEnding', { id }, { $set, $inc: { eventSeq: 1 } });
  }

  /** Notes that the call is being passed on; null when it is already, or ends. */
  beginTransfer(id: Id, transfer: Readonly<Record<string, unknown>>): Promise<Stored<Call> | null> {
    return this.change('transferable', { id }, { $set: { transfer }, $inc: { eventSeq: 1 } });
  }

  /** What became of it; null when it was in none of these states. */
  async settleTransfer(
    id: Id,
    states: readonly string[],
    news: Readonly<Record<string, unknown>>,
    fields: Partial<Pick<Call, 'result'>> = {},
  ): Promise<Stored<Call> | null> {
    const $set: Record<string, unknown> = { ...fields };
    for (const name of transferNews) if (news[name] !== undefined) $set[`transfer.${name}`] = news[name];
    const call = await this.change('transferIn', { id, states }, { $set, $inc: { eventSeq: 1 } });
    // Told after the end, it changes what was counted.
    if (call && call.outcome !== null && 'result' in fields) await this.recount([id]);
    return call;
  }

  /** The first verdict about an answering machine; null when there is one. */
  noteVerdict(
    id: Id,
    sid: string,
    answeredBy: string,
    amd: Readonly<Record<string, unknown>>,
  ): Promise<Stored<Call> | null> {
    return this.change('withoutVerdict', { id, sid }, { $set: { sid, answeredBy, amd }, $inc: { eventSeq: 1 } });
  }

  /** Takes a verdict for acting on it, once over all processes; null when another one did. */
  settleVerdict(id: Id, action: string, at: Date): Promise<Stored<Call> | null> {
    const $set = { 'amd.state': 'done', 'amd.action': action, 'amd.doneAt': at };
    return this.change('withPendingVerdict', { id }, { $set, $inc: { eventSeq: 1 } });
  }

  /** Calls whose sockets this process holds and whose verdict waits for it. */
  pendingVerdicts(processId: string): Promise<Stored<Call>[]> {
    return this.find('pendingVerdicts', { processId });
  }

  /** The number of an event that changes nothing else; null when there is no such call. */
  reserveEvent(id: Id, sid: string): Promise<Stored<Call> | null> {
    return this.change('named', { id, sid }, { $inc: { eventSeq: 1 } });
  }

  /** The message that was being left was played to its end. */
  messageLeft(id: Id, sid: string, from: string, to: string): Promise<Stored<Call> | null> {
    return this.change(
      'endingWith',
      { id, sid, reason: from },
      { $set: { terminationReason: to }, $inc: { eventSeq: 1 } },
    );
  }

  /** Why a person should look at the call, whole each time; null for an erased one. */
  keepFlags(id: Id, flags: readonly CallFlag[]): Promise<Stored<Call> | null> {
    return this.change('notErased', { id }, { $set: { flags } });
  }

  /** What is known of a phone that was answered while the call was passed on; null when it was known before. */
  async noteLeg(id: Id, news: Pick<TransferLeg, 'sid'> & Partial<TransferLeg>): Promise<Stored<Call> | null> {
    for (let tries = 0; tries < 5; tries += 1) {
      const call = await this.findById(id);
      const legs = call && withLeg(call, news);
      if (!call || !legs) return null;
      const changed = await this.change('asOf', { id, version: call.version }, { $set: { legs } });
      if (changed) return changed;
    }
    return null;
  }

  /** The check of the first sentence that was heard, once; null when it was made before. */
  noteFirstTurn(id: Id, firstTurn: Readonly<Record<string, unknown>>): Promise<Stored<Call> | null> {
    return this.change('withoutFirstTurn', { id }, { $set: { firstTurn }, $inc: { eventSeq: 1 } });
  }

  /** What a first sentence left open was heard later; null when nothing was open. */
  completeFirstTurn(id: Id, firstTurn: Readonly<Record<string, unknown>>): Promise<Stored<Call> | null> {
    return this.change('withOpenFirstTurn', { id }, { $set: { firstTurn }, $inc: { eventSeq: 1 } });
  }

  /** Moves the recording's state forward; null when it was in none of these. */
  moveRecording(
    id: Id,
    from: readonly string[],
    to: string,
    { sid, info }: { readonly sid?: string; readonly info?: Call['recordingInfo'] } = {},
  ): Promise<Stored<Call> | null> {
    const $set = { recording: to, ...(info === undefined ? {} : { recordingInfo: info }) };
    const update: Update = { $set, $inc: { eventSeq: 1 } };
    return sid === undefined
      ? this.change('recordingIn', { id, states: from }, update)
      : this.change('recordingOf', { id, sid, states: from }, update);
  }

  /** Makes a call an erased one; null when somebody wrote to it since it was read, or it was erased. */
  erase({ _id, version }: Pick<Stored<Call>, '_id' | 'version'>, fields: Partial<Call>): Promise<Stored<Call> | null> {
    return this.change('erasable', { id: _id, version }, { $set: fields });
  }

  /** Nothing of an erased call is left to be removed. */
  erasureDone(id: Id): Promise<Stored<Call>> {
    return this.changeById(id, { $set: { erasure: 'done' } });
  }

  /** Calls stay when the person they were with is deleted, and show the name no more. */
  forgetContact(contactId: Id): Promise<number> {
    return this.changeMany('withContact', { contactId }, { $set: { contactName: null } });
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

  /** What came of an ended call, once; null when it was written before. */
  conclude(id: Id, fields: Partial<Call>): Promise<Stored<Call> | null> {
    return this.#move({
      verb: 'conclude',
      id: asScalar('id', id, 'id'),
      filter: filterOf(callQueries.withoutOutcome, { id }),
      set: { ...fields, unannounced: true, figuresDue: true },
    });
  }

  /** Ended calls whose conversations the vendor should have reported by now, longest waiting first. */
  dueReports(now: Date, limit: number): Promise<Stored<Call>[]> {
    return this.find('reportDue', { now }, { limit });
  }

  async reportSettled(id: Id): Promise<void> {
    await this.change('byId', { id }, { $set: { reportDueAt: null } });
  }

  async reportLater(id: Id, reportDueAt: Date): Promise<void> {
    await this.change('byId', { id }, { $set: { reportDueAt }, $inc: { reportTries: 1 } });
  }

  /** Nobody asks any more. */
  reportGivenUp(id: Id): Promise<Stored<Call> | null> {
    return this.change('byId', { id }, { $set: { reportDueAt: null }, $inc: { eventSeq: 1 } });
  }

  /** Ended calls whose price the carrier should know by now, longest waiting first. */
  duePrices(now: Date, limit: number): Promise<Stored<Call>[]> {
    return this.find('priceDue', { now }, { limit });
  }

  async priceLater(id: Id, priceDueAt: Date): Promise<void> {
    await this.change('byId', { id }, { $set: { priceDueAt }, $inc: { priceTries: 1 } });
  }

  /** The estimate stays. */
  priceGivenUp(id: Id): Promise<Stored<Call> | null> {
    return this.change('byId', { id }, { $set: { priceDueAt: null }, $inc: { eventSeq: 1 } });
  }

  /** Another cost than before; null when the call was changed since it was read. */
  setCost({ _id, version }: Stored<Call>, cost: CallCost, fields: Partial<Call> = {}): Promise<Stored<Call> | null> {
    return this.change('asOf', { id: _id, version }, { $set: { ...fields, cost, figuresDue: true } });
  }

  /** Ended calls whose end nobody announced, longest first. */
  unannounced(before: Date, limit: number): Promise<Stored<Call>[]> {
    return this.find('unannounced', { before }, { limit });
  }

  /** The ends of these calls were announced. Says nothing about the calls themselves, so their versions stay. */
  async announced(ids: readonly Id[]): Promise<void> {
    const known = asList('ids', ids, 'id');
    await this.run('announced', 'always', () =>
      this.model.collection.updateMany({ _id: { $in: known } }, { $set: { unannounced: false } }),
    );
  }

  /** An attempt that the carrier does not know is over; null when its call was found meanwhile. */
  giveUp(id: Id, at: Date): Promise<Stored<Call> | null> {
    const $set = { state: 'failed', endedAt: at, liveTo: null };
    return this.change('nameless', { id }, { $set });
  }

  /** Notes that the call was looked at now. */
  async touch(id: Id): Promise<void> {
    await this.change('live', { id }, {});
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

  /** Gives out numbers for this many events and sets fields in the same write; the last number, or null without such a call. */
  async reserveEvents(id: Id, count: number, fields: Partial<Call> = {}): Promise<number | null> {
    return (await this.noteFields(id, count, fields))?.eventSeq ?? null;
  }

  /** The same; returns the call as it is then, whose `eventSeq` is the last number. */
  async noteFields(id: Id, count: number, fields: Partial<Call>): Promise<Stored<Call> | null> {
    const call = await this.change('byId', { id }, { $set: fields, $inc: { eventSeq: count } });
    // Waiting times that come after everything else, from what a dead process left, are counted, too.
    if (call && call.outcome !== null && 'latency' in fields) await this.recount([id]);
    return call;
  }

  /** Concluded calls that changed since they were counted, with what counts of them. */
  toCount(limit: number): Promise<Stored<Call>[]> {
    return this.run('toCount', 'always', () =>
      this.read(filterOf(callQueries.toCount, {}), { limit, projection: whatCounts }),
    );
  }

  /** Calls behind this one in the order of ids, with what counts of them. */
  behind(id: Id, limit: number): Promise<Stored<Call>[]> {
    const sort = { _id: 1 } as const;
    return this.run('behind', 'always', () =>
      this.read(filterOf(callQueries.afterId, { id }), { limit, sort, projection: whatCounts }),
    );
  }

  /** Every concluded call of a campaign, newest first. */
  async *concludedOf(campaignId: Id): AsyncGenerator<Stored<Call>> {
    for await (const call of this.each('ofCampaign', { campaignId })) if (call.outcome !== null) yield call;
  }

  /** These concluded calls must be counted again. */
  recount(ids: readonly Id[]): Promise<number> {
    return this.changeMany('concludedAmong', { ids }, { $set: { figuresDue: true } });
  }

  /**
   * Notes what batch `seq` counted of calls. One that changed since it was read keeps its mark, so that the change is counted; one
   * that a later batch counted is left alone. Versions stay: counting says nothing about a call.
   */
  async settleFigures(seq: number, counts: readonly CallCount[]): Promise<void> {
    const known = counts.map(({ id, version, counted }) => ({
      id: asScalar('id', id, 'id'),
      version: asScalar('version', version, 'number'),
      figures: { seq: asScalar('seq', seq, 'number'), counted },
    }));
    for (let from = 0; from < known.length; from += settledAtOnce) {
      const some = known.slice(from, from + settledAtOnce);
      await this.run('settleFigures', 'always', () => this.#settleSome(seq, some));
    }
  }

  async #settleSome(
    seq: number,
    known: readonly { readonly id: Types.ObjectId; readonly version: number; readonly figures: { seq: number } }[],
  ): Promise<void> {
    const { collection } = this.model;
    const { matchedCount } = await collection.bulkWrite(
      known.map(({ id, version, figures }) => ({
        updateOne: { filter: { _id: id, version }, update: { $set: { figures, figuresDue: false } } },
      })),
      { ordered: false },
    );
    if (matchedCount === known.length) return;
    const ids = known.map(({ id }) => id);
    const found = await collection.find({ _id: { $in: ids } }, { projection: { 'figures.seq': 1 } }).toArray();
    const seqOf = new Map(found.map(call => [String(call._id), (call['figures']?.seq as number | undefined) ?? 0]));
    for (const { id, figures } of known) {
      const before = seqOf.get(id.toHexString());
      if (before === undefined || before >= seq) continue;
      const filter = { _id: id, 'figures.seq': before === 0 ? { $in: [0, null] } : before };
      await collection.updateOne(filter, { $set: { figures } });
    }
  }
}

const withoutVerdict = { verdict: 0, conversations: 0, summary: 0, analysis: 0 } as const;
/** Nobody waits for these, and a long command stops the embedded store for everybody who does wait. */
const settledAtOnce = 25;
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

const whatCounts = Object.fromEntries(
  [
    ...['version', 'createdAt', 'direction', 'outcome', 'result', 'answeredAt', 'durationSeconds', 'cost'],
    ...['analysis.success', 'campaignId', 'agentId', 'variant', 'latency', 'figures', 'figuresDue'],
  ].map(path => [path, 1 as const]),
);
