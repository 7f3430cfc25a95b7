import { Schema, type Types } from 'mongoose';
import { BaseRepository, type Id } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, phoneField, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import type { NumberAddresses } from '../telephony/carrier-contract.ts';
import type { OpeningHours } from './opening-hours.ts';

/** A telephone number of ours: who answers it, and whether calls may come from it. */
export interface OwnNumber {
  readonly phone: string;
  readonly label: string;
  readonly agentId: Types.ObjectId | null;
  /** Spoken when no agent answers. */
  readonly text: string | null;
  /** When its agent answers; null is always. */
  readonly hours: OpeningHours | null;
  readonly callerId: boolean;
  readonly connected: boolean;
  readonly problem: string | null;
  /** Since when it has had a problem, whichever. */
  readonly problemSince?: Date | null;
  /** Why the carrier refused it as caller id; taken back by the next call that it lets through. */
  readonly callerProblem: string | null;
  readonly callerProblemSince?: Date | null;
  /** The carrier's id of a number that the account owns. */
  readonly sid: string | null;
  /** How the carrier knew it when it was last asked; `configured` until then. */
  readonly source: NumberSource;
  /** Where it points at the carrier. */
  readonly addresses: NumberAddresses | null;
  /** Where we pointed it, to tell a change by somebody else from our own. */
  readonly pointedAt: NumberAddresses | null;
  readonly syncedAt: Date | null;
  /** Made at the first start, before there was an agent to answer it, and nobody decided since. */
  readonly awaitsAgent: boolean;
}

export const numberSources = ['configured', 'owned', 'verified', 'gone'] as const;
export type NumberSource = (typeof numberSources)[number];

/** What the carrier says of a number. */
export type NumberFinding = Pick<OwnNumber, 'sid' | 'source' | 'addresses' | 'connected' | 'problem'>;
/** What people decide about it. */
export type NumberChange = Partial<Pick<OwnNumber, 'label' | 'agentId' | 'text' | 'hours' | 'callerId'>>;

const schema = defineSchema(
  {
    phone: phoneField,
    label: { type: String, default: '', maxlength: 120 },
    agentId: { type: Schema.Types.ObjectId, default: null },
    text: { type: String, default: null },
    hours: { type: Schema.Types.Mixed, default: null },
    callerId: { type: Boolean, default: true },
    connected: { type: Boolean, default: false },
    problem: { type: String, default: null },
    problemSince: { type: Date, default: null },
    callerProblem: { type: String, default: null },
    callerProblemSince: { type: Date, default: null },
    sid: { type: String, default: null },
    source: { type: String, enum: numberSources, default: 'configured' },
    addresses: { type: Schema.Types.Mixed, default: null },
    pointedAt: { type: Schema.Types.Mixed, default: null },
    syncedAt: { type: Date, default: null },
    awaitsAgent: { type: Boolean, default: false },
  },
  {
    indexes: [{ keys: { phone: 1 }, unique: true }, { keys: { agentId: 1 } }, { keys: { createdAt: -1, _id: -1 } }],
  },
);

const queries = {
  byPhone: namedQuery({ phone: 'string' }, ({ phone }) => ({ phone })),
  ofAgent: namedQuery({ agentId: 'id' }, ({ agentId }) => ({ agentId })),
  all: namedQuery({}, () => ({}), { sort: { createdAt: -1, _id: -1 } }),
  // A number that was connected while the carrier's list was under way is newer than that list.
  notSyncedSince: namedQuery({ id: 'id', at: 'date' }, ({ id, at }) => ({
    _id: id,
    $or: [{ syncedAt: null }, { syncedAt: { $lt: at } }],
  })),
  withoutCallerProblem: namedQuery({ phone: 'string' }, ({ phone }) => ({ phone, callerProblem: null })),
  withCallerProblem: namedQuery({ phone: 'string' }, ({ phone }) => ({ phone, callerProblem: { $ne: null } })),
  awaiting: namedQuery({ phone: 'string' }, ({ phone }) => ({ phone, awaitsAgent: true })),
};

