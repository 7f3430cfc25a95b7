import { createHash, timingSafeEqual } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';
import type { AgentCore } from './agent-core.ts';
import { AgentApiError, faultError, invalidKey, needsAuthorization, notFound, unprocessable } from './agent-errors.ts';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Whether a given key is the account's, in a time that tells nothing about it. */
export const isKey = (core: AgentCore, given: string): boolean => timingSafeEqual(digest(given), digest(core.apiKey));

/** The HTTP server with what holds for all of the vendor's resources: the key, the error envelopes, faults. */
export function createAgentRestServer(core: AgentCore): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: 4 * 1024 * 1024,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
  });
  app.addHook('onRequest', async request => {
    const key = request.headers['xi-api-key'];
    if (key === undefined) throw needsAuthorization();
    if (!isKey(core, String(key))) throw invalidKey();
    if (!request.url.startsWith('/v1/')) return;
    const slow = core.faults.strike(['rest-slow']);
    if (slow) await core.clock.wait(slow.delayMs ?? 0);
    const fault = core.faults.strike(['rest-status']);
    if (fault) throw faultError(fault.status ?? 500);
  });
  app.setErrorHandler((error, _request, reply) => {
    const known = error instanceof AgentApiError ? error : undefined;
    const status = known?.status ?? (error as { statusCode?: number }).statusCode ?? 500;
    const body =
      known?.body ??
      (status < 500
        ? unprocessable(['body'], (error as Error).message, 'json_invalid').body
        : { detail: { status: 'internal_error', message: (error as Error).message } });
    return reply.code(!known && status === 400 ? 422 : status).send(body);
  });
  app.setNotFoundHandler((request, reply) => {
    const error = notFound('not_found', `${request.method} ${request.url.split('?', 1)[0]} does not exist`);
    return reply.code(404).send(error.body);
  });
  return app;
}
