import { Schema, type Types } from 'mongoose';
import { BaseRepository, type Id } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import { each } from '../store/update.ts';
import { fetchableStates, type RecordingState, recordingStates } from './recording-state.ts';

/** Why there is nothing to hear, or what is odd about what there is. */
export interface RecordingProblem {
  readonly code: string;
  readonly message: string;
}

/** What was recorded of a call, and where its sound is kept. */
export interface Recording {
  readonly callId: Types.ObjectId;
  /** The carrier's id of it. */
  readonly sid: string;
  readonly state: RecordingState;
  /** A random name, given before anything is fetched: no SID, number or person in it. */
  readonly storageKey: string;
  readonly contentType: string;
  readonly channels: number | null;
  readonly durationSeconds: number | null;
  readonly bytes: number | null;
  /** SHA-256 of the sound. */
  readonly hash: string | null;
  /** When we noticed that it began, and when the carrier says so. */
  readonly noticedAt: Date | null;
  readonly carrierStartedAt: Date | null;
  /** Where in the call it begins, in milliseconds since the call was answered. */
  readonly startMs: number | null;
  readonly problem: RecordingProblem | null;
  readonly downloadCount: number;
  /** Who heard it last, each until the moment from which hearing it counts again. */
  readonly plays: readonly { readonly by: string; readonly until: Date }[];
  /** Its file is to be removed, and may still be there. */
  readonly removing: boolean;
  /** Since when the carrier has no copy. */
  readonly goneAtCarrier: Date | null;
}

export type RecordingFacts = Pick<
  Recording,
  'channels' | 'durationSeconds' | 'bytes' | 'hash' | 'startMs' | 'problem' | 'contentType'
>;

const number = { type: Number, default: null } as const;
const moment = { type: Date, default: null } as const;

const schema = defineSchema(
  {
    callId: { type: Schema.Types.ObjectId, required: true, immutable: true },
    sid: { type: String, required: true, immutable: true },
    state: { type: String, enum: recordingStates, default: 'announced' },
    storageKey: { type: String, required: true, immutable: true },
    contentType: { type: String, default: 'audio/wav' },
    channels: number,
    durationSeconds: number,
    bytes: number,
    hash: { type: String, default: null },
    noticedAt: moment,
    carrierStartedAt: moment,
    startMs: number,
    problem: { type: Schema.Types.Mixed, default: null },
    downloadCount: { type: Number, default: 0 },
    plays: {
      type: [
        new Schema({ by: { type: String, required: true }, until: { type: Date, required: true } }, { _id: false }),
      ],
      default: [],
    },
    removing: { type: Boolean, default: false },
    goneAtCarrier: moment,
  },
  {
    indexes: [
      { keys: { sid: 1 }, unique: true },
      { keys: { callId: 1, createdAt: 1, _id: 1 } },
      { keys: { storageKey: 1 } },
      { keys: { state: 1, createdAt: 1 } },
      { keys: { state: 1, updatedAt: 1 } },
      { keys: { removing: 1 }, where: { removing: true } },
      { keys: { createdAt: -1, _id: -1 } },
    ],
  },
);

const queries = {
  bySid: namedQuery({ sid: 'string' }, ({ sid }) => ({ sid })),
  ofCall: namedQuery({ callId: 'id' }, ({ callId }) => ({ callId }), { sort: { createdAt: 1, _id: 1 } }),
  byKeys: namedQuery({ keys: ['string'] }, ({ keys }) => ({ storageKey: { $in: keys } })),
  fetchable: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, state: { $in: [...fetchableStates] } })),
  storedBefore: namedQuery({ before: 'date' }, ({ before }) => ({ state: 'stored', createdAt: { $lt: before } }), {
    sort: { createdAt: 1 },
  }),
  waiting: namedQuery({ before: 'date' }, ({ before }) => ({ state: 'announced', updatedAt: { $lt: before } }), {
    sort: { updatedAt: 1 },
  }),
  removing: namedQuery({}, () => ({ removing: true })),
  notHeardBy: namedQuery({ id: 'id', by: 'string', now: 'date' }, ({ id, by, now }) => ({
    _id: id,
    plays: { $not: { $elemMatch: { by, until: { $gt: now } } } },
  })),
};

