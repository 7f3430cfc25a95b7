import { mongo, Schema, type Types } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { filterOf, namedPipeline, namedQuery } from '../store/query-table.ts';
import { asId, invalidField } from '../store/scalar.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';

export interface Turn {
  /** `person`: a colleague in the agent's place; the text says who, their words are not transcribed. */
  readonly role: 'agent' | 'caller' | 'person';
  readonly text: string;
  /** What the caller heard of it, where that is less than the text. */
  readonly heardText?: string;
  /** Milliseconds since the call was answered. */
  readonly startMs: number;
  readonly endMs: number;
  readonly interrupted: boolean;
  /** The vendor's record alone has it: whether it was heard is not known. */
  readonly source?: 'vendor';
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
            role: { type: String, required: true, enum: ['agent', 'caller', 'person'] },
            text: { type: String, default: '' },
            heardText: String,
            startMs: { type: Number, required: true },
            endMs: { type: Number, required: true },
            interrupted: { type: Boolean, default: false },
            source: { type: String, enum: ['vendor'] },
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
  saying: namedQuery({ text: 'string', since: 'date', until: 'date' }, ({ text, since, until }) => ({
    $text: { $search: text },
    createdAt: { $gte: since, $lt: until },
  })),
  before: namedQuery({ before: 'date' }, ({ before }) => ({ createdAt: { $lt: before } })),
  byIds: namedQuery({ ids: ['id'] }, ({ ids }) => ({ _id: { $in: ids } })),
  ofCall: namedQuery({ callId: 'id' }, ({ callId }) => ({ callId })),
  asOf: namedQuery({ callId: 'id', version: 'number' }, ({ callId, version }) => ({ callId, version })),
};

/** Of each call the turn at its last place, which is never an empty one. */
const newestTurns = namedPipeline({ callIds: ['id'] }, ({ callIds }) => [
  { $match: { callId: { $in: callIds } } },
  { $project: { callId: 1, count: { $size: '$turns' }, newest: { $slice: ['$turns', -1] } } },
]);

/** As many calls as are asked about at once. */
const mostAsked = 1_000;

/** A turn with its place in the transcript of its call. */
export interface PlacedTurn {
  readonly callId: Types.ObjectId | string;
  readonly index: number;
  readonly turn: Turn;
}

/** More than this is no search, but a list. */
export const mostFound = 1_000;

/** A place further out is a mistake: no call has so many turns, and the list is filled up to it. */
const mostTurns = 10_000;

const roles: ReadonlySet<unknown> = new Set(['agent', 'caller', 'person']);

/** Only what a turn has, and in its types: these writes go by the schema. */
function turnDocument(turn: Turn): Turn {
  const { role, text, heardText, startMs, endMs, interrupted, source } = turn;
  if (!roles.has(role)) throw invalidField('role', 'must be agent, caller or person');
  if (typeof text !== 'string') throw invalidField('text', 'must be a text');
  if (!Number.isFinite(startMs) || !Number.isFinite(endMs)) throw invalidField('startMs', 'must be a number');
  const heard = typeof heardText === 'string' ? { heardText } : {};
  const origin = source === 'vendor' ? { source } : {};
  return { role, text, ...heard, startMs, endMs, interrupted: interrupted === true, ...origin };
}

const isDuplicate = (error: unknown): boolean => error instanceof mongo.MongoBulkWriteError && error.code === 11_000;

