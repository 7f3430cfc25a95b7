import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { AppError } from '../errors.ts';
import { sendError } from './http-errors.ts';

/** Paths that belong to programs: an unknown one is answered as an error, never with the dashboard's page. */
const programPath = /^\/(api|health|healthz|webhooks|tools|metrics|socket\.io|media-stream|conversation-relay)(\/|$)/;

const wantsPage = (request: FastifyRequest): boolean =>
  (request.method === 'GET' || request.method === 'HEAD') &&
  (request.headers.accept ?? '').includes('text/html') &&
  !programPath.test(request.url.split('?', 1)[0]!);

/** Serves the built dashboard at `/`; its own addresses (`/calls/…`) get its page. */
export const dashboardFiles = fp<{ root: string; notFound: (request: FastifyRequest) => AppError }>(
  async (app, { root, notFound }) => {
    const built = existsSync(join(root, 'index.html'));
    if (built) {
      await app.register(fastifyStatic, {
        root,
        wildcard: true,
        index: ['index.html'],
        cacheControl: false,
        setHeaders: (reply, path) => {
          // Names under assets/ carry a hash of their content; everything else may change with the next release.
          reply.setHeader(
            'cache-control',
            path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
          );
        },
      });
    }
    app.setNotFoundHandler((request, reply) => {
      if (built && wantsPage(request)) return reply.header('cache-control', 'no-cache').sendFile('index.html');
      return sendError(request, reply, notFound(request));
    });
  },
  { name: 'dashboard-files', dependencies: ['http-base'] },
);
