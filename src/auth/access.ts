import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';
import type { Permission } from './permissions.ts';
import type { Principal } from './principal.ts';

/**
 * Who may use a route; every route says it.
 * `public` anybody · `signed-in` any valid credential · `sender-verified` a vendor whose signature the handler checks ·
 * otherwise the permission it takes, or all that it takes.
 */
export type Access = 'public' | 'signed-in' | 'sender-verified' | Permission | readonly Permission[];

/** What a changing route writes to the audit log; `false` for one that changes nothing worth keeping. */
export type AuditAction = string | false;

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    audit?: AuditAction;
  }
  interface FastifyRequest {
    /** Set on every request that carried a valid credential. */
    principal: Principal | null;
  }
}

/** Turns a bearer credential into the one who holds it; undefined when it is not of this kind, throws when it is bad. */
export type Authenticator = (credential: string) => Promise<Principal | undefined> | Principal | undefined;

/** Paths without a declared route policy: pages for everybody. */
const isPageRoute = (url: string): boolean => url === '/' || url === '/*' || url === '*';

/** Refuses to start with a route that does not say who may use it, or a changing one that does not say what it leaves in the audit log. */
export function requireDeclarations(app: FastifyInstance): void {
  app.addHook('onRoute', route => {
    if (isPageRoute(route.url) || route.url.startsWith('/api/docs')) return;
    const access = route.config?.access;
    if (access === undefined)
      throw new Error(`${String(route.method)} ${route.url} does not say who may use it (config.access)`);
    const changes = [route.method].flat().some(method => !['GET', 'HEAD', 'OPTIONS'].includes(method));
    if (changes && access !== 'sender-verified' && route.config?.audit === undefined) {
      throw new Error(`${String(route.method)} ${route.url} does not say what it audits (config.audit)`);
    }
  });
}

const challenge = { 'www-authenticate': 'Bearer' };

/** Refuses whoever may not use this route. */
export function authorise(request: FastifyRequest, access: Access): void {
  if (access === 'public' || access === 'sender-verified') return;
  if (!request.principal)
    throw new AppError('AUTH_REQUIRED', 'Sign in, or send an API key as a bearer token.', { headers: challenge });
  if (access === 'signed-in') return;
  const { permissions } = request.principal;
  const missing = [access].flat().find(permission => !permissions.has(permission));
  if (missing)
    throw new AppError('FORBIDDEN', `This needs the permission ${missing}.`, { details: { permission: missing } });
}

/** The bearer credential of a request, if it carries one. */
export function bearerOf(request: FastifyRequest): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return undefined;
  const match = /^Bearer ([\w.~+/=-]{1,4096})$/i.exec(header);
  if (!match)
    throw new AppError('AUTH_INVALID', 'The Authorization header must be: Bearer, one space, the credential.', {
      headers: challenge,
    });
  return match[1];
}

export const refuseCredential = (cause?: unknown): AppError =>
  new AppError('AUTH_INVALID', 'This credential is not valid, has expired, or was revoked.', {
    headers: challenge,
    ...(cause === undefined ? {} : { cause }),
  });