/** So many listeners are remembered at once; an older one would count again. */
const mostPlays = 50;

export class RecordingRepository extends BaseRepository<Recording, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'recordings',
      schema,
      queries,
      stateField: 'state',
      filters: { callId: { type: 'id' } },
      listedWithin: ['callId'],
      defaultSort: 'createdAt',
    });
  }

  toApi(recording: Stored<Recording>): Record<string, unknown> {
    const { _id, callId, state, channels, durationSeconds, bytes, hash, startMs, downloadCount, createdAt } = recording;
    return {
      id: _id.toHexString(),
      callId: callId.toHexString(),
      state,
      startMs,
      durationSeconds,
      channels,
      contentType: recording.contentType,
      bytes,
      hash,
      problem: recording.problem ?? null,
      downloadCount,
      createdAt: createdAt.toISOString(),
    };
  }

  /** The carrier's recording, written down with what is known of it; facts that are null change nothing. */
  async note(
    sid: string,
    first: Pick<Recording, 'callId' | 'storageKey' | 'state'>,
    facts: Partial<Pick<Recording, 'noticedAt' | 'carrierStartedAt' | 'channels' | 'durationSeconds'>>,
  ): Promise<{ recording: Stored<Recording>; created: boolean }> {
    const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value != null));
    const { document, created } = await this.upsert('bySid', { sid }, { $set: known, $setOnInsert: first });
    return { recording: document, created };
  }

  findBySid(sid: string): Promise<Stored<Recording> | null> {
    return this.first('bySid', { sid });
  }

  ofCall(callId: Id): Promise<Stored<Recording>[]> {
    return this.find('ofCall', { callId });
  }

  /** Its sound is here now; null when it was erased meanwhile, or stored by another. */
  stored(id: Id, facts: RecordingFacts): Promise<Stored<Recording> | null> {
    return this.change('fetchable', { id }, { $set: { ...facts, state: 'stored' } });
  }

  /** What stands in the way of having it; with a state, for good. Null when nothing is waited for any more. */
  hindered(
    id: Id,
    problem: RecordingProblem,
    state: 'announced' | 'absent' | 'failed' = 'announced',
  ): Promise<Stored<Recording> | null> {
    return this.change('fetchable', { id }, { $set: { problem, state } });
  }

  /** Nothing of its sound may remain: the first write decides, removing the file follows. Null when that was decided before. */
  withdraw(id: Id, state: 'expired' | 'erased'): Promise<Stored<Recording> | null> {
    const from = recordingStates.filter(each => each !== 'erased' && each !== state);
    const $set = { removing: true, hash: null, problem: null, plays: [] };
    return this.moveState(id, from, state, { $set });
  }

  async fileRemoved(id: Id): Promise<void> {
    await this.changeById(id, { $set: { removing: false } });
  }

  async removedAtCarrier(id: Id, at: Date): Promise<void> {
    await this.changeById(id, { $set: { goneAtCarrier: at } });
  }

  /** Counts somebody's hearing it, once until the given moment; false when it was counted. */
  async countPlay(id: Id, by: string, now: Date, until: Date): Promise<boolean> {
    const update = { $inc: { downloadCount: 1 }, $push: { plays: each([{ by, until }], { keepLast: mostPlays }) } };
    return (await this.change('notHeardBy', { id, by, now }, update)) !== null;
  }

  storedBefore(before: Date): AsyncGenerator<Stored<Recording>> {
    return this.each('storedBefore', { before });
  }

  /** Recordings of which nothing was heard since that moment. */
  waiting(before: Date, limit: number): Promise<Stored<Recording>[]> {
    return this.find('waiting', { before }, { limit });
  }

  /** Recordings whose files are still to be removed. */
  toRemove(): AsyncGenerator<Stored<Recording>> {
    return this.each('removing', {});
  }

  /** Which of these files belong to a recording that may have one. */
  async keptAmong(keys: readonly string[]): Promise<Set<string>> {
    const found = await this.find('byKeys', { keys }, { limit: Math.max(1, keys.length) });
    return new Set(
      found.filter(({ state }) => state !== 'expired' && state !== 'erased').map(({ storageKey }) => storageKey),
    );
  }
}
