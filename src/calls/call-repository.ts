import { Schema, type Types } from 'mongoose';
import type { AmdPolicy } from '../agents/agents.types.ts';
import { BaseRepository, type Id } from '../store/base-repository.ts';
import { type Filter, filterOf, namedQuery } from '../store/query-table.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import { stamped, type Update } from '../store/update.ts';
import {
  type CallDirection,
  type CallOutcome,
  type CallState,
  callDirections,
  callOutcomes,
  callStates,
  isFinalCallState,
  statesBefore,
  type TerminationSource,
  terminationSources,
} from './call-state.ts';
import type { CallView } from './calls.types.ts';

/** One attempt to speak with somebody; written before anything is dialled. */
export interface Call {
  /** The carrier's id; null until its answer arrived. */
  readonly sid: string | null;
  readonly direction: CallDirection;
  /** E.164, or `anonymous` where an inbound call does not tell. */
  readonly to: string;
  readonly from: string;
  readonly state: CallState;
  /** Of the last status callback that counted; late ones have lower numbers. */
  readonly lastSequence: number;
  readonly agentId: Types.ObjectId | null;
  /** The version of the agent it runs with, whatever is saved meanwhile. */
  readonly agentVersion: number | null;
  readonly engine: string | null;
  readonly conversationId: string | null;
  readonly contactId: Types.ObjectId | null;
  readonly contactName: string | null;
  readonly campaignId: Types.ObjectId | null;
  /** Why it was allowed, rule by rule; evidence that is kept. */
  readonly verdict: Record<string, unknown> | null;
  readonly answeredAt: Date | null;
  readonly endedAt: Date | null;
  readonly durationSeconds: number | null;
  readonly answeredBy: string | null;
  readonly outcome: CallOutcome | null;
  readonly result: string;
  readonly terminationSource: TerminationSource | null;
  readonly terminationReason: string | null;
  /** What the vendor said where a call failed because of it: its code and words. */
  readonly cause: Readonly<Record<string, unknown>> | null;
  /** The number while an outbound call to it lives, else null: unique, so a second live call to it cannot be written. */
  readonly liveTo: string | null;
  /** What the request asked for. */
  readonly variables: Readonly<Record<string, string | number | boolean>>;
  readonly policy: CallPolicy | null;
  readonly contentClass: string | null;
  /** The user or key that asked for it. */
  readonly requestedBy: string | null;
  /** Hash of the one-time token its next media stream must bring; null once it was used. */
  readonly streamToken: string | null;
  readonly streamTokenUntil: Date | null;
  /** Hash of the token that was used last, so that a second use is told from a made-up one. */
  readonly usedToken: string | null;
  /** How many media streams it has had. */
  readonly streams: number;
  /** The process that holds its sockets, and the stream it holds. */
  readonly processId: string | null;
  readonly streamSid: string | null;
  /** How often its stream was resumed after a loss. */
  readonly resumes: number;
  /** Detection of answering machines: verdict, when it came, what was done. */
  readonly amd: Readonly<Record<string, unknown>> | null;
  /** Check of the first sentence that was heard. */
  readonly firstTurn: Readonly<Record<string, unknown>> | null;
  readonly latency: Readonly<Record<string, unknown>> | null;
  readonly media: Readonly<Record<string, unknown>> | null;
  /** `off`, `requested`, `recording`, `recorded` (the carrier has it), `stored`, `absent`, `failed`. */
  readonly recording: string;
  /** Number of the last event that was given out. */
  readonly eventSeq: number;
  /** Hash of who asked and of the key they gave, so that the same request placed twice is one call; unique. */
  readonly idempotencyKey: string | null;
  /** Hash of what was asked with that key. */
  readonly requestHash: string | null;
}

/** What the store keeps of a stream's token. */
export type StreamTokenHash = Pick<Call, 'streamToken' | 'streamTokenUntil'>;

/** What applies to a call while it runs, fixed when it is placed, so that any process can serve it. */
export interface CallPolicy {
  readonly amd: AmdPolicy;
  readonly record: boolean;
  readonly maxSeconds: number;
  readonly silenceMs: number;
}

export type NewCall = Pick<Call, 'direction' | 'to' | 'from'> & Partial<Call>;

const reference = { type: Schema.Types.ObjectId, default: null } as const;
const text = { type: String, default: null } as const;
const mixed = { type: Schema.Types.Mixed, default: null } as const;
const party = { type: String, required: true, match: /^(\+[1-9]\d{6,14}|anonymous)$/ } as const;
const newestFirst = { createdAt: -1, _id: -1 } as const;

