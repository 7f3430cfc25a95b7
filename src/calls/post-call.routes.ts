import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  isSignedWith,
  readWebhookSignature,
  type WebhookRefusal,
  type WebhookSignature,
} from '../engines/elevenlabs/webhook-signature-protocol.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../ops/logger.ts';
import type { PostCallMetrics } from './post-call-metrics.ts';
import { takeRawBodies } from './raw-body.ts';

export interface PostCallRouteOptions {
  /** The current secret first; none where webhooks cannot be taken. */
  readonly secrets: readonly string[];
  /** Resolves when the message is written down. */
  readonly take: (body: Buffer) => Promise<void>;
  /** Counts a refusal against its address; throws when there were too many. */
  readonly countFailure: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  readonly metrics: PostCallMetrics;
  readonly logger: Logger;
  readonly now: () => Date;
}

const limits = { bytes: 48 * 1024 * 1024, bytesAtOnce: 192 * 1024 * 1024 } as const;
const logEveryMs = 60_000;

/** Where ElevenLabs reports conversations. What is signed is written down first and answered; the work begins after that. */
export async function postCallRoutes(app: FastifyInstance, options: PostCallRouteOptions): Promise<void> {
  const { secrets, metrics, logger, now } = options;
  const signatures = new WeakMap<FastifyRequest, WebhookSignature>();
  let quietUntil = 0;
  takeRawBodies(app, limits);

  async function refuse(request: FastifyRequest, reply: FastifyReply, reason: WebhookRefusal): Promise<never> {
    metrics.webhooks.inc({ result: reason });
    if (now().getTime() >= quietUntil) {
      quietUntil = now().getTime() + logEveryMs;
      logger.warn({ reason }, 'a webhook of ElevenLabs was refused; check ELEVENLABS_WEBHOOK_SECRET and the clock');
    }
    await options.countFailure(request, reply);
    throw new AppError('WEBHOOK_SIGNATURE_INVALID', refusals[reason]);
  }

  app.post(
    '/webhooks/elevenlabs',
    {
      config: { access: 'sender-verified' },
      bodyLimit: limits.bytes,
      schema: { hide: true },
      // Whoever brings no signature of now need not have the body read.
      onRequest: async (request, reply) => {
        if (secrets.length === 0) {
          throw new AppError(
            'WEBHOOK_SECRET_MISSING',
            'Webhooks of ElevenLabs cannot be checked: set ELEVENLABS_WEBHOOK_SECRET. Conversations are fetched instead.',
          );
        }
        const signature = readWebhookSignature(request.headers['elevenlabs-signature'], now().getTime());
        if (typeof signature === 'string') await refuse(request, reply, signature);
        else signatures.set(request, signature);
      },
    },
    async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      if (!isSignedWith(secrets, signatures.get(request)!, body)) await refuse(request, reply, 'wrong');
      await options.take(body);
      return reply.code(200).send({ received: true });
    },
  );
}

const refusals: Readonly<Record<WebhookRefusal, string>> = {
  missing: 'The request has no ElevenLabs-Signature.',
  malformed: 'The ElevenLabs-Signature must be t=<unix seconds>,v0=<hex>.',
  stale: 'The signature is older than 30 minutes.',
  future: 'The signature is of the future; the clocks differ too much.',
  wrong: 'The signature does not fit the body.',
};
