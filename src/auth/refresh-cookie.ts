import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';
import { isLoopbackHost } from '../ops/loopback.ts';

const name = 'parley_refresh';

/** The refresh token's cookie: out of reach for scripts, for other sites and for every path but sign-in's own. */
export function createRefreshCookie({ SERVER_URL, CORS_ORIGINS = [] }: Pick<Config, 'SERVER_URL' | 'CORS_ORIGINS'>) {
  const prefix = SERVER_URL ? new URL(SERVER_URL).pathname.replace(/\/$/, '') : '';
  const options = (request: FastifyRequest) => ({
    httpOnly: true,
    sameSite: 'strict' as const,
    // Browsers keep no secure cookie of a plain http address; on this very machine nobody can listen in.
    secure: !isLoopbackHost(request.hostname),
    path: `${prefix}/api/auth`,
  });
  return {
    read: (request: FastifyRequest): string | undefined => request.cookies[name],
    write: (request: FastifyRequest, reply: FastifyReply, token: string, expires: Date) =>
      reply.setCookie(name, token, { ...options(request), expires }),
    clear: (request: FastifyRequest, reply: FastifyReply) => reply.clearCookie(name, options(request)),
    /** A page of another site may not use the cookie, whatever a browser thinks of SameSite. */
    refuseForeignOrigin(request: FastifyRequest): void {
      const { origin } = request.headers;
      if (origin === undefined) return;
      const own = [
        `${request.protocol}://${request.host}`,
        ...(SERVER_URL ? [new URL(SERVER_URL).origin] : []),
        ...CORS_ORIGINS,
      ];
      if (!own.includes(origin))
        throw new AppError(
          'ORIGIN_REFUSED',
          'Pages of this origin may not sign in here; add it to CORS_ORIGINS if it is yours.',
        );
    },
  };
}