export class NumberRepository extends BaseRepository<OwnNumber, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, { collection: 'numbers', schema, queries, immutable: ['phone'] });
  }

  toApi({ _id, agentId, syncedAt, ...number }: Stored<OwnNumber>): Record<string, unknown> {
    const { phone, label, text, hours = null, callerId, connected, problem, callerProblem, source, addresses } = number;
    return {
      id: _id.toHexString(),
      phone,
      label,
      agentId: agentId?.toHexString() ?? null,
      text,
      hours,
      callerId,
      connected,
      problem: [problem, callerProblem].filter(each => each).join(' ') || null,
      source,
      addresses,
      syncedAt: syncedAt?.toISOString() ?? null,
    };
  }

  findByPhone(phone: string): Promise<Stored<OwnNumber> | null> {
    return this.first('byPhone', { phone });
  }

  answeredBy(agentId: Types.ObjectId | string): Promise<Stored<OwnNumber>[]> {
    return this.find('ofAgent', { agentId });
  }

  /** The newest numbers, as many as one page holds. */
  newest(): Promise<Stored<OwnNumber>[]> {
    return this.find('all', {});
  }

  everyNumber(): AsyncGenerator<Stored<OwnNumber>> {
    return this.each('all', {});
  }

  /** Makes the record of a number that is seen for the first time; one that is there stays as it is. */
  async ensure(phone: string, first: Partial<OwnNumber>): Promise<Stored<OwnNumber>> {
    return (await this.upsert('byPhone', { phone }, { $setOnInsert: first })).document;
  }

  /** Writes what the carrier said at `at`, unless something newer is known. */
  recordFinding({ _id, ...before }: Stored<OwnNumber>, at: Date, finding: NumberFinding) {
    const problemSince = sinceOf(before, finding, at);
    return this.change('notSyncedSince', { id: _id, at }, { $set: { ...finding, problemSince, syncedAt: at } });
  }

  /** Writes where the number was just pointed. */
  recordConnection(
    { _id, ...before }: Stored<OwnNumber>,
    at: Date,
    pointedAt: NumberAddresses,
    finding: NumberFinding,
  ): Promise<Stored<OwnNumber>> {
    const problemSince = sinceOf(before, finding, at);
    return this.changeById(_id, { $set: { ...finding, problemSince, pointedAt, syncedAt: at } });
  }

  /** A decision of people; from then on nobody else decides who answers. */
  decide(id: Id, change: NumberChange): Promise<Stored<OwnNumber>> {
    const decided = change.agentId !== undefined || change.text !== undefined;
    return this.changeById(id, { $set: { ...change, ...(decided ? { awaitsAgent: false } : {}) } });
  }

  /** Notes why calls may not come from it, or with null that they may. Null when nothing was changed. */
  async noteCaller(phone: string, callerProblem: string | null, at: Date): Promise<Stored<OwnNumber> | null> {
    if (callerProblem === null)
      return this.change('withCallerProblem', { phone }, { $set: { callerProblem, callerProblemSince: null } });
    const first = { $set: { callerProblem, callerProblemSince: at } };
    return (
      (await this.change('withoutCallerProblem', { phone }, first)) ??
      this.change('withCallerProblem', { phone }, { $set: { callerProblem } })
    );
  }

  /** Gives the number of the first start its agent, once. */
  giveAgent(phone: string, agentId: Types.ObjectId): Promise<Stored<OwnNumber> | null> {
    return this.change('awaiting', { phone }, { $set: { agentId, awaitsAgent: false } });
  }
}

/** The time of the first finding with a problem stays until there is none. */
const sinceOf = (
  { problem, problemSince }: Pick<OwnNumber, 'problem' | 'problemSince'>,
  finding: NumberFinding,
  at: Date,
): Date | null => (finding.problem === null ? null : ((problem === null ? null : problemSince) ?? at));
