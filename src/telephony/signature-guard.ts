import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import type {
  FastifyReply,
  FastifyRequest,
  onRequestAsyncHookHandler,
  preParsingAsyncHookHandler,
  preValidationAsyncHookHandler,
} from 'fastify';
import { AppError } from '../errors.ts';
import type { Logger } from '../ops/logger.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { PublicAddress } from '../public-address.ts';
import { httpForms, isSigned, socketForms } from './signature.ts';
import { formOf, isJson, likelyCause } from './signature-diagnosis.ts';

/** Spread into a route's options: its handler runs only for requests that the carrier signed. */
export interface SignedRoute {
  readonly config: { readonly access: 'sender-verified' };
  readonly onRequest: onRequestAsyncHookHandler;
  readonly preParsing: preParsingAsyncHookHandler;
  readonly preValidation: preValidationAsyncHookHandler;
}

export interface SignatureGuard {
  /** For callbacks and documents. */
  readonly webhook: SignedRoute;
  /** For `{ websocket: true }` routes: a refused upgrade is answered 403 and no socket is opened. */
  readonly upgrade: SignedRoute;
}

export interface SignatureGuardOptions {
  readonly accountSid: string;
  /** Current token first, then those still accepted. */
  readonly tokens: readonly string[];
  /** Where the carrier reaches us, with path prefix: requests arrive without that. */
  readonly origin: PublicAddress;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Counts a refusal against its address; throws when there were too many. */
  readonly countFailure?: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  readonly now?: () => number;
}

const logEveryMs = 60_000;
const refusals = ['missing', 'wrong', 'body'] as const;
type Refusal = (typeof refusals)[number];

/**
 * The carrier gives every attempt to deliver one callback the same token, which is not part of the signature: it tells a
 * repetition from news, and proves nothing. Null when there is none of a plausible form.
 */
export function deliveryTokenOf(request: FastifyRequest): string | null {
  const token = request.headers['i-twilio-idempotency-token'];
  return typeof token === 'string' && /^[\w.:-]{8,100}$/.test(token) ? token : null;
}

/** Checks that requests come from the carrier: signed with the account's token over the public address they were sent to. */
export function createSignatureGuard(options: SignatureGuardOptions): SignatureGuard {
  const { tokens, origin, logger, metrics, now = Date.now } = options;
  const refused = metrics.counter(
    'carrier_requests_refused_total',
    'Requests in the carrier’s name that it did not sign.',
    ['route', 'reason'],
  );
  const bodyDigests = new WeakMap<FastifyRequest, () => string>();
  const quietUntil = new Map<string, number>();
  const unlogged = new Map<string, number>();

  const refuse = async (request: FastifyRequest, reply: FastifyReply, reason: Refusal): Promise<never> => {
    const route = request.routeOptions.url ?? 'none';
    refused.inc({ route, reason });
    const at = now();
    if (at >= (quietUntil.get(route) ?? 0)) {
      const address = origin.http(pathOf(request));
      const before = unlogged.get(route) ?? 0;
      const cause = likelyCause(request, { ...options, base: baseOf(origin), reason });
      logger.warn(
        { route, checkedAgainst: address, likelyCause: cause, refusedBefore: before },
        'carrier signature refused',
      );
      quietUntil.set(route, at + logEveryMs);
      unlogged.set(route, 0);
    } else unlogged.set(route, (unlogged.get(route) ?? 0) + 1);
    await options.countFailure?.(request, reply);
    throw new AppError(
      'SIGNATURE_INVALID',
      'This request is not signed by the carrier for this address. The log of the server says what it was checked against.',
    );
  };

  const route = (addressesOf: (request: FastifyRequest) => string[]): SignedRoute => ({
    config: { access: 'sender-verified' },
    // Whoever sends no signature at all need not have the body read.
    onRequest: async (request, reply) => {
      if (signatureIn(request) === '') await refuse(request, reply, 'missing');
    },
    preParsing: async (request, _reply, payload) => {
      if (!isJson(request)) return payload;
      const hash = createHash('sha256');
      const tap = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          hash.update(chunk);
          done(null, chunk);
        },
      });
      bodyDigests.set(request, () => hash.digest('hex'));
      payload.on('error', error => tap.destroy(error));
      return payload.pipe(tap);
    },
    preValidation: async (request, reply) => {
      const form = formOf(request);
      if (form === undefined && !bodyIsSigned(request, bodyDigests.get(request))) await refuse(request, reply, 'body');
      const signed = { signature: signatureIn(request), addresses: addressesOf(request), ...(form ? { form } : {}) };
      if (!isSigned(signed, tokens)) await refuse(request, reply, 'wrong');
    },
  });

  return {
    webhook: route(request => httpForms(origin.http(request.url))),
    upgrade: route(request => socketForms(origin.ws(request.url))),
  };
}

const baseOf = (origin: PublicAddress): string => origin.http('/').replace(/\/$/, '');

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0]!;

function signatureIn(request: FastifyRequest): string {
  const header = request.headers['x-twilio-signature'];
  return typeof header === 'string' ? header : '';
}

/** A body that is no form is covered only through its hash in the signed address; no body needs none. */
function bodyIsSigned(request: FastifyRequest, digest: (() => string) | undefined): boolean {
  if (request.body === undefined || request.body === null) return true;
  const promised = new URLSearchParams(request.url.split('?')[1] ?? '').getAll('bodySHA256');
  return digest !== undefined && promised.length === 1 && digest() === promised[0]!.toLowerCase();
}
