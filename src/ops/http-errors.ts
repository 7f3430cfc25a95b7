import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, type ErrorCode } from '../errors.ts';

/** The one error shape. */
export interface ErrorBody {
  error: { code: ErrorCode; message: string; details?: unknown; requestId: string };
}

/** What Fastify itself refuses, in our words: its own texts name internals. */
const refusals: Record<string, { code: ErrorCode; message: string }> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: 'This content type is not accepted here; send application/json.',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'PAYLOAD_TOO_LARGE', message: 'The body is larger than this endpoint accepts.' },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    code: 'INVALID_JSON',
    message: 'The body is empty although its content type is JSON.',
  },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'INVALID_JSON', message: 'The body is not valid JSON.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'BAD_REQUEST',
    message: 'The body does not have the length that was announced.',
  },
  FST_ERR_BAD_URL: { code: 'BAD_REQUEST', message: 'The path is not a valid address.' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'BAD_REQUEST', message: 'A part of the path is too long.' },
};

function asAppError(error: FastifyError): AppError {
  if (error instanceof AppError) return error;
  if (error.validation) return validationError(error);
  const refusal = refusals[error.code];
  if (refusal) return new AppError(refusal.code, refusal.message, { cause: error });
  if (error instanceof SyntaxError && error.statusCode === 400) {
    return new AppError('INVALID_JSON', 'The body is not valid JSON.', { cause: error });
  }
  if (error.statusCode && error.statusCode >= 400 && error.statusCode < 500) {
    return new AppError('BAD_REQUEST', 'The request cannot be understood.', { cause: error });
  }
  return new AppError(
    'INTERNAL',
    'Something went wrong on our side. Nothing is known to be changed; try again, and give the request id when you report it.',
    { cause: error },
  );
}

/** Names each field and what to do about it, never the value that was sent. */
function validationError(error: FastifyError): AppError {
  const part = error.validationContext ?? 'body';
  const fields = (error.validation ?? []).slice(0, 20).map(problem => {
    const parameters = problem.params as Record<string, unknown>;
    const named = parameters['missingProperty'] ?? parameters['additionalProperty'];
    const path = [problem.instancePath.slice(1).replaceAll('/', '.'), named]
      .filter(each => each !== undefined && each !== '')
      .join('.');
    return { field: path || part, problem: sentence(problem.keyword, parameters, problem.message) };
  });
  const [first] = fields;
  return new AppError('VALIDATION_FAILED', first ? `${first.field} ${first.problem}.` : `The ${part} is not valid.`, {
    details: fields,
    cause: error,
  });
}

function sentence(keyword: string, parameters: Record<string, unknown>, message = 'is not valid'): string {
  if (keyword === 'required') return 'is missing';
  if (keyword === 'additionalProperties') return 'is not a field of this request';
  if (keyword === 'enum') return `must be one of ${(parameters['allowedValues'] as unknown[]).join(', ')}`;
  if (keyword === 'const') return `must be ${String(parameters['allowedValue'])}`;
  return message.replace('must NOT', 'must not');
}

export function sendError(request: FastifyRequest, reply: FastifyReply, error: AppError): FastifyReply {
  const body: ErrorBody = {
    error: {
      code: error.code,
      message: error.message,
      ...(error.details === undefined ? {} : { details: error.details }),
      requestId: request.id,
    },
  };
  return (
    reply
      .code(error.status)
      .headers(error.headers)
      .header('cache-control', 'no-store')
      // A request that never reached the hooks has none yet.
      .header('x-request-id', request.id)
      .type('application/json; charset=utf-8')
      .serializer(JSON.stringify)
      .send(body)
  );
}

/** Every failure leaves through here: one shape, our own words, logged once. */
export function answerFailure(failure: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = asAppError(failure);
  if (error.status >= 500) request.log.error({ err: error }, 'request failed');
  else request.log.debug({ code: error.code }, 'request refused');
  return sendError(request, reply, error);
}

/** Remembers which methods each path has, so that a wrong method is told from a wrong address. */
export function createNotFound(app: FastifyInstance): (request: FastifyRequest) => AppError {
  const known = new Map<string, { matches: RegExp; methods: Set<string> }>();
  app.addHook('onRoute', route => {
    if (route.url.includes('*')) return;
    const entry = known.get(route.url) ?? { matches: pathPattern(route.url), methods: new Set<string>() };
    for (const method of [route.method].flat()) entry.methods.add(method);
    known.set(route.url, entry);
  });
  return request => {
    const path = request.url.split('?', 1)[0]!;
    const methods = [
      ...new Set([...known.values()].filter(each => each.matches.test(path)).flatMap(each => [...each.methods])),
    ];
    if (methods.length === 0) return new AppError('ROUTE_NOT_FOUND', 'There is nothing at this address.');
    return new AppError('METHOD_NOT_ALLOWED', `${request.method} is not possible here; ${methods.join(', ')} is.`, {
      headers: { allow: methods.join(', ') },
    });
  };
}

const pathPattern = (url: string): RegExp =>
  new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z]+/g, '[^/]+')}/?$`);
