import { Schema, type Types } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';

export const recordingStates = ['announced', 'stored', 'absent', 'failed', 'erased'] as const;

/** What was recorded of a call, and where its sound is kept. */
export interface Recording {
  readonly callId: Types.ObjectId;
  /** The carrier's id of it. */
  readonly sid: string;
  readonly state: (typeof recordingStates)[number];
  /** A random name: no SID, number or person in it. */
  readonly storageKey: string | null;
  readonly channels: number | null;
  readonly durationSeconds: number | null;
  readonly bytes: number | null;
  readonly hash: string | null;
  readonly downloadCount: number;
  /** When audio must be gone. */
  readonly keepUntil: Date | null;
}

const number = { type: Number, default: null } as const;

const schema = defineSchema(
  {
    callId: { type: Schema.Types.ObjectId, required: true, immutable: true },
    sid: { type: String, required: true, immutable: true },
    state: { type: String, enum: recordingStates, default: 'announced' },
    storageKey: { type: String, default: null },
    channels: number,
    durationSeconds: number,
    bytes: number,
    hash: { type: String, default: null },
    downloadCount: { type: Number, default: 0 },
    keepUntil: { type: Date, default: null },
  },
  {
    indexes: [
      { keys: { sid: 1 }, unique: true },
      { keys: { callId: 1 } },
      { keys: { state: 1, keepUntil: 1 } },
      { keys: { createdAt: -1, _id: -1 } },
    ],
  },
);

const queries = {
  ofCall: namedQuery({ callId: 'id' }, ({ callId }) => ({ callId })),
  overdue: namedQuery({ now: 'date' }, ({ now }) => ({ state: 'stored', keepUntil: { $lte: now } })),
};

export class RecordingRepository extends BaseRepository<Recording, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, { collection: 'recordings', schema, queries, stateField: 'state' });
  }

  toApi(recording: Stored<Recording>): Record<string, unknown> {
    const { _id, callId, state, channels, durationSeconds, bytes, downloadCount, createdAt } = recording;
    return {
      id: _id.toHexString(),
      callId: callId.toHexString(),
      state,
      channels,
      durationSeconds,
      bytes,
      downloadCount,
      createdAt: createdAt.toISOString(),
    };
  }

  ofCall(callId: Types.ObjectId | string): Promise<Stored<Recording>[]> {
    return this.find('ofCall', { callId });
  }

  /** Audio whose time is over. */
  overdue(now: Date): AsyncGenerator<Stored<Recording>> {
    return this.each('overdue', { now });
  }
}
