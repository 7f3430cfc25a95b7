import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { sparseItems } from '../ops/list-routes.ts';
import { errors, Id, listQuery, OneOf, Strict, sortQuery } from '../ops/schemas.ts';
import { callsAsCsv, exportedFields } from './call-export.ts';
import { CallListSchema, CallOrderSchema, OneCall, VerdictSchema } from './call-schemas.ts';
import { type CallSearch, mostCounted } from './call-search.ts';
import { callFor, refuseSearchByNumber } from './call-sight.ts';
import { callDirections, callOutcomes, callStates } from './call-state.ts';
import type { Asker, CallOrder, Calls } from './calls.types.ts';

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
  role: principal!.role,
});

/** What the audit log keeps about why somebody may be called. */
const proofOf = ({ contentClass, emergencyReason }: CallOrder): Record<string, unknown> =>
  contentClass === undefined
    ? { consent: 'vouched for by whoever asked' }
    : { contentClass, ...(emergencyReason === undefined ? {} : { emergencyReason }) };

const callFilters = {
  active: Type.Optional(OneOf(['true'], { description: 'Only calls that have not ended.' })),
  status: Type.Optional(OneOf(callStates)),
  outcome: Type.Optional(OneOf(callOutcomes)),
  result: Type.Optional(
    Type.String({ minLength: 1, maxLength: 60, description: 'What came of it, such as `opt-out`.' }),
  ),
  direction: Type.Optional(OneOf(callDirections)),
  agentId: Type.Optional(Id),
  campaignId: Type.Optional(Id),
  contactId: Type.Optional(Id),
  number: Type.Optional(
    Type.String({
      maxLength: 40,
      pattern: '^[-+ ()./0-9]+$',
      description: 'Either side’s number, or its last digits, at least three.',
    }),
  ),
  since: Type.Optional(Type.String({ format: 'date-time', description: 'Begun at this time or later.' })),
  until: Type.Optional(Type.String({ format: 'date-time', description: 'Begun before this time.' })),
  minSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400 })),
  maxSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400 })),
  text: Type.Optional(
    Type.String({
      minLength: 2,
      maxLength: 200,
      pattern: '\\S',
      description: 'Words that were said: any of them, all of a "phrase in quotes", none with a - before it.',
    }),
  ),
};

const CallCountSchema = Strict(
  {
    count: Type.Integer({ minimum: 0 }),
    more: Type.Boolean({ description: 'There are more than that, which nobody counted.' }),
  },
  { examples: [{ count: 412, more: false }] },
);

/** Calls: see them, place them, end them. */
export const callRoutes: FastifyPluginAsyncTypebox<{ search: CallSearch; calls: Calls }> = async (
  app,
  { search, calls },
) => {
  app.get(
    '/api/calls',
    {
      config: { access: 'calls:read' },
      ...sparseItems,
      schema: {
        tags: ['calls'],
        summary: 'List calls, newest first',
        querystring: Strict({ ...listQuery, ...sortQuery('createdAt'), ...callFilters }),
        response: { 200: CallListSchema, ...errors(400, 401, 403, 422) },
      },
    },
    async (request, reply) => {
      refuseSearchByNumber(request, request.query.number);
      const { items, nextCursor } = await search.page(request.query);
      return reply.send({ items: items.map(call => callFor(request, call)), nextCursor } as never);
    },
  );

  app.get(
    '/api/calls/count',
    {
      config: { access: 'calls:read' },
      schema: {
        tags: ['calls'],
        summary: 'Count the calls that match',
        description: `Takes the filters of the list. Counts up to ${mostCounted.toLocaleString('en')} calls, and for two seconds at most.`,
        querystring: Strict(callFilters),
        response: { 200: CallCountSchema, ...errors(400, 401, 403, 422) },
      },
    },
    async request => {
      refuseSearchByNumber(request, request.query.number);
      return search.count(request.query);
    },
  );

  app.get(
    '/api/calls/export',
    {
      config: { access: 'calls:read', audit: 'calls.export' },
      schema: {
        tags: ['calls'],
        summary: 'Export calls as CSV, newest first',
        description:
          'Takes the filters of the list, and as many calls as there are. Free text that a spreadsheet would take for a formula is ' +
          'led by an apostrophe.',
        querystring: Strict({
          ...callFilters,
          fields: Type.Optional(
            Type.String({
              pattern: `^(${exportedFields.join('|')})(,(${exportedFields.join('|')}))*$`,
              description: `Only these columns: ${exportedFields.join(', ')}.`,
            }),
          ),
        }),
        response: {
          200: {
            description: 'One line per call, the first one names the columns.',
            content: { 'text/csv': { schema: Type.String() } },
          },
          ...errors(400, 401, 403, 422),
        },
      },
    },
    async (request, reply) => {
      const { fields, ...filters } = request.query;
      refuseSearchByNumber(request, filters.number);
      const seen = async function* () {
        for await (const page of search.pages(filters)) yield page.map(call => callFor(request, call));
      };
      const lines = callsAsCsv(seen(), fields?.split(','));
      // A search that finds too much, or a filter that is wrong, is answered before the first line.
      const head = await lines.next();
      const first = await lines.next();
      request.trail({ after: { filters: Object.keys(filters), fields: fields ?? 'all' } });
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="calls.csv"')
        .header('cache-control', 'no-store')
        .send(
          Readable.from(
            (async function* () {
              for (const known of [head, first]) if (!known.done) yield known.value;
              yield* lines;
            })(),
            { objectMode: false },
          ) as never,
        );
    },
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
          'contentClass whoever asks vouches for consent, which the verdict and the audit log keep. With one, consent on record, ' +
          'registries, hours and caps are checked; emergency needs an administrator and an emergencyReason. With an Idempotency-Key the ' +
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
        after: { agentId: call['agentId'], ...proofOf(request.body), ...(repeated ? { repeated } : {}) },
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
        description:
          'Takes the same body as placing a call. Places nothing and reserves nothing. Where only waiting is needed, dueAt says ' +
          'until when.',
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
    async request => ({ call: callFor(request, await calls.get(request.params.sid)) }) as never,
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
      const call = await calls.end(request.params.sid, askerOf(request));
      request.trail({ target: { type: 'call', id: call.id }, after: { source: 'api' } });
      return reply.code(202).send({ call: callFor(request, call) } as never);
    },
  );
};