const schema = defineSchema(
  {
    sid: text,
    direction: { type: String, required: true, enum: callDirections },
    to: party,
    from: party,
    state: { type: String, enum: callStates, default: 'claimed' },
    lastSequence: { type: Number, default: -1 },
    agentId: reference,
    agentVersion: { type: Number, default: null },
    engine: text,
    conversationId: text,
    contactId: reference,
    contactName: text,
    campaignId: reference,
    verdict: { type: Schema.Types.Mixed, default: null },
    answeredAt: { type: Date, default: null },
    endedAt: { type: Date, default: null },
    durationSeconds: { type: Number, default: null },
    answeredBy: text,
    outcome: { type: String, enum: [...callOutcomes, null], default: null },
    result: { type: String, default: 'none' },
    terminationSource: { type: String, enum: [...terminationSources, null], default: null },
    terminationReason: text,
    cause: mixed,
    liveTo: text,
    variables: { type: Schema.Types.Mixed, default: {} },
    policy: mixed,
    contentClass: text,
    requestedBy: text,
    streamToken: text,
    streamTokenUntil: { type: Date, default: null },
    usedToken: text,
    streams: { type: Number, default: 0 },
    processId: text,
    streamSid: text,
    resumes: { type: Number, default: 0 },
    amd: mixed,
    firstTurn: mixed,
    latency: mixed,
    media: mixed,
    recording: { type: String, default: 'off' },
    eventSeq: { type: Number, default: 0 },
    idempotencyKey: text,
    requestHash: text,
  },
  {
    indexes: [
      { keys: { sid: 1 }, unique: true, where: { sid: { $type: 'string' } } },
      { keys: { liveTo: 1 }, unique: true, where: { liveTo: { $type: 'string' } } },
      { keys: { idempotencyKey: 1 }, unique: true, where: { idempotencyKey: { $type: 'string' } } },
      { keys: { conversationId: 1 }, where: { conversationId: { $type: 'string' } } },
      { keys: newestFirst },
      { keys: { endedAt: 1, ...newestFirst } },
      { keys: { endedAt: 1, updatedAt: 1 } },
      { keys: { sid: 1, endedAt: 1, createdAt: 1 } },
      { keys: { processId: 1 }, where: { 'amd.state': 'pending' } },
      { keys: { to: 1, endedAt: 1, ...newestFirst } },
      { keys: { state: 1, ...newestFirst } },
      { keys: { outcome: 1, ...newestFirst } },
      { keys: { outcome: 1, endedAt: 1 } },
      { keys: { direction: 1, ...newestFirst } },
      { keys: { agentId: 1, ...newestFirst } },
      { keys: { campaignId: 1, ...newestFirst } },
      { keys: { contactId: 1, ...newestFirst } },
    ],
  },
);

const queries = {
  byId: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id })),
  bySid: namedQuery({ sid: 'string' }, ({ sid }) => ({ sid })),
  byConversation: namedQuery({ conversationId: 'string' }, ({ conversationId }) => ({ conversationId })),
  active: namedQuery({}, () => ({ endedAt: null }), { sort: newestFirst }),
  activeTo: namedQuery({ to: 'string' }, ({ to }) => ({ to, endedAt: null })),
  withoutSid: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, sid: null })),
  byIdempotencyKey: namedQuery({ idempotencyKey: 'string' }, ({ idempotencyKey }) => ({ idempotencyKey })),
  claimedWithoutSid: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, sid: null, state: 'claimed' })),
  undialled: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, sid: null, endedAt: null })),
  endedAmong: namedQuery({ ids: ['id'] }, ({ ids }) => ({ _id: { $in: ids }, endedAt: { $ne: null } })),
  before: namedQuery({ id: 'id', states: ['string'], sequence: 'number' }, ({ id, states, sequence }) => ({
    _id: id,
    state: { $in: states },
    lastSequence: { $lt: sequence },
  })),
  // A callback may overtake the answer that names the call: then it names it.
  news: namedQuery(
    { id: 'id', sid: 'string', states: ['string'], sequence: 'number' },
    ({ id, sid, states, sequence }) => ({
      _id: id,
      sid: { $in: [null, sid] },
      state: { $in: states },
      lastSequence: { $lt: sequence },
    }),
  ),
  newsBySid: namedQuery({ sid: 'string', states: ['string'], sequence: 'number' }, ({ sid, states, sequence }) => ({
    sid,
    state: { $in: states },
    lastSequence: { $lt: sequence },
  })),
  unanswered: namedQuery({ id: 'id', sid: 'string' }, ({ id, sid }) => ({
    _id: id,
    sid: { $in: [null, sid] },
    answeredAt: null,
    endedAt: null,
  })),
  nameless: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, sid: null, endedAt: null })),
  live: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, endedAt: null })),
  named: namedQuery({ id: 'id', sid: 'string' }, ({ id, sid }) => ({ _id: id, sid: { $in: [null, sid] } })),
  endingWith: namedQuery({ id: 'id', sid: 'string', reason: 'string' }, ({ id, sid, reason }) => ({
    _id: id,
    sid,
    terminationReason: reason,
  })),
  liveWith: namedQuery({ id: 'id', sid: 'string' }, ({ id, sid }) => ({
    _id: id,
    sid: { $in: [null, sid] },
    endedAt: null,
  })),
  redeemable: namedQuery({ id: 'id', sid: 'string', token: 'string', now: 'date' }, ({ id, sid, token, now }) => ({
    _id: id,
    sid,
    streamToken: token,
    streamTokenUntil: { $gt: now },
    endedAt: null,
  })),
  resumable: namedQuery({ id: 'id', sid: 'string', most: 'number' }, ({ id, sid, most }) => ({
    _id: id,
    sid,
    endedAt: null,
    terminationSource: null,
    resumes: { $lt: most },
  })),
  notEnding: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, terminationSource: null })),
  withoutVerdict: namedQuery({ id: 'id', sid: 'string' }, ({ id, sid }) => ({
    _id: id,
    sid: { $in: [null, sid] },
    amd: null,
  })),
  withPendingVerdict: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, 'amd.state': 'pending' })),
  pendingVerdicts: namedQuery({ processId: 'string' }, ({ processId }) => ({ processId, 'amd.state': 'pending' })),
  withoutFirstTurn: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, firstTurn: null })),
  recordingIn: namedQuery({ id: 'id', states: ['string'] }, ({ id, states }) => ({
    _id: id,
    recording: { $in: states },
  })),
  recordingOf: namedQuery({ id: 'id', sid: 'string', states: ['string'] }, ({ id, sid, states }) => ({
    _id: id,
    sid,
    recording: { $in: states },
  })),
  withoutOutcome: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, endedAt: { $ne: null }, outcome: null })),
  inDoubt: namedQuery({ before: 'date' }, ({ before }) => ({ sid: null, endedAt: null, createdAt: { $lt: before } }), {
    sort: { createdAt: 1 },
  }),
  quiet: namedQuery({ before: 'date' }, ({ before }) => ({ endedAt: null, updatedAt: { $lt: before } }), {
    sort: { updatedAt: 1 },
  }),
  unfinished: namedQuery(
    { before: 'date' },
    ({ before }) => ({ outcome: null, endedAt: { $gt: new Date(0), $lt: before } }),
    { sort: { endedAt: 1 } },
  ),
};

