import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { asListQuery, sparseItems } from '../ops/list-routes.ts';
import { errors, Id, ListOf, listQuery, OneOf, Strict, sortQuery } from '../ops/schemas.ts';
import type { CallRepository } from './call-repository.ts';
import { CallOrderSchema, CallSchema, OneCall, VerdictSchema } from './call-schemas.ts';
import { callDirections, callOutcomes, callStates } from './call-state.ts';
import type { Asker, Calls } from './calls.types.ts';

const CallName = Strict({
  sid: Type.String({
    minLength: 1,
    maxLength: 64,
    description: "The carrier's id of the call, or ours.",
  }),
});

const askerOf = ({ principal }: FastifyRequest): Asker => ({
  kind: principal!.kind,
  id: principal!.id,
  label: principal!.label,
});

/** Calls: see them, place them, end them. */
export const callRoutes: FastifyPluginAsyncTypebox<{ repository: CallRepository; calls: Calls }> = async (
  app,
  { repository, calls },
) => {
  app.get(
    '/api/calls',
    {
      config: { access: 'calls:read' },
      ...sparseItems,
      schema: {
        tags: ['calls'],
        summary: 'List calls, newest first',
        querystring: Strict({
          ...listQuery,
          ...sortQuery('createdAt'),
          active: Type.Optional(OneOf(['true'], { description: 'Only calls that have not ended.' })),
          status: Type.Optional(OneOf(callStates)),
          outcome: Type.Optional(OneOf(callOutcomes)),
          direction: Type.Optional(OneOf(callDirections)),
          agentId: Type.Optional(Id),
          campaignId: Type.Optional(Id),
          contactId: Type.Optional(Id),
        }),
        response: { 200: ListOf(CallSchema), ...errors(400, 401, 403) },
      },
    },
    async (request, reply) => reply.send((await repository.listForApi(asListQuery(request.query))) as never),
  );

  app.post(
    '/api/calls',
    {
      config: { access: 'calls:place', audit: 'call.place' },
      schema: {
        tags: ['calls'],
        summary: 'Place a call',
        description:
          'Asks whether the number may be called, writes the attempt down, reserves what the call needs, and dials. Without a ' +
          'contentClass whoever asks vouches for consent, which the verdict and the audit log keep. With an Idempotency-Key the ' +
          'same request sent again is answered with the call it placed before. 202 means that the answer of the carrier was ' +
          'lost: the call may ring, its sid follows.',
        headers: Type.Object({
          'idempotency-key': Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 200,
              pattern: '^[\\x21-\\x7e]+$',
              description: 'Of your choice, one per call.',
            }),
          ),
        }),
        body: CallOrderSchema,
        response: { 200: OneCall, 201: OneCall, 202: OneCall, ...errors(400, 401, 403, 404, 409, 422, 503) },
      },
    },
    async (request, reply) => {
      const { call, repeated } = await calls.place(request.body, askerOf(request), request.headers['idempotency-key']);
      request.trail({
        target: { type: 'call', id: call.id },
        after: { agentId: call['agentId'], consent: 'vouched for by whoever asked', ...(repeated ? { repeated } : {}) },
      });
      const inDoubt = call.sid === null && call['endedAt'] === null;
      return reply.code(inDoubt ? 202 : repeated ? 200 : 201).send({ call } as never);
    },
  );

  app.post(
    '/api/calls/verdict',
    {
      config: { access: 'calls:place', audit: false },
      schema: {
        tags: ['calls'],
        summary: 'Ask whether a call may be placed, and why',
        description: 'Takes the same body as placing a call. Places nothing and reserves nothing.',
        body: CallOrderSchema,
        response: { 200: Strict({ verdict: VerdictSchema }), ...errors(400, 401, 403, 404, 503) },
      },
    },
    async request => ({ verdict: (await calls.verdict(request.body, askerOf(request))) as never }),
  );

  app.get(
    '/api/calls/:sid',
    {
      config: { access: 'calls:read' },
      schema: {
        tags: ['calls'],
        summary: 'One call with its verdict',
        params: CallName,
        response: { 200: OneCall, ...errors(400, 401, 403, 404) },
      },
    },
    async request => ({ call: await calls.get(request.params.sid) }) as never,
  );

  app.delete(
    '/api/calls/:sid',
    {
      config: { access: 'calls:end', audit: 'call.end' },
      schema: {
        tags: ['calls'],
        summary: 'End a live call',
        description:
          'Cancels a call that waits or rings, hangs up one that is answered. An ended call is left as it is: 409.',
        params: CallName,
        response: { 202: OneCall, ...errors(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const call = await calls.end(request.params.sid);
      request.trail({ target: { type: 'call', id: call.id }, after: { source: 'api' } });
      return reply.code(202).send({ call } as never);
    },
  );
};
