import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { AppError } from '../errors.ts';
import { errors, Nullable, OneOf, Strict } from '../ops/schemas.ts';
import type { IdentityService, SignedIn } from './identity-service.ts';
import { permissionNames, permissionTable, roles } from './permissions.ts';
import type { Principal } from './principal.ts';
import { createRefreshCookie } from './refresh-cookie.ts';

export const Email = Type.String({
  minLength: 3,
  maxLength: 254,
  pattern: '^[^\\s@]+@[^\\s@]+$',
  description: 'An e-mail address.',
});
export const Password = Type.String({ minLength: 12, maxLength: 256, description: 'At least 12 characters.' });
export const RoleName = OneOf(roles);
export const PermissionName = OneOf(permissionNames);

const Me = Strict({ id: Type.String(), email: Type.String(), role: RoleName, permissions: Type.Array(PermissionName) });
const SignedInAnswer = Strict({
  accessToken: Type.String(),
  expiresIn: Type.Integer({ description: 'Seconds.' }),
  user: Me,
});

/** Sign-in, renewal and their end. */
export const sessionRoutes: FastifyPluginAsyncTypebox<{ identity: IdentityService }> = async (app, { identity }) => {
  const cookie = createRefreshCookie(app.operations.config);

  const answer = (
    request: FastifyRequest,
    reply: FastifyReply,
    { refreshToken, refreshExpiresAt, ...signedIn }: SignedIn,
  ) => {
    cookie.write(request, reply, refreshToken, refreshExpiresAt);
    reply.header('cache-control', 'no-store');
    return signedIn;
  };
  const asActor = ({ user }: SignedIn) => ({ kind: 'user' as const, id: user.id, label: user.email });

  app.post(
    '/api/auth/login',
    {
      config: { access: 'public', audit: 'auth.login' },
      schema: {
        tags: ['auth'],
        summary: 'Sign in',
        security: [],
        body: Strict({ email: Email, password: Type.String({ minLength: 1, maxLength: 256 }) }),
        response: { 200: SignedInAnswer, ...errors(400, 401, 403, 429) },
      },
    },
    async (request, reply) => {
      cookie.refuseForeignOrigin(request);
      await app.rateLimits.signIn(request, reply, request.body.email);
      const signedIn = await identity.signIn(request.body.email, request.body.password);
      request.trail({ actor: asActor(signedIn), target: { type: 'user', id: signedIn.user.id } });
      return answer(request, reply, signedIn);
    },
  );

  app.post(
    '/api/auth/refresh',
    {
      // Renewing changes nothing anybody would look for in an audit log.
      config: { access: 'public', audit: false },
      schema: {
        tags: ['auth'],
        summary: 'A new access token for the refresh cookie',
        security: [],
        response: { 200: SignedInAnswer, ...errors(401, 403, 429) },
      },
    },
    async (request, reply) => {
      cookie.refuseForeignOrigin(request);
      const token = cookie.read(request);
      if (token === undefined) throw new AppError('AUTH_REQUIRED', 'There is no session to renew; sign in.');
      try {
        return answer(request, reply, await identity.refresh(token));
      } catch (error) {
        if (error instanceof AppError && error.code === 'AUTH_INVALID') cookie.clear(request, reply);
        throw error;
      }
    },
  );

  app.post(
    '/api/auth/logout',
    {
      config: { access: 'public', audit: 'auth.logout' },
      schema: {
        tags: ['auth'],
        summary: 'End this session, or all of mine',
        // A client with nothing to say sends no body at all.
        body: Nullable(Strict({ everywhere: Type.Optional(Type.Boolean()) })),
        response: { 204: Type.Null(), ...errors(400, 403, 429) },
      },
    },
    async (request, reply) => {
      cookie.refuseForeignOrigin(request);
      const token = cookie.read(request);
      const session = token === undefined ? undefined : await identity.sessionOf(token);
      const sessionId = session?._id.toHexString() ?? request.principal?.sessionId;
      const userId =
        session?.userId.toHexString() ?? (request.principal?.kind === 'user' ? request.principal.id : undefined);
      if (userId && request.body?.everywhere) await identity.signOutEverywhere(userId);
      else if (sessionId) await identity.signOut(sessionId);
      if (userId)
        request.trail({
          actor: { kind: 'user', id: userId, label: request.principal?.label ?? '' },
          target: { type: 'user', id: userId },
          after: { everywhere: request.body?.everywhere ?? false },
        });
      cookie.clear(request, reply);
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/api/auth/me',
    {
      config: { access: 'signed-in' },
      schema: {
        tags: ['auth'],
        summary: 'Who I am and what I may do',
        response: { 200: Strict({ user: Me }), ...errors(401) },
      },
    },
    async request => {
      const { id, label, role, permissions } = request.principal!;
      return { user: { id, email: label, role, permissions: [...permissions] } };
    },
  );

  app.post(
    '/api/auth/password',
    {
      config: { access: 'signed-in', audit: 'auth.password' },
      schema: {
        tags: ['auth'],
        summary: 'Change my password; my other sessions end',
        body: Strict({ currentPassword: Type.String({ minLength: 1, maxLength: 256 }), newPassword: Password }),
        response: { 200: Strict({ user: Me }), ...errors(400, 401, 403, 429) },
      },
    },
    async (request, reply) => {
      const person = asPerson(request.principal!);
      await app.rateLimits.signIn(request, reply, person.label);
      const user = await identity.changeOwnPassword(person, request.body.currentPassword, request.body.newPassword);
      request.trail({ target: { type: 'user', id: user.id } });
      return { user };
    },
  );

  app.get(
    '/api/permissions',
    {
      config: { access: 'signed-in' },
      schema: {
        tags: ['auth'],
        summary: 'Every permission and the roles that hold it',
        response: {
          200: Strict({
            permissions: Type.Array(
              Strict({ name: PermissionName, description: Type.String(), roles: Type.Array(RoleName) }),
            ),
          }),
          ...errors(401),
        },
      },
    },
    async () => ({
      permissions: permissionNames.map(name => ({
        name,
        description: permissionTable[name].about,
        roles: ['admin' as const, ...permissionTable[name].roles],
      })),
    }),
  );
};

function asPerson(principal: Principal): Principal {
  if (principal.kind === 'user') return principal;
  throw new AppError('FORBIDDEN', 'Only a person who signed in has a password to change.');
}
