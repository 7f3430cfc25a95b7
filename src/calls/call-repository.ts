import { Schema, type Types } from 'mongoose';
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
}

export type NewCall = Pick<Call, 'direction' | 'to' | 'from'> & Partial<Call>;

const reference = { type: Schema.Types.ObjectId, default: null } as const;
const text = { type: String, default: null } as const;
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
  },
  {
    indexes: [
      { keys: { sid: 1 }, unique: true, where: { sid: { $type: 'string' } } },
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
      ...(isFinalCallState(state) ? { endedAt: at } : {}),
    };
    const update: Update = { $set: { state, lastSequence: sequence, ...times, ...fields } };
    return this.change('before', { id, states: statesBefore(state), sequence }, update);
  }
}
