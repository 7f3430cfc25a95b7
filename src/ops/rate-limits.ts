import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { Redis } from 'ioredis';
import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';

/** Requests a minute from one address without a valid credential, failed verifications of vendors' webhooks included. */
const perAddress = 200;
/** Sign-in tries a minute for one account from one address. */
const signInTries = 10;

export interface RateLimits {
  /** Counts a request of somebody known. */
  identified(request: FastifyRequest, reply: FastifyReply, identity: string): Promise<void>;
  /** Counts a request without credential, or with a bad one, against its address. */
  anonymous(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** Counts a refused connection against its address, together with its requests; throws when there were too many. */
  refusedConnection(address: string): Promise<void>;
  signIn(request: FastifyRequest, reply: FastifyReply, account: string): Promise<void>;
  /** Counts a webhook whose signature was wrong; the genuine sender at the same address is never held back. */
  failedVerification(request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

declare module 'fastify' {
  interface FastifyInstance {
    rateLimits: RateLimits;
  }
}

type Limiter = ReturnType<FastifyInstance['createRateLimit']>;

async function count(limiter: Limiter, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const result = await limiter(request);
  if (result.isAllowed) return;
  reply.headers({
    'x-ratelimit-limit': result.max,
    'x-ratelimit-remaining': result.remaining,
    'x-ratelimit-reset': result.ttlInSeconds,
  });
  if (!result.isExceeded) return;
  throw tooMany(result.ttlInSeconds);
}

const tooMany = (seconds: number): AppError =>
  new AppError('RATE_LIMITED', `Too many requests; try again in ${seconds} seconds.`, {
    details: { retryAfterSeconds: seconds },
    headers: { 'retry-after': String(seconds) },
  });

/** Limits by identity, address and account; in Redis when there is one, so that all processes count together. */
export const rateLimits = fp<{ config: Config; redis: Redis | undefined }>(
  async (app, { config, redis }) => {
    // Without Redis for a moment, requests are let through: limits protect the service, they must not be its outage.
    await app.register(rateLimit, {
      global: false,
      ...(redis ? { redis, skipOnError: true, nameSpace: 'parley:limit:' } : { cache: 50_000 }),
    });
    const keyOf = new WeakMap<FastifyRequest, string>();
    const limiter = (name: string, max: number): Limiter =>
      app.createRateLimit({
        max,
        timeWindow: 60_000,
        keyGenerator: request => `${name}:${keyOf.get(request) ?? request.ip}`,
      });
    const limiters = {
      identified: limiter('identity', config.RATE_LIMIT_PER_MINUTE),
      anonymous: limiter('address', perAddress),
      signIn: limiter('sign-in', signInTries),
      failed: limiter('failed', perAddress),
    };
    app.decorate('rateLimits', {
      identified: (request, reply, identity) => {
        keyOf.set(request, identity);
        return count(limiters.identified, request, reply);
      },
      anonymous: (request, reply) => count(limiters.anonymous, request, reply),
      async refusedConnection(address) {
        // Of a request the limiter wants the address and the route's own limits, and there is no request here.
        const result = await limiters.anonymous({ ip: address, routeOptions: { config: {} } } as FastifyRequest);
        if (!result.isAllowed && result.isExceeded) throw tooMany(result.ttlInSeconds);
      },
      signIn: (request, reply, account) => {
        keyOf.set(request, `${account.toLowerCase()}|${request.ip}`);
        return count(limiters.signIn, request, reply);
      },
      failedVerification: (request, reply) => count(limiters.failed, request, reply),
    } satisfies RateLimits);
  },
  { name: 'rate-limits', dependencies: ['http-base'] },
);
