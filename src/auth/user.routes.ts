import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { asListQuery, sparseItems } from '../ops/list-routes.ts';
import { errors, Id, ListOf, listQuery, Nullable, Strict, sortQuery, Timestamp } from '../ops/schemas.ts';
import { generatePassword } from './passwords.ts';
import { Email, Password, RoleName } from './session.routes.ts';
import type { UserRepository } from './user-repository.ts';
import type { UserService } from './user-service.ts';

const UserSchema = Strict({
  id: Id,
  email: Type.String(),
  role: RoleName,
  disabled: Type.Boolean(),
  createdAt: Timestamp,
  lastSignInAt: Nullable(Timestamp),
});

/** Who can sign in, and as what. */
export const userRoutes: FastifyPluginAsyncTypebox<{ users: UserRepository; service: UserService }> = async (
  app,
  { users, service },
) => {
  app.get(
    '/api/users',
    {
      config: { access: 'users:read' },
      ...sparseItems,
      schema: {
        tags: ['users'],
        summary: 'List users',
        querystring: Strict({ ...listQuery, ...sortQuery('createdAt', 'email') }),
        response: { 200: ListOf(UserSchema), ...errors(400, 401, 403) },
      },
    },
    async (request, reply) => reply.send((await users.listForApi(asListQuery(request.query))) as never),
  );

  app.post(
    '/api/users',
    {
      config: { access: 'users:write', audit: 'user.create' },
      schema: {
        tags: ['users'],
        summary: 'Add a user',
        description: 'Without a password one is made and returned this once.',
        body: Strict({ email: Email, role: RoleName, password: Type.Optional(Password) }),
        response: {
          201: Strict({ user: UserSchema, password: Type.Optional(Type.String()) }),
          ...errors(400, 401, 403, 409),
        },
      },
    },
    async (request, reply) => {
      const { email, role, password } = request.body;
      const made = password === undefined ? generatePassword() : undefined;
      const user = await service.create(email, role, password ?? made!);
      request.trail({ target: { type: 'user', id: user._id.toHexString() }, after: { role } });
      return reply.code(201).send({ user: users.toApi(user), ...(made ? { password: made } : {}) });
    },
  );

  app.patch(
    '/api/users/:id',
    {
      config: { access: 'users:write', audit: 'user.change' },
      schema: {
        tags: ['users'],
        summary: 'Change role or password, switch off or on',
        params: Strict({ id: Id }),
        body: Strict(
          { role: Type.Optional(RoleName), disabled: Type.Optional(Type.Boolean()), password: Type.Optional(Password) },
          { minProperties: 1 },
        ),
        response: { 200: Strict({ user: UserSchema }), ...errors(400, 401, 403, 404, 409) },
      },
    },
    async request => {
      const { before, after } = await service.change(request.params.id, request.body);
      request.trail({
        target: { type: 'user', id: request.params.id },
        before: { role: before.role, disabled: before.disabled },
        after: { role: after.role, disabled: after.disabled, passwordChanged: request.body.password !== undefined },
      });
      return { user: users.toApi(after) };
    },
  );
};
