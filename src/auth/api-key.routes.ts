import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { asListQuery, sparseItems } from '../ops/list-routes.ts';
import { errors, Id, ListOf, listQuery, Nullable, Strict, sortQuery, Timestamp } from '../ops/schemas.ts';
import type { ApiKeyRepository } from './api-key-repository.ts';
import type { ApiKeyService } from './api-key-service.ts';
import { PermissionName } from './session.routes.ts';

const ApiKeySchema = Strict({
  id: Id,
  name: Type.String(),
  prefix: Type.String(),
  scopes: Type.Array(Type.String()),
  expiresAt: Nullable(Timestamp),
  revokedAt: Nullable(Timestamp),
  lastUsedAt: Nullable(Timestamp),
  createdBy: Type.String(),
  createdAt: Timestamp,
});

/** Keys for programs. */
export const apiKeyRoutes: FastifyPluginAsyncTypebox<{ keys: ApiKeyRepository; service: ApiKeyService }> = async (
  app,
  { keys, service },
) => {
  app.get(
    '/api/api-keys',
    {
      config: { access: 'api-keys:read' },
      ...sparseItems,
      schema: {
        tags: ['api keys'],
        summary: 'List API keys',
        querystring: Strict({ ...listQuery, ...sortQuery('createdAt') }),
        response: { 200: ListOf(ApiKeySchema), ...errors(400, 401, 403) },
      },
    },
    async (request, reply) => reply.send((await keys.listForApi(asListQuery(request.query))) as never),
  );

  app.post(
    '/api/api-keys',
    {
      config: { access: 'api-keys:write', audit: 'api-key.create' },
      schema: {
        tags: ['api keys'],
        summary: 'Make an API key; its secret is shown this once',
        body: Strict({
          name: Type.String({ minLength: 1, maxLength: 80, pattern: '\\S' }),
          scopes: Type.Array(PermissionName, { minItems: 1, maxItems: 100 }),
          expiresAt: Type.Optional(Nullable(Timestamp)),
        }),
        response: { 201: Strict({ apiKey: ApiKeySchema, secret: Type.String() }), ...errors(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { name, scopes, expiresAt } = request.body;
      const { key, secret } = await service.create(
        request.principal!,
        name,
        scopes,
        expiresAt ? new Date(expiresAt) : null,
      );
      request.trail({
        target: { type: 'api-key', id: key._id.toHexString() },
        after: { prefix: key.prefix, scopes: [...key.scopes] },
      });
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ apiKey: keys.toApi(key), secret });
    },
  );

  app.delete(
    '/api/api-keys/:id',
    {
      config: { access: 'api-keys:write', audit: 'api-key.revoke' },
      schema: {
        tags: ['api keys'],
        summary: 'Revoke an API key',
        params: Strict({ id: Id }),
        response: { 200: Strict({ apiKey: ApiKeySchema }), ...errors(401, 403, 404) },
      },
    },
    async request => {
      const key = await service.revoke(request.params.id);
      request.trail({ target: { type: 'api-key', id: request.params.id } });
      return { apiKey: keys.toApi(key) };
    },
  );
};
