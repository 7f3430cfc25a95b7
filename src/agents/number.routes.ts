import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Types } from 'mongoose';
import { Type } from 'typebox';
import { asListQuery, sparseItems } from '../ops/list-routes.ts';
import { errors, Id, ListOf, listQuery, Nullable, OneOf, Strict, sortQuery, Timestamp } from '../ops/schemas.ts';
import { type NumberRepository, numberSources } from './number-repository.ts';
import type { NumberService } from './number-service.ts';
import { auditForm } from './number-state.ts';

const Addresses = Strict(
  { voiceUrl: Type.String(), fallbackUrl: Type.String(), statusCallback: Type.String() },
  { description: 'Where the carrier asks what to do with a call to the number.' },
);

const time = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' });
const Hours = Strict(
  {
    timeZone: Type.String({ maxLength: 64, description: 'IANA name, such as America/New_York.' }),
    windows: Type.Array(
      Strict({
        day: Type.Integer({ minimum: 0, maximum: 6, description: '0 is Sunday; the day on which it begins.' }),
        from: time,
        to: Type.String({
          pattern: '^([01]\\d:[0-5]\\d|2[0-3]:[0-5]\\d|24:00)$',
          description: 'Not later than `from`, it ends on the next day.',
        }),
      }),
      { maxItems: 70 },
    ),
    holidays: Type.Array(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }), {
      maxItems: 400,
      description: 'Days of the number’s calendar on which nothing opens.',
    }),
  },
  { description: 'When its agent answers; outside of these hours its text is spoken, and the call ends.' },
);

const NumberSchema = Strict({
  id: Id,
  phone: Type.String(),
  label: Type.String(),
  agentId: Nullable(Id),
  text: Nullable(Type.String({ description: 'Spoken when no agent answers, out of hours too.' })),
  hours: Nullable(Hours),
  callerId: Type.Boolean({ description: 'Whether calls may come from it.' }),
  connected: Type.Boolean({ description: 'Whether calls to it reach this installation.' }),
  problem: Nullable(Type.String({ description: 'What is wrong with it, and what to do.' })),
  source: OneOf(numberSources, {
    description:
      'owned by the account, verified as caller id, configured and not yet looked up, or gone from the carrier',
  }),
  addresses: Nullable(Addresses),
  syncedAt: Nullable(Timestamp),
});

const Change = Strict(
  {
    label: Type.Optional(Type.String({ maxLength: 120 })),
    agentId: Type.Optional(Nullable(Id)),
    text: Type.Optional(Nullable(Type.String({ minLength: 1, maxLength: 1000, pattern: '\\S' }))),
    hours: Type.Optional(Nullable(Hours)),
    callerId: Type.Optional(Type.Boolean()),
  },
  { minProperties: 1 },
);

/** A list that is looked at is not older than this; longer than `patienceMs` nobody waits for the carrier. */
const freshMs = 60_000;
const patienceMs = 3_000;

/** Our telephone numbers. */
export const numberRoutes: FastifyPluginAsyncTypebox<{ repository: NumberRepository; service: NumberService }> = async (
  app,
  { repository, service },
) => {
  const tags = ['numbers'];
  const ById = Strict({ id: Id });
  const One = Strict({ number: NumberSchema });
  const show = (number: Parameters<typeof repository.toApi>[0]) => repository.toApi(number) as never;

  app.get(
    '/api/numbers',
    {
      config: { access: 'numbers:read' },
      ...sparseItems,
      schema: {
        tags,
        summary: 'List owned and verified numbers, read from the carrier when that was over a minute ago',
        querystring: Strict({ ...listQuery, ...sortQuery('createdAt') }),
        response: { 200: ListOf(NumberSchema), ...errors(400, 401, 403) },
      },
    },
    async (request, reply) => {
      // A page in the middle must not wait, or shift.
      if (!request.query.cursor) await service.refresh(freshMs, patienceMs);
      return reply.send((await repository.listForApi(asListQuery(request.query))) as never);
    },
  );

  app.get(
    '/api/numbers/:id',
    {
      config: { access: 'numbers:read' },
      schema: { tags, summary: 'One number', params: ById, response: { 200: One, ...errors(401, 403, 404) } },
    },
    async request => ({ number: show(await service.get(request.params.id)) }),
  );

  app.route({
    method: ['PATCH', 'PUT'],
    url: '/api/numbers/:id',
    config: { access: 'numbers:write', audit: 'number.change' },
    schema: {
      tags,
      summary: 'Change label, who or what answers, and use as caller id',
      params: ById,
      body: Change,
      response: { 200: One, ...errors(400, 401, 403, 404) },
    },
    handler: async request => {
      const { id } = request.params;
      const { agentId, ...rest } = request.body;
      const before = await service.get(id);
      const changed = await service.change(id, {
        ...rest,
        ...(agentId === undefined ? {} : { agentId: agentId === null ? null : new Types.ObjectId(agentId) }),
      });
      const settings = ({ callerId, ...number }: typeof changed) => ({
        label: number.label,
        agentId: number.agentId?.toHexString() ?? null,
        text: number.text,
        hours: number.hours ?? null,
        callerId,
      });
      request.trail({ target: { type: 'number', id }, before: settings(before), after: settings(changed) });
      return { number: show(changed) };
    },
  });

  app.post(
    '/api/numbers/sync',
    {
      config: { access: 'numbers:write', audit: false },
      schema: {
        tags,
        summary: 'Read the numbers from the carrier now',
        response: {
          200: Strict({
            owned: Type.Integer(),
            verified: Type.Integer(),
            gone: Type.Integer(),
            notReachingUs: Type.Integer(),
          }),
          ...errors(401, 403, 503),
        },
      },
    },
    async () => service.sync(),
  );

  app.post(
    '/api/numbers/:id/connect',
    {
      config: { access: 'numbers:write', audit: 'number.connect' },
      schema: {
        tags,
        summary: 'Point a number at this installation; with dryRun=true only show what would change',
        params: ById,
        querystring: Strict({ dryRun: Type.Optional(Type.Boolean({ default: false })) }),
        response: {
          200: Strict({
            number: NumberSchema,
            before: Addresses,
            after: Addresses,
            changed: Type.Boolean({ description: 'Whether the number pointed elsewhere before.' }),
            dryRun: Type.Boolean(),
          }),
          ...errors(400, 401, 403, 404, 422, 503),
        },
      },
    },
    async request => {
      const { id } = request.params;
      const dryRun = request.query.dryRun ?? false;
      const { number, before, after, changed } = await service.connect(id, dryRun);
      request.trail({
        target: { type: 'number', id },
        before: auditForm(before),
        after: auditForm(after),
        ...(dryRun ? { nothingChanged: true } : {}),
      });
      return { number: show(number), before, after, changed, dryRun };
    },
  );
};
