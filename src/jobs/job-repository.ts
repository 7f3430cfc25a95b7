import { Schema } from 'mongoose';
import { AppError } from '../errors.ts';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { asId } from '../store/scalar.ts';
import { defineSchema, expiresBy, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import type { Update } from '../store/update.ts';
import {
  type Claim,
  type ClaimedJob,
  type JobCensus,
  type JobPage,
  type JobProblem,
  type JobQuery,
  type JobRecord,
  type JobState,
  type JobStore,
  jobPriorities,
  jobStates,
  type NewJob,
  type Outcome,
} from './job-record.ts';

interface JobDocument {
  name: string;
  payload: object;
  state: JobState;
  /** Index in `jobPriorities`, so that an index sorts by it. */
  priority: number;
  attempts: number;
  claims: number;
  dueAt?: Date;
  /** When Redis must be told of the job (again), where there is a Redis. */
  offerAt?: Date;
  /** Of the latest claim; it stays after the end, so that a repeated write recognises its own work. */
  token?: string;
  dedupeKey?: string;
  /** The dedupe key while it is taken. */
  openKey?: string;
  tick?: string;
  problem?: JobProblem;
  finishedAt?: Date;
  expiresAt?: Date;
}

const schema = defineSchema(
  {
    name: { type: String, required: true },
    payload: { type: Schema.Types.Mixed, required: true },
    state: { type: String, required: true, enum: jobStates },
    priority: { type: Number, required: true },
    attempts: { type: Number, required: true },
    claims: { type: Number, required: true },
    dueAt: Date,
    offerAt: Date,
    token: String,
    dedupeKey: { type: String, maxlength: 300 },
    openKey: String,
    tick: String,
    problem: new Schema({ code: String, message: String }, { _id: false }),
    finishedAt: Date,
    expiresAt: Date,
  },
  {
    indexes: [
      { keys: { name: 1, priority: -1, dueAt: 1, _id: 1 } },
      { keys: { name: 1, openKey: 1 }, unique: true, where: { openKey: { $type: 'string' } } },
      { keys: { tick: 1 }, unique: true, where: { tick: { $type: 'string' } } },
      { keys: { offerAt: 1 } },
      { keys: { state: 1, _id: 1 } },
      { keys: { name: 1, _id: 1 } },
      expiresBy('expiresAt'),
    ],
  },
);

const queries = {
  // A waiting job at its run time and a running one at the end of its lease are claimed alike: both are due.
  due: namedQuery({ name: 'string', now: 'date' }, ({ name, now }) => ({ name, dueAt: { $lte: now } }), {
    sort: { priority: -1, dueAt: 1, _id: 1 },
  }),
  dueById: namedQuery({ id: 'id', now: 'date' }, ({ id, now }) => ({ _id: id, dueAt: { $lte: now } })),
  anyDue: namedQuery({ names: ['string'], now: 'date' }, ({ names, now }) => ({
    name: { $in: names },
    dueAt: { $lte: now },
  })),
  held: namedQuery({ id: 'id', token: 'string' }, ({ id, token }) => ({ _id: id, token, state: 'running' })),
  byOpenKey: namedQuery({ name: 'string', openKey: 'string' }, args => args),
  byTick: namedQuery({ tick: 'string' }, args => args),
  offers: namedQuery({ now: 'date' }, ({ now }) => ({ offerAt: { $lte: now } }), { sort: { offerAt: 1 } }),
  offersById: namedQuery({ ids: ['id'], now: 'date' }, ({ ids, now }) => ({
    _id: { $in: ids },
    offerAt: { $lte: now },
  })),
  claimable: namedQuery({ now: 'date' }, ({ now }) => ({
    state: { $in: ['queued', 'running'] },
    dueAt: { $lte: now },
  })),
  dead: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, state: 'dead' })),
  removable: namedQuery({ id: 'id' }, ({ id }) => ({ _id: id, state: { $in: ['dead', 'queued'] } })),
};

