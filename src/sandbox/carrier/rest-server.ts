import { timingSafeEqual } from 'node:crypto';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { CarrierCore } from './carrier-core.ts';
import { accountPath } from './rest-resources.ts';
import { errorBody, TwilioError } from './twilio-errors.ts';

export interface RestContext {
  core: CarrierCore;
  /** The form of a request; not a form counts as a violation. */
  form(request: FastifyRequest): URLSearchParams;
  query(request: FastifyRequest): URLSearchParams;
  /** Records parameters that Twilio does not know. */
  complain(unknown: readonly string[], operation: string): void;
}

/** The HTTP server with everything that holds for all of Twilio's resources: authentication, forms, errors. */
export function createRestServer(core: CarrierCore): { app: FastifyInstance; context: RestContext } {
  const app = Fastify({ logger: false, bodyLimit: 1024 * 1024, forceCloseConnections: true, exposeHeadRoutes: false });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));

  const controlKey = Buffer.from(core.controlKey);
  const isControlKey = (given: Buffer) => given.length === controlKey.length && timingSafeEqual(given, controlKey);
  const expected = Buffer.from(`${core.accountSid}:${core.authToken}`);
  app.addHook('onRequest', async request => {
    const [scheme, credentials = ''] = (request.headers.authorization ?? '').split(' ');
    if (
      request.url.startsWith('/twin/') &&
      scheme?.toLowerCase() === 'bearer' &&
      isControlKey(Buffer.from(credentials))
    )
      return;
    const given = Buffer.from(credentials, 'base64');
    const matches =
      scheme?.toLowerCase() === 'basic' && given.length === expected.length && timingSafeEqual(given, expected);
    if (!matches) throw new TwilioError(20003);
    const account = /^\/2010-04-01\/Accounts\/([^/.?]+)/.exec(request.url)?.[1];
    if (account !== undefined && account !== core.accountSid) throw new TwilioError(20404, request.url.slice(0, 200));
  });
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof TwilioError) return sendError(reply, error);
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    const code = status === 404 ? 20404 : status >= 500 ? 20500 : 20001;
    return sendError(reply, { code, message: (error as Error).message, status });
  });
  app.setNotFoundHandler((request, reply) => {
    const error = new TwilioError(20404, `The requested resource ${request.url.split('?', 1)[0]} was not found`);
    return sendError(reply, error);
  });

  const context: RestContext = {
    core,
    form(request) {
      const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
      const body = typeof request.body === 'string' ? request.body : '';
      if (body && type !== 'application/x-www-form-urlencoded') {
        core.ledger.violation('rest-body', `${request.method} ${request.url}: content type ${type} is not a form`);
        return new URLSearchParams();
      }
      return new URLSearchParams(body);
    },
    query: request => new URLSearchParams(request.url.split('?')[1] ?? ''),
    complain(unknown, operation) {
      if (unknown.length) core.ledger.violation('rest-unknown-parameter', `${operation}: ${unknown.join(', ')}`);
    },
  };
  return { app, context };
}

function sendError(reply: FastifyReply, error: { code: number; message: string; status: number }) {
  if (error.status === 401) void reply.header('www-authenticate', 'Basic realm="Twilio API"');
  return reply.code(error.status).type('application/json').send(errorBody(error));
}

export const restPath = (core: CarrierCore, path: string): string => `${accountPath(core.accountSid)}/${path}`;
