import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { Config } from '../config.ts';
import { type Metrics, secondsBuckets } from './metrics.ts';

/** A request id from outside is kept when it is plainly harmless in logs and headers, else we give one. */
export function requestIdOf(request: IncomingMessage | { headers: IncomingMessage['headers'] }): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
}

/** The route's pattern, not the address: addresses hold ids, numbers and tokens. */
const routeOf = (request: FastifyRequest): string => request.routeOptions.url ?? 'none';

/** What every answer has: request id, security headers, CORS from a list, one log line, one measurement. */
export const httpBase = fp<{ config: Config; metrics: Metrics }>(
  async (app: FastifyInstance, { config, metrics }) => {
    const duration = metrics.histogram('http_request_seconds', 'Time to answer HTTP requests.', secondsBuckets, [
      'method',
      'route',
      'status',
    ]);

    app.addHook('onRequest', async (request, reply) => {
      reply.header('x-request-id', request.id);
    });
    app.addHook('onResponse', async (request, reply) => {
      const route = routeOf(request);
      duration.observe(
        { method: request.method, route, status: `${Math.floor(reply.statusCode / 100)}xx` },
        reply.elapsedTime / 1000,
      );
      const quiet =
        route === '/healthz' ||
        route === '/health' ||
        route === '/health/ready' ||
        route === '/metrics' ||
        route === '/*' ||
        // A vendor's callbacks come by the thousand; what came of each is counted, and stands among its call's events.
        (request.routeOptions.config.access === 'sender-verified' && reply.statusCode < 400);
      request.log[quiet ? 'debug' : 'info'](
        { method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime * 10) / 10 },
        'request',
      );
    });

    await app.register(helmet, {
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'self'"],
          scriptSrc: ["'self'"],
          styleSrc: ["'self'"],
          imgSrc: ["'self'", 'data:'],
          mediaSrc: ["'self'", 'blob:'],
          workerSrc: ["'self'", 'blob:'],
          connectSrc: ["'self'"],
          fontSrc: ["'self'"],
          objectSrc: ["'none'"],
          baseUri: ["'none'"],
          formAction: ["'self'"],
          frameAncestors: ["'none'"],
        },
      },
      strictTransportSecurity: config.production ? { maxAge: 31_536_000, includeSubDomains: false } : false,
      referrerPolicy: { policy: 'same-origin' },
    });
    await app.register(cors, {
      // A list of exact origins; without one there is no CORS at all. The plugin never reflects a foreign origin.
      origin: config.CORS_ORIGINS ?? false,
      credentials: true,
      methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
      exposedHeaders: [
        'x-request-id',
        'x-ratelimit-limit',
        'x-ratelimit-remaining',
        'x-ratelimit-reset',
        'retry-after',
      ],
      maxAge: 600,
      strictPreflight: false,
    });
    await app.register(formbody, { bodyLimit: 256 * 1024 });
    await app.register(cookie);
  },
  { name: 'http-base' },
);