/** The `jobs` collection. Each move of a job is one conditional write. */
export class JobRepository extends BaseRepository<JobDocument, typeof queries, JobRecord> implements JobStore {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'jobs',
      schema,
      queries,
      filters: { state: { type: 'string', values: jobStates }, name: { type: 'string' } },
      sorts: ['id'],
    });
  }

  override toApi(document: Stored<JobDocument>): JobRecord {
    const { dedupeKey, tick, problem, finishedAt } = document;
    return {
      id: document._id.toHexString(),
      name: document.name,
      payload: document.payload,
      state: document.state,
      priority: jobPriorities[document.priority] ?? 'normal',
      attempts: document.attempts,
      claims: document.claims,
      dueAt: document.dueAt ?? null,
      createdAt: document.createdAt,
      ...(dedupeKey === undefined ? {} : { dedupeKey }),
      ...(tick === undefined ? {} : { tick }),
      ...(problem ? { problem: { code: problem.code, message: problem.message } } : {}),
      ...(finishedAt ? { finishedAt } : {}),
    };
  }

  async insert({ name, payload, priority, dueAt, offerAt, dedupeKey, tick }: NewJob) {
    const fields: JobDocument = {
      name,
      payload,
      state: 'queued',
      priority: jobPriorities.indexOf(priority),
      attempts: 0,
      claims: 0,
      dueAt,
      offerAt,
      ...(dedupeKey === undefined ? {} : { dedupeKey, openKey: dedupeKey }),
      ...(tick === undefined ? {} : { tick }),
    };
    for (let tries = 1; ; tries += 1) {
      try {
        return { id: (await this.create(fields))._id.toHexString(), created: true };
      } catch (error) {
        if (!isDuplicate(error)) throw error;
        const known =
          (tick === undefined ? null : await this.first('byTick', { tick })) ??
          (dedupeKey === undefined ? null : await this.first('byOpenKey', { name, openKey: dedupeKey }));
        if (known) return { id: known._id.toHexString(), created: false };
        // The other job ended between our two looks, so its key is free again.
        if (tries === 5) throw error;
      }
    }
  }

  async claimNext(name: string, claim: Claim): Promise<ClaimedJob | undefined> {
    return claimed(this, await this.change('due', { name, now: claim.now }, claimUpdate(claim)), claim);
  }

  async claimById(id: string, claim: Claim): Promise<ClaimedJob | undefined> {
    return claimed(this, await this.change('dueById', { id, now: claim.now }, claimUpdate(claim)), claim);
  }

  async extendLease(id: string, token: string, leaseUntil: Date): Promise<boolean> {
    const update = { $set: { dueAt: leaseUntil, offerAt: leaseUntil } };
    return (await this.change('held', { id, token }, update)) !== null;
  }

  async settle(id: string, token: string, outcome: Outcome): Promise<boolean> {
    if (await this.change('held', { id, token }, outcomeUpdate(outcome))) return true;
    // The answer to an earlier try may have been lost on its way; then the record shows our own work.
    const now = await this.findById(id);
    return now?.token === token && now.state === stateAfter[outcome.kind];
  }

  async anyDue(names: readonly string[], now: Date): Promise<boolean> {
    return (await this.first('anyDue', { names, now })) !== null;
  }

  async takeOffers(now: Date, againAt: Date, limit: number) {
    const documents = await this.find('offers', { now }, { limit });
    if (documents.length === 0) return [];
    const ids = documents.map(({ _id }) => _id);
    await this.changeMany('offersById', { ids, now }, { $set: { offerAt: againAt } });
    return documents.map(document => this.toApi(document));
  }

  async offerAllAgain(now: Date): Promise<number> {
    return this.changeMany('claimable', { now }, { $set: { offerAt: now } });
  }

  async job(id: string): Promise<JobRecord | undefined> {
    const document = await this.findById(id);
    return document ? this.toApi(document) : undefined;
  }

  async page({ state, name, limit, cursor }: JobQuery): Promise<JobPage> {
    const { items, nextCursor } = await this.list({
      filter: { ...(state === undefined ? {} : { state }), ...(name === undefined ? {} : { name }) },
      ...(limit === undefined ? {} : { limit }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    return { items: items.map(item => this.toApi(item)), nextCursor };
  }

  async replay(id: string, now: Date): Promise<JobRecord | 'duplicate' | undefined> {
    const letter = await this.findById(id);
    if (!letter) return undefined;
    const key = letter.dedupeKey === undefined ? {} : { openKey: letter.dedupeKey };
    try {
      const document = await this.change(
        'dead',
        { id },
        {
          $set: { state: 'queued', attempts: 0, dueAt: now, offerAt: now, ...key },
          $unset: { problem: true, finishedAt: true, expiresAt: true },
        },
      );
      return document ? this.toApi(document) : undefined;
    } catch (error) {
      if (isDuplicate(error)) return 'duplicate';
      throw error;
    }
  }

  async discard(id: string): Promise<boolean> {
    return asId('id', id) !== undefined && (await this.removeMany('removable', { id })) > 0;
  }

  async census(): Promise<JobCensus[]> {
    type Row = { _id: { name: string; state: JobState }; count: number; oldestDueAt: Date | null };
    const open = { state: { $in: ['queued', 'running', 'dead'] } };
    const rows = await this.run('census', 'always', () =>
      this.model
        .aggregate<Row>([
          { $match: open },
          { $group: { _id: { name: '$name', state: '$state' }, count: { $sum: 1 }, oldestDueAt: { $min: '$dueAt' } } },
        ])
        .allowDiskUse(true)
        .exec(),
    );
    return rows.map(({ _id: { name, state }, count, oldestDueAt }) => ({
      name,
      state,
      count,
      oldestDueAt: state === 'queued' ? oldestDueAt : null,
    }));
  }
}

const stateAfter = { done: 'done', retry: 'queued', dead: 'dead', handedBack: 'queued' } as const satisfies Record<
  Outcome['kind'],
  JobState
>;

const claimUpdate = ({ token, leaseUntil }: Claim): Update => ({
  $set: { state: 'running', token, dueAt: leaseUntil, offerAt: leaseUntil },
  $inc: { attempts: 1, claims: 1 },
});

function claimed(
  repository: JobRepository,
  document: Stored<JobDocument> | null,
  { token, leaseUntil }: Claim,
): ClaimedJob | undefined {
  return document ? { ...repository.toApi(document), token, leaseUntil } : undefined;
}

function outcomeUpdate(outcome: Outcome): Update {
  const state = stateAfter[outcome.kind];
  switch (outcome.kind) {
    case 'done':
      return {
        $set: { state, finishedAt: outcome.now, expiresAt: outcome.keepUntil },
        $unset: { dueAt: true, offerAt: true, problem: true, ...(outcome.freeKey ? { openKey: true } : {}) },
      };
    case 'dead':
      return {
        $set: { state, finishedAt: outcome.now, expiresAt: outcome.keepUntil, problem: outcome.problem },
        $unset: { dueAt: true, offerAt: true, openKey: true },
      };
    case 'retry':
      return { $set: { state, dueAt: outcome.dueAt, offerAt: outcome.dueAt, problem: outcome.problem } };
    case 'handedBack':
      return { $set: { state, dueAt: outcome.dueAt, offerAt: outcome.dueAt }, $inc: { attempts: -1 } };
  }
}

const isDuplicate = (error: unknown): boolean => error instanceof AppError && error.code === 'DUPLICATE';
