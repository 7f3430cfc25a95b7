import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { asListQuery, sparseItems } from '../ops/list-routes.ts';
import { errors, Id, ListOf, listQuery, Nullable, Strict, sortQuery, Timestamp } from '../ops/schemas.ts';
import type { AuditRepository } from './audit-repository.ts';

const Facts = Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true });

const EntrySchema = Strict({
  id: Id,
  at: Timestamp,
  action: Type.String(),
  actor: Strict({ kind: Type.String(), id: Type.String(), label: Type.String() }),
  target: Nullable(Strict({ type: Type.String(), id: Type.String() })),
  before: Nullable(Facts),
  after: Nullable(Facts),
  ip: Type.String(),
  requestId: Type.String(),
});

const short = Type.Optional(Type.String({ minLength: 1, maxLength: 100 }));

/** Who changed what; there is no route that changes or removes an entry. */
export const auditRoutes: FastifyPluginAsyncTypebox<{ audit: AuditRepository }> = async (app, { audit }) => {
  app.get(
    '/api/audit',
    {
      config: { access: 'audit:read' },
      ...sparseItems,
      schema: {
        tags: ['audit'],
        summary: 'Read the audit log, newest first',
        querystring: Strict({
          ...listQuery,
          ...sortQuery('createdAt'),
          action: short,
          actorId: short,
          targetId: short,
        }),
        response: { 200: ListOf(EntrySchema), ...errors(400, 401, 403) },
      },
    },
    async (request, reply) => reply.send((await audit.listForApi(asListQuery(request.query))) as never),
  );
};