/** One document per call, whose turns grow while people speak. */
export class TranscriptRepository extends BaseRepository<Transcript, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'transcripts',
      schema,
      queries,
      pipelines: { newestTurns },
      omittedFromLists: ['turns'],
    });
  }

  toApi({ callId, live, turns }: Stored<Transcript>): Record<string, unknown> {
    return { callId: callId.toHexString(), live, turns: turns.filter(turn => turn !== null) };
  }

  ofCall(callId: Types.ObjectId | string): Promise<Stored<Transcript> | null> {
    return this.first('ofCall', { callId });
  }

  /** The newest turn of each of these calls on which something was said, with its place. */
  async newestTurns(
    callIds: readonly (Types.ObjectId | string)[],
  ): Promise<Map<string, { index: number; turn: Turn }>> {
    const found = new Map<string, { index: number; turn: Turn }>();
    for (let at = 0; at < callIds.length; at += mostAsked) {
      const part = callIds.slice(at, at + mostAsked);
      type Row = { callId: Types.ObjectId; count: number; newest: readonly (Turn | null)[] };
      for (const { callId, count, newest } of await this.aggregate<Row, typeof newestTurns.args>(newestTurns, {
        callIds: part,
      })) {
        const [turn] = newest;
        if (turn) found.set(callId.toHexString(), { index: count - 1, turn });
      }
    }
    return found;
  }

  /** Puts turns at their places; what stood there is replaced. A call's first turn makes its transcript. */
  async writeTurns(turns: readonly PlacedTurn[]): Promise<void> {
    const byCall = new Map<string, { id: Types.ObjectId; $set: Record<string, unknown> }>();
    for (const { callId, index, turn } of turns) {
      const id = asId('callId', callId);
      if (!id) throw invalidField('callId', 'must be an id');
      if (!Number.isSafeInteger(index) || index < 0 || index >= mostTurns) {
        throw invalidField('index', `must be a whole number below ${mostTurns}`);
      }
      const known = byCall.get(id.toHexString()) ?? { id, $set: {} };
      known.$set[`turns.${index}`] = turnDocument(turn);
      byCall.set(id.toHexString(), known);
    }
    const now = new Date();
    await this.run('writeTurns', 'always', async () => {
      const updates = [...byCall.values()].map(({ id, $set }) => ({
        updateOne: {
          filter: { callId: id },
          update: { $set: { ...$set, updatedAt: now }, $inc: { version: 1 } },
        },
      }));
      // Nearly always all of them are there: they are only made when one is missing.
      const { matchedCount } = await this.model.collection.bulkWrite(updates, { ordered: true });
      if (matchedCount === updates.length) return;
      const firsts = [...byCall.values()].map(({ id }) => ({
        updateOne: {
          filter: { callId: id },
          // Setting a place in a list that is not there would make an object of it.
          update: {
            $setOnInsert: { callId: id, live: true, turns: [], schemaVersion: 1, version: 1, createdAt: now },
          },
          upsert: true,
        },
      }));
      const write = () => this.model.collection.bulkWrite([...firsts, ...updates], { ordered: true });
      // Two processes may make one transcript at once; the index lets one of them, and the other finds it when it tries again.
      await write().catch(error => (isDuplicate(error) ? write() : Promise.reject(error)));
    });
  }

  async close(callId: Types.ObjectId | string): Promise<void> {
    await this.change('ofCall', { callId }, { $set: { live: false } });
  }

  /** Replaces all turns, unless somebody wrote since this version; without one, unless there is a transcript. False: look again. */
  async replaceTurns(
    callId: Types.ObjectId | string,
    version: number | null,
    turns: readonly Turn[],
  ): Promise<boolean> {
    const checked = turns.slice(0, mostTurns).map(turn => (turn === null ? turn : turnDocument(turn)));
    if (version !== null) {
      // Checked above, turn by turn: casting thousands once more would hold up everything else.
      const filter = filterOf(queries.asOf, { callId, version });
      const change = { $set: { turns: checked, updatedAt: new Date() }, $inc: { version: 1 } };
      return this.run('replaceTurns', 'if-not-done', async () => {
        const { matchedCount } = await this.model.collection.updateOne(filter, change);
        return matchedCount > 0;
      });
    }
    const { created } = await this.upsert('ofCall', { callId }, { $setOnInsert: { live: false, turns: checked } });
    return created;
  }

  /** Calls on which this was said; one more than `mostFound` when there are more. */
  async callsSaying(
    text: string,
    { since, until }: { readonly since: Date; readonly until: Date },
  ): Promise<Types.ObjectId[]> {
    const filter = filterOf(queries.saying, { text, since, until });
    const options = { limit: mostFound + 1, projection: { callId: 1 } } as const;
    const found = await this.run('callsSaying', 'always', () => this.read(filter, options));
    return found.map(({ callId }) => callId);
  }

  countBefore(before: Date): Promise<number> {
    return this.count('before', { before });
  }

  /** Removes what was begun before this moment, in pieces that hold nobody up; how many there were. */
  async removeBefore(before: Date, signal?: AbortSignal): Promise<number> {
    for (let removed = 0; ; ) {
      const old = await this.find('before', { before }, { limit: 200 });
      if (old.length === 0 || signal?.aborted) return removed;
      removed += await this.removeMany('byIds', { ids: old.map(({ _id }) => _id) });
    }
  }

  removeOf(callId: Types.ObjectId | string): Promise<number> {
    return this.removeMany('ofCall', { callId });
  }
}
