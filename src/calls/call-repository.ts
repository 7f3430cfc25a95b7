import { Schema, type Types } from 'mongoose';
import type { AmdPolicy } from '../agents/agents.types.ts';
import { BaseRepository, type Id } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, phoneField, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import type { Update } from '../store/update.ts';
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

/** One attempt to speak with somebody; written before anything is dialled. */
export interface Call {
  /** The carrier's id; null until its answer arrived. */
  readonly sid: string | null;
  readonly direction: CallDirection;
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
  /** `off`, `requested`, `recording`, `stored`, `absent`, `failed`. */
  readonly recording: string;
  /** Number of the last event that was given out. */
  readonly eventSeq: number;
}

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
const newestFirst = { createdAt: -1, _id: -1 } as const;

const schema = defineSchema(
  {
    sid: text,
    direction: { type: String, required: true, enum: callDirections },
    to: phoneField,
    from: phoneField,
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
    processId: text,
    streamSid: text,
    resumes: { type: Number, default: 0 },
    amd: mixed,
    firstTurn: mixed,
    latency: mixed,
    media: mixed,
    recording: { type: String, default: 'off' },
    eventSeq: { type: Number, default: 0 },
  },
  {
    indexes: [
      { keys: { sid: 1 }, unique: true, where: { sid: { $type: 'string' } } },
      { keys: { liveTo: 1 }, unique: true, where: { liveTo: { $type: 'string' } } },
      { keys: { conversationId: 1 }, where: { conversationId: { $type: 'string' } } },
      { keys: newestFirst },
      { keys: { endedAt: 1, ...newestFirst } },
      { keys: { to: 1, endedAt: 1, ...newestFirst } },
      { keys: { state: 1, ...newestFirst } },
      { keys: { outcome: 1, ...newestFirst } },
      { keys: { direction: 1, ...newestFirst } },
      { keys: { agentId: 1, ...newestFirst } },
      { keys: { campaignId: 1, ...newestFirst } },
      { keys: { contactId: 1, ...newestFirst } },
    ],
  },
);

const queries = {
  bySid: namedQuery({ sid: 'string' }, ({ sid }) => ({ sid })),
  byConversation: namedQuery({ conversationId: 'string' }, ({ conversationId }) => ({ conversationId })),
  active: namedQuery({}, () => ({ endedAt: null }), { sort: newestFirst }),
  activeTo: namedQuery({ to: 'string' }, ({ to }) => ({ to, endedAt: null })),
  withoutSid: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, sid: null })),
  before: namedQuery({ id: 'id', states: ['string'], sequence: 'number' }, ({ id, states, sequence }) => ({
    _id: id,
    state: { $in: states },
    lastSequence: { $lt: sequence },
  })),
};

/** Calls in both directions. Status only moves forward here, in one conditional write, whatever order callbacks arrive in. */
export class CallRepository extends BaseRepository<Call, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'calls',
      schema,
      queries,
      stateField: 'state',
      immutable: ['direction', 'to', 'from'],
      filters: {
        state: { type: 'string', values: callStates },
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

  toApi(call: Stored<Call>): Record<string, unknown> {
    const {
      _id,
      state,
      createdAt,
      agentId,
      contactId,
      campaignId,
      verdict: _verdict,
      lastSequence: _sequence,
      liveTo: _liveTo,
      streamToken: _streamToken,
      streamTokenUntil: _streamTokenUntil,
      eventSeq: _eventSeq,
      ...fields
    } = call;
    const { schemaVersion: _schema, version: _version, updatedAt: _updated, deletedAt: _deleted, ...shown } = fields;
    return {
      ...shown,
      id: _id.toHexString(),
      attemptId: _id.toHexString(),
      status: state,
      agentId: agentId?.toHexString() ?? null,
      contactId: contactId?.toHexString() ?? null,
      campaignId: campaignId?.toHexString() ?? null,
      answeredAt: call.answeredAt?.toISOString() ?? null,
      endedAt: call.endedAt?.toISOString() ?? null,
      createdAt: createdAt.toISOString(),
    };
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

  /** Writes down the carrier's id once; null when the attempt has one already. */
  attachSid(id: Id, sid: string): Promise<Stored<Call> | null> {
    return this.change('withoutSid', { id }, { $set: { sid } });
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
}