/** What a status of the carrier changes beside the state. */
export interface CarrierNews {
  readonly sid: string;
  readonly state: CallState;
  /** Of the callback; a final state counts whatever its number. */
  readonly sequence: number;
  readonly at: Date;
  readonly fields?: Partial<Call>;
}

/** What can be done with a live call today; further commands are named here when they are built. */
const capabilitiesOf = ({ engine, endedAt }: Pick<Call, 'engine' | 'endedAt'>): readonly string[] =>
  engine !== null && endedAt === null ? ['dtmf'] : [];

/** Calls in both directions. Status only moves forward here, in one conditional write, whatever order callbacks arrive in. */
export class CallRepository extends BaseRepository<Call, typeof queries, CallView> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'calls',
      schema,
      queries,
      stateField: 'state',
      immutable: ['direction', 'to', 'from'],
      filters: {
        active: { type: 'boolean', path: 'endedAt', isEmpty: true },
        status: { type: 'string', values: callStates, path: 'state' },
        outcome: { type: 'string', values: callOutcomes },
        direction: { type: 'string', values: callDirections },
        agentId: { type: 'id' },
        campaignId: { type: 'id' },
        contactId: { type: 'id' },
        createdAt: { type: 'date', forms: ['range'] },
      },
      omittedFromLists: ['verdict'],
    });
  }

  toApi(call: Stored<Call>): CallView {
    return {
      id: call._id.toHexString(),
      sid: call.sid,
      attemptId: call._id.toHexString(),
      direction: call.direction,
      to: call.to,
      from: call.from,
      status: call.state,
      outcome: call.outcome,
      result: call.result,
      createdAt: call.createdAt.toISOString(),
      answeredAt: call.answeredAt?.toISOString() ?? null,
      endedAt: call.endedAt?.toISOString() ?? null,
      durationSeconds: call.durationSeconds,
      answeredBy: call.answeredBy,
      terminationSource: call.terminationSource,
      terminationReason: call.terminationReason,
      cause: call.cause ?? null,
      conversationId: call.conversationId,
      agentId: call.agentId?.toHexString() ?? null,
      agentVersion: call.agentVersion,
      engine: call.engine,
      contactId: call.contactId?.toHexString() ?? null,
      contactName: call.contactName,
      campaignId: call.campaignId?.toHexString() ?? null,
      contentClass: call.contentClass,
      requestedBy: call.requestedBy,
      variables: call.variables ?? {},
      policy: call.policy ?? null,
      amd: call.amd ?? null,
      firstTurn: call.firstTurn ?? null,
      latency: call.latency ?? null,
      media: call.media ?? null,
      recording: call.recording,
      resumes: call.resumes ?? 0,
      capabilities: capabilitiesOf(call),
      cost: null,
    };
  }

  /** Writes a new call down before anything else happens with it. */
  begin(call: NewCall): Promise<Stored<Call>> {
    return this.create(call as Call); // what is not given has a default
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

  active(limit?: number): Promise<Stored<Call>[]> {
    return this.find('active', {}, limit === undefined ? {} : { limit });
  }

  /** The call that was placed with this key. */
  findByIdempotencyKey(idempotencyKey: string): Promise<Stored<Call> | null> {
    return this.first('byIdempotencyKey', { idempotencyKey });
  }

  /** The attempt, as long as nobody ended it and the carrier has no call for it. */
  async stillToDial(id: Id): Promise<Stored<Call> | null> {
    const attempt = await this.first('undialled', { id });
    return attempt?.terminationSource === null ? attempt : null;
  }

  /** Ends an attempt that the carrier never got; null when it has a call after all. */
  refuse(
    id: Id,
    at: Date,
    fields: Pick<Call, 'state' | 'outcome'> & Partial<Pick<Call, 'terminationSource' | 'terminationReason' | 'cause'>>,
  ): Promise<Stored<Call> | null> {
    const $set = { ...fields, endedAt: at, liveTo: null, streamToken: null };
    return this.change('undialled', { id }, { $set, $inc: { eventSeq: 1 } });
  }

  /** Notes what went wrong with an attempt that may ring nevertheless. */
  doubt(id: Id, cause: Readonly<Record<string, unknown>>): Promise<Stored<Call> | null> {
    return this.change('undialled', { id }, { $set: { cause }, $inc: { eventSeq: 1 } });
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
  placed(id: Id, sid: string): Promise<Stored<Call> | null> {
    return this.change('claimedWithoutSid', { id }, { $set: { sid, state: 'queued' }, $inc: { eventSeq: 1 } });
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
    const $set = { ...fields, ...times, state, lastSequence: sequence, ...(id === null ? {} : { sid }) };
    const update: Update = { $set, $inc: { eventSeq: 1 } };
    const states = statesBefore(state);
    return this.#write(
      id === null
        ? filterOf(queries.newsBySid, { sid, states, sequence: below })
        : filterOf(queries.news, { id, sid, states, sequence: below }),
      update,
    );
  }

  /** The write of every status callback. All its values are typed and ours, so it need not pay for being cast and validated. */
  #write(filter: Filter, update: Update): Promise<Stored<Call> | null> {
    const change = stamped(update, new Date());
    return this.run('applyNews', 'if-not-done', async () => {
      const changed = await this.model.collection.findOneAndUpdate(filter, change, { returnDocument: 'after' });
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

  /** The check of the first sentence that was heard, once; null when it was made before. */
  noteFirstTurn(id: Id, firstTurn: Readonly<Record<string, unknown>>): Promise<Stored<Call> | null> {
    return this.change('withoutFirstTurn', { id }, { $set: { firstTurn }, $inc: { eventSeq: 1 } });
  }

  /** Moves the recording's state forward; null when it was in none of these. */
  moveRecording(id: Id, from: readonly string[], to: string, sid?: string): Promise<Stored<Call> | null> {
    const update: Update = { $set: { recording: to }, $inc: { eventSeq: 1 } };
    return sid === undefined
      ? this.change('recordingIn', { id, states: from }, update)
      : this.change('recordingOf', { id, sid, states: from }, update);
  }

  /** What came of an ended call, once; null when it was written before. */
  conclude(id: Id, fields: Partial<Call>): Promise<Stored<Call> | null> {
    return this.change('withoutOutcome', { id }, { $set: fields, $inc: { eventSeq: 1 } });
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

  /** Moves the call forward; null when the news is old, doubled, or the call has ended. */
  advance(
    id: Id,
    state: CallState,
    sequence: number,
    at: Date,
    fields: Partial<Call> = {},
  ): Promise<Stored<Call> | null> {
    const times: Partial<Call> = {
      ...(state === 'in-progress' ? { answeredAt: at } : {}),
      ...(isFinalCallState(state) ? { endedAt: at, liveTo: null } : {}),
    };
    const update: Update = { $set: { state, lastSequence: sequence, ...times, ...fields } };
    return this.change('before', { id, states: statesBefore(state), sequence }, update);
  }

  /** Gives out numbers for this many events and sets fields in the same write; the last number, or null without such a call. */
  async reserveEvents(id: Id, count: number, fields: Partial<Call> = {}): Promise<number | null> {
    const call = await this.change('byId', { id }, { $set: fields, $inc: { eventSeq: count } });
    return call?.eventSeq ?? null;
  }
}
