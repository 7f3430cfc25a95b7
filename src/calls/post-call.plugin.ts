import fp from 'fastify-plugin';
import { Type } from 'typebox';
import { defineJob } from '../jobs/queue.ts';
import { WebhookReceiptRepository } from '../ops/webhook-receipt-repository.ts';
import { webhookReceiptRoutes } from '../ops/webhook-receipts.routes.ts';
import type { Carrier } from '../telephony/carrier-contract.ts';
import { priceTableOf } from './call-cost.ts';
import type { CallEventLog } from './call-event-log.ts';
import { createCallPrices } from './call-prices.ts';
import type { CallRepository } from './call-repository.ts';
import { type ConversationSource, createConversationFetch } from './conversation-fetch.ts';
import { createConversationMerge } from './conversation-merge.ts';
import { postCallRoutes } from './post-call.routes.ts';
import { createPostCallMetrics } from './post-call-metrics.ts';
import { createPostCallReceipts } from './post-call-receipts.ts';
import type { TranscriptRepository } from './transcript-repository.ts';

export interface PostCallServices {
  readonly calls: CallRepository;
  readonly eventLog: CallEventLog;
  readonly transcripts: TranscriptRepository;
  readonly conversations: ConversationSource;
  readonly carrier: Pick<Carrier, 'call' | 'recordingsOf'>;
  readonly now: () => Date;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** One round over what ended calls still wait for; it also runs by schedule. */
    followUpCalls: () => Promise<{ reports: number; prices: number }>;
    /** What vendors told us; erasing a call takes their words from here. */
    webhookReceipts: Pick<WebhookReceiptRepository, 'eraseBodiesOf'>;
  }
}

const workJob = defineJob('webhooks.work', {
  payload: Type.Object({ receiptId: Type.String() }, { additionalProperties: false }),
  maxAttempts: 9,
  concurrency: 4,
});

const followUpJob = defineJob('calls.follow-up', {
  payload: Type.Object({}, { additionalProperties: false }),
  maxAttempts: 1,
  timeLimitMs: 120_000,
  concurrency: 1,
});

/** What comes after a call: the vendor's report, by webhook or fetched. */
export const postCallPlugin = fp<PostCallServices>(
  async (app, { calls, eventLog, transcripts, conversations, carrier, now }) => {
    const { config, logging, metrics: registry, events: domainEvents } = app.operations;
    const logger = logging.component('post-call');
    const metrics = createPostCallMetrics(registry);
    const receipts = new WebhookReceiptRepository(app.store);
    const table = priceTableOf(config);
    const merge = createConversationMerge({ calls, transcripts, table, eventLog, events: domainEvents });
    const desk = createPostCallReceipts({
      receipts,
      merge,
      calls,
      eventLog,
      enqueue: receiptId => app.jobs.enqueue(workJob, { receiptId }, { dedupeKey: receiptId }),
      metrics,
      now,
    });
    const fetchReports = createConversationFetch({
      calls,
      source: conversations,
      merge,
      eventLog,
      metrics,
      logger,
      now,
    });

    const fetchPrices = createCallPrices({
      calls,
      carrier,
      table,
      eventLog,
      changed: call => domainEvents.publish('calls.changed', { call: calls.toApi(call), fields: ['cost'] }),
      metrics,
      logger,
      now,
    });

    const followUp = async () => {
      await desk.takeUp();
      return { reports: await fetchReports(), prices: await fetchPrices() };
    };
    app.jobs.process(workJob, ({ receiptId }, { lastAttempt }) => desk.work(receiptId, lastAttempt));
    app.jobs.process(followUpJob, async () => {
      await followUp();
    });
    app.jobs.schedule(followUpJob, { cron: '*/15 * * * * *', payload: {}, catchUpMs: 15_000 });
    app.decorate('followUpCalls', followUp);
    app.decorate('webhookReceipts', receipts);
    app.addHook('onClose', () => eventLog.written());

    const { agent } = app.farEnds;
    const secrets = [agent.webhookSecret, config.ELEVENLABS_WEBHOOK_SECRET_PREVIOUS].filter(each => each !== undefined);
    if (agent.webhookSecret === undefined) {
      logger.warn('ELEVENLABS_WEBHOOK_SECRET is not set: reports of conversations are fetched instead of received');
    }
    await app.register(postCallRoutes, {
      secrets: agent.webhookSecret === undefined ? [] : secrets,
      take: body => desk.take(body),
      countFailure: (request, reply) => app.rateLimits.failedVerification(request, reply),
      metrics,
      logger,
      now,
    });
    await app.register(webhookReceiptRoutes, { receipts, replay: id => desk.replay(id) });
  },
  { name: 'post-call', dependencies: ['store', 'jobs', 'auth', 'engines'] },
);
