import { AppError } from './errors.ts';

/** The one place that builds addresses under which the world reaches this installation. */
export interface PublicAddress {
  /** The address of a path that begins with a slash (a query may follow): `SERVER_URL` with its prefix, or the local address. */
  http(path: string): string;
  /** The same as a WebSocket address. */
  ws(path: string): string;
}

declare module 'fastify' {
  interface FastifyInstance {
    publicAddress: PublicAddress;
    /** Where this very process listens; throws while it does not and the port is not known either. */
    localOrigin(): string;
  }
}

/**
 * Builds addresses upon a base that may hold a path prefix. The prefix is the proxy's: requests arrive here without it, so the
 * address that a request was signed for is `http(request.url)`.
 */
export function createPublicAddress(base: () => string): PublicAddress {
  const http = (path: string): string => {
    // A path such as `.evil.example/` after the origin would name another host.
    if (!path.startsWith('/')) throw new AppError('INTERNAL', `a path begins with a slash, and not like ${path}`);
    return base() + path;
  };
  return { http, ws: path => http(path).replace(/^http/, 'ws') };
}

/** The origin to call a listening server at from the same machine: addresses that mean "all of them" become loopback. */
export function originOf({ address, port }: { readonly address: string; readonly port: number }): string {
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
