import fp from 'fastify-plugin';
import { Type } from 'typebox';
import { defineJob } from '../jobs/queue.ts';
import type { NumberAddresses } from '../telephony/carrier-contract.ts';
import type { NumberDirectory } from './agents.types.ts';
import { numberRoutes } from './number.routes.ts';
import { createNumberDirectory } from './number-directory.ts';
import { NumberRepository } from './number-repository.ts';
import { createNumberService } from './number-service.ts';

export interface NumbersOptions {
  readonly now: () => Date;
}

declare module 'fastify' {
  interface FastifyInstance {
    numbers: NumberDirectory;
    /** Resolves when the first number has its agent and, in the sandbox, calls to every number reach us; never rejects. */
    numbersReady(): Promise<void>;
  }
}

/** The look at the carrier that finds what somebody changed there. */
export const syncNumbers = defineJob('numbers.sync', {
  payload: Type.Object({}, { additionalProperties: false }),
  concurrency: 1,
  maxAttempts: 3,
});

/** Our telephone numbers: records, routes, and the look at the carrier that finds what somebody changed there. */
export const numbersPlugin = fp<NumbersOptions>(
  async (app, { now }) => {
    const { logging } = app.operations;
    const { phoneNumber, sandbox } = app.farEnds.carrier;
    const logger = logging.component('numbers');
    const { agents, carrierAddresses } = app;
    const repository = new NumberRepository(app.store);
    const service = createNumberService({
      repository,
      carrier: app.carrier,
      ownPhone: phoneNumber,
      addresses: (): NumberAddresses | null => {
        // Before it listens, a server on a free port cannot say where numbers should point.
        if (app.operations.config.SERVER_URL === undefined && !app.server.listening) return null;
        return {
          voiceUrl: carrierAddresses.voice(),
          fallbackUrl: carrierAddresses.fallback(),
          statusCallback: carrierAddresses.callStatus(),
        };
      },
      checkAgent: id => agents.current(id),
      logger,
      now,
    });
    app.decorate('numbers', createNumberDirectory({ repository, service, ownPhone: phoneNumber, logger, now }));
    agents.neededBy(async id => (await repository.answeredBy(id)).map(({ phone }) => `the number ${phone}`));
    await app.register(numberRoutes, { repository, service });

    const giveDefaultAgent = async () => {
      const agent = await agents.byDefault().catch(() => null);
      if (agent) await service.giveDefaultAgent(agent.id);
    };
    app.jobs.process(syncNumbers, async () => {
      // At the first start there may have been no agent yet, because its vendor was away.
      await giveDefaultAgent();
      await service.sync();
      if (sandbox) await service.connectAll();
    });
    // A look that was missed is not made up for: the list reads the carrier itself.
    app.jobs.schedule(syncNumbers, { cron: '*/5 * * * *', payload: {}, catchUpMs: 5_000 });
    app.addHook('onReady', () => service.ensureOwnNumber());
    let isReady = () => {};
    const ready = new Promise<void>(resolve => {
      isReady = resolve;
    });
    app.decorate('numbersReady', () => ready);
    // Nobody waits for this hook: the server serves meanwhile.
    app.addHook('onListen', async () => {
      try {
        await giveDefaultAgent();
        // The sandbox's numbers serve nobody else; a real number is pointed here only when somebody says so.
        if (sandbox) await service.connectAll();
      } catch (err) {
        logger.warn({ err }, 'the numbers are not ready; the next look at the carrier tries again');
      } finally {
        isReady();
      }
    });
  },
  { name: 'numbers', dependencies: ['store', 'jobs', 'telephony', 'auth', 'agents'] },
);
