import { Schema, type Types } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';

export interface Turn {
  readonly role: 'agent' | 'caller';
  readonly text: string;
  /** What the caller heard of it, where that is less than the text. */
  readonly heardText?: string;
  /** Milliseconds since the call was answered. */
  readonly startMs: number;
  readonly endMs: number;
  readonly interrupted: boolean;
}

/** All that was said on one call. */
export interface Transcript {
  readonly callId: Types.ObjectId;
  readonly live: boolean;
  readonly turns: readonly Turn[];
}

const schema = defineSchema(
  {
    callId: { type: Schema.Types.ObjectId, required: true, immutable: true },
    live: { type: Boolean, default: true },
    turns: {
      type: [
        new Schema(
          {
            role: { type: String, required: true, enum: ['agent', 'caller'] },
            text: { type: String, default: '' },
            heardText: String,
            startMs: { type: Number, required: true },
            endMs: { type: Number, required: true },
            interrupted: { type: Boolean, default: false },
          },
          { _id: false },
        ),
      ],
      default: [],
    },
  },
  {
    indexes: [
      { keys: { callId: 1 }, unique: true },
      { keys: { createdAt: -1, _id: -1 } },
      { keys: { 'turns.text': 'text' }, name: 'spoken' },
    ],
  },
);

const queries = {
  ofCall: namedQuery({ callId: 'id' }, ({ callId }) => ({ callId })),
  turnAt: namedQuery({ callId: 'id', index: 'number' }, ({ callId, index }) => ({
    callId,
    [`turns.${index}`]: { $exists: true },
  })),
};

/** One document per call, whose turns grow while people speak. */
export class TranscriptRepository extends BaseRepository<Transcript, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, { collection: 'transcripts', schema, queries, omittedFromLists: ['turns'] });
  }

  toApi({ callId, live, turns }: Stored<Transcript>): Record<string, unknown> {
    return { callId: callId.toHexString(), live, turns };
  }

  ofCall(callId: Types.ObjectId | string): Promise<Stored<Transcript> | null> {
    return this.first('ofCall', { callId });
  }

  /** Adds a turn to a call's transcript, which the first turn makes. */
  async append(callId: Types.ObjectId | string, turn: Turn): Promise<void> {
    await this.upsert('ofCall', { callId }, { $push: { turns: turn } });
  }

  /** Notes what was heard of a turn that was cut off; false when there is no such turn. */
  async markHeard(callId: Types.ObjectId | string, index: number, heardText: string, endMs: number): Promise<boolean> {
    const fields = { heardText, endMs, interrupted: true };
    const $set = Object.fromEntries(Object.entries(fields).map(([name, value]) => [`turns.${index}.${name}`, value]));
    return (await this.change('turnAt', { callId, index }, { $set })) !== null;
  }

  async close(callId: Types.ObjectId | string): Promise<void> {
    await this.change('ofCall', { callId }, { $set: { live: false } });
  }

  removeOf(callId: Types.ObjectId | string): Promise<number> {
    return this.removeMany('ofCall', { callId });
  }
}
