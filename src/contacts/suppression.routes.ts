import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { asListQuery, sparseItems } from '../ops/list-routes.ts';
import { errors, Id, ListOf, listQuery, Nullable, Strict, sortQuery, Timestamp } from '../ops/schemas.ts';
import { seesPeople } from './contact-sight.ts';
import type { SuppressionRepository } from './suppression-repository.ts';
import type { SuppressionService } from './suppression-service.ts';
import type { SuppressionView } from './suppressions.types.ts';

const SuppressionSchema = Strict({
  id: Id,
  phone: Nullable(Type.String({ description: 'Null after erasing; the block holds nevertheless.' })),
  reason: Type.String(),
  source: Type.String({ description: 'Where it came from, such as `api` or `call-key`.' }),
  evidence: Nullable(
    Strict(
      {
        callId: Id,
        turn: Nullable(Type.Integer({ description: 'Place in the transcript.' })),
        atMs: Nullable(Type.Integer()),
        words: Nullable(Type.String({ description: 'Null for a key, and once the call was erased.' })),
      },
      { description: 'Of an opt-out on a call.' },
    ),
  ),
  createdAt: Timestamp,
});

const ListedSuppression = Strict({
  ...SuppressionSchema.properties,
  contact: Type.Optional(
    Nullable(
      Strict(
        { id: Id, name: Nullable(Type.String()) },
        { description: 'Whom we know under the number; null also for whoever may not see people.' },
      ),
    ),
  ),
});

const example = {
  id: '6740a1b2c3d4e5f60718293a',
  phone: '+12125550100',
  reason: 'asked by e-mail',
  source: 'api',
  evidence: null,
  createdAt: '2026-11-20T13:30:00.000Z',
};

const Reason = Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' });
const Shown = Strict({ suppression: SuppressionSchema }, { examples: [{ suppression: example }] });

/** Who must not be called. */
export const suppressionRoutes: FastifyPluginAsyncTypebox<{
  repository: SuppressionRepository;
  service: SuppressionService;
  /** Whom we know under these numbers. */
  contactsWith: (phones: readonly string[]) => Promise<ReadonlyMap<string, { id: string; name: string | null }>>;
}> = async (app, { repository, service, contactsWith }) => {
  /** The same with the people behind the numbers, all of a page at once. */
  async function withContacts(request: FastifyRequest, items: readonly Partial<SuppressionView>[]) {
    const sees = seesPeople(request) && request.principal?.permissions.has('contacts:read');
    const phones = items.flatMap(({ phone }) => phone ?? []);
    const known = sees && phones.length > 0 ? await contactsWith(phones) : undefined;
    return items.map(each => ({ ...each, contact: known?.get(each.phone ?? '') ?? null }));
  }

  app.get(
    '/api/suppressions',
    {
      config: { access: 'suppressions:read' },
      ...sparseItems,
      schema: {
        tags: ['suppressions'],
        summary: 'List numbers that must not be called',
        querystring: Strict({
          ...listQuery,
          ...sortQuery('createdAt'),
          source: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })),
          phone: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 100,
              description:
                'Whether this number is listed: the whole number, with country code or as in DEFAULT_COUNTRY.',
            }),
          ),
        }),
        response: { 200: ListOf(ListedSuppression), ...errors(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { phone, ...query } = request.query;
      if (phone === undefined) {
        const { items, nextCursor } = await repository.listForApi(asListQuery(query));
        // Whoever asks for some fields alone asks for fields of the list.
        const shown = query.fields === undefined ? await withContacts(request, items) : items;
        return reply.send({ items: shown, nextCursor } as never);
      }
      // By its hash, so that a number whose person was erased is found, too.
      const listed = await service.of(service.numberOf(phone));
      return reply.send({ items: await withContacts(request, listed ? [listed] : []), nextCursor: null } as never);
    },
  );

  app.post(
    '/api/suppressions',
    {
      config: { access: 'suppressions:write', audit: 'suppression.add' },
      schema: {
        tags: ['suppressions'],
        summary: 'Put a number on the do-not-call list',
        description:
          'Holds from the next dial on, in every process; calls to it that nobody answered yet are cancelled. ' +
          'A number that is listed already is answered with 200 and its first reason.',
        body: Strict(
          {
            phone: Type.String({
              minLength: 1,
              maxLength: 100,
              description: 'With country code, or as in DEFAULT_COUNTRY.',
            }),
            reason: Reason,
          },
          { examples: [{ phone: '+12125550100', reason: 'asked by e-mail' }] },
        ),
        response: { 200: Shown, 201: Shown, ...errors(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { phone, reason } = request.body;
      const { suppression, added } = await service.add(service.numberOf(phone), reason, 'api');
      request.trail({ target: { type: 'suppression', id: suppression.id }, after: { added } });
      return reply.code(added ? 201 : 200).send({ suppression });
    },
  );

  app.delete(
    '/api/suppressions/:id',
    {
      config: { access: 'suppressions:lift', audit: 'suppression.lift' },
      schema: {
        tags: ['suppressions'],
        summary: 'Take a number off the list again',
        description:
          'An opt-out is kept for ever; lifting one needs an administrator and a reason, which stays in the audit log, ' +
          'such as a consent given later.',
        params: Strict({ id: Id }),
        body: Strict({ reason: Reason }, { examples: [{ reason: 'written consent of 2026-11-18, letter 4711' }] }),
        response: { 200: Strict({ lifted: Type.Boolean() }), ...errors(400, 401, 403, 404) },
      },
    },
    async request => {
      const { phoneHash } = await service.lift(request.params.id);
      request.trail({
        target: { type: 'suppression', id: request.params.id },
        before: { phoneHash },
        after: { reason: request.body.reason },
      });
      return { lifted: true };
    },
  );
};
