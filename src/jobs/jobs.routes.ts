import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import { errors, Id, ListOf, listQuery, Nullable, OneOf, Strict, Timestamp } from '../ops/schemas.ts';
import { type JobRecord, jobPriorities, jobStates } from './job-record.ts';

const JobSchema = Strict({
  id: Id,
  name: Type.String(),
  state: OneOf(jobStates),
  priority: OneOf(jobPriorities),
  attempts: Type.Integer({ description: 'Attempts begun since it was enqueued or replayed.' }),
  dueAt: Nullable(Timestamp),
  payload: Type.Record(Type.String(), Type.Unknown(), { description: 'Ids of what the job is about.' }),
  dedupeKey: Type.Optional(Type.String()),
  tick: Type.Optional(Type.String({ description: 'Of a scheduled job: the moment it stands for.' })),
  problem: Type.Optional(Strict({ code: Type.String(), message: Type.String() })),
  createdAt: Timestamp,
  finishedAt: Type.Optional(Timestamp),
});

/** The one place where a job's record becomes what the API shows. */
function toApi(job: JobRecord): Static<typeof JobSchema> {
  const { id, name, state, priority, attempts, dueAt, payload, dedupeKey, tick, problem, createdAt, finishedAt } = job;
  return {
    id,
    name,
    state,
    priority,
    attempts,
    dueAt: dueAt?.toISOString() ?? null,
    payload: { ...payload },
    ...(dedupeKey === undefined ? {} : { dedupeKey }),
    ...(tick === undefined ? {} : { tick }),
    ...(problem === undefined ? {} : { problem }),
    createdAt: createdAt.toISOString(),
    ...(finishedAt === undefined ? {} : { finishedAt: finishedAt.toISOString() }),
  };
}

/** Background jobs for administrators: what waits, what failed for good, and what to do about it. */
export const jobRoutes: FastifyPluginAsyncTypebox = async app => {
  app.get(
    '/api/admin/jobs',
    {
      config: { access: 'jobs:read' },
      schema: {
        tags: ['jobs'],
        summary: 'List background jobs, newest first',
        querystring: Strict({
          limit: listQuery.limit,
          cursor: listQuery.cursor,
          state: Type.Optional(OneOf(jobStates)),
          name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
        }),
        response: { 200: ListOf(JobSchema), ...errors(400, 401, 403, 503) },
      },
    },
    async request => {
      const { items, nextCursor } = await app.jobs.list(request.query);
      return { items: items.map(toApi), nextCursor };
    },
  );

  app.post(
    '/api/admin/jobs/:id/replay',
    {
      config: { access: 'jobs:write', audit: 'job.replay' },
      schema: {
        tags: ['jobs'],
        summary: 'Give a dead job a fresh set of attempts',
        params: Strict({ id: Id }),
        response: { 202: Strict({ job: JobSchema }), ...errors(400, 401, 403, 404, 409, 503) },
      },
    },
    async (request, reply) => {
      const job = await app.jobs.replay(request.params.id);
      request.trail({ target: { type: 'job', id: job.id }, after: { name: job.name, state: job.state } });
      return reply.code(202).send({ job: toApi(job) });
    },
  );

  app.delete(
    '/api/admin/jobs/:id',
    {
      config: { access: 'jobs:write', audit: 'job.discard' },
      schema: {
        tags: ['jobs'],
        summary: 'Discard a dead or waiting job for good',
        params: Strict({ id: Id }),
        response: { 204: Type.Null(), ...errors(400, 401, 403, 404, 409, 503) },
      },
    },
    async (request, reply) => {
      await app.jobs.discard(request.params.id);
      request.trail({ target: { type: 'job', id: request.params.id } });
      return reply.code(204).send(null);
    },
  );
};
