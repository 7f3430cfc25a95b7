import type { Types } from 'mongoose';
import type { AppError } from '../errors.ts';
import type { Id } from '../store/base-repository.ts';
import { asList, type Filter, filterOf } from '../store/query-table.ts';
import { asScalar } from '../store/scalar.ts';
import type { Stored } from '../store/schema.ts';
import { stamped, type Update } from '../store/update.ts';
import type { Call, NewCall, StreamTokenHash } from './call-document.ts';
import { createCallMoves } from './call-moves.ts';
import { callQueries } from './call-queries.ts';
import { type CallState, isFinalCallState, statesBefore, type TerminationSource } from './call-state.ts';
import type { CallFlag } from './calls.types.ts';
import type { CallCost } from './cost-protocol.ts';
import { CountedCalls } from './counted-calls.ts';
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

const transferNews = ['state', 'reason', 'answeredAt', 'seconds', 'childSid'] as const;

/** Calls in both directions. Status only moves forward here, in one conditional write, whatever order callbacks arrive in. */
export class CallRepository extends CountedCalls {
  /** Writes a new call down before anything else happens with it. */
  begin(call: NewCall): Promise<Stored<Call>> {
    return this.create(call as Call); // what is not given has a default
  }

  /** The same for many at once; whatever is not written is told by its error. */
  beginMany(calls: readonly NewCall[]): Promise<(Stored<Call> | AppError)[]> {
    return this.createEach(calls as readonly Call[]);
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

  /** What came of an ended call, once; null when it was written before. */
  conclude(id: Id, fields: Partial<Call>): Promise<Stored<Call> | null> {
    return this.#move({
      verb: 'conclude',
      id: asScalar('id', id, 'id'),
      filter: filterOf(callQueries.withoutOutcome, { id }),
      set: { ...fields, unannounced: true, figuresDue: true },
    });
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
}
