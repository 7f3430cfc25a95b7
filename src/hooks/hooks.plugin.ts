import fp from 'fastify-plugin';
import { systemClock } from '../jobs/clock.ts';
import type { Poller } from '../jobs/poller.ts';
import { HookDeliveryRepository } from './delivery-repository.ts';
import { givenUpByHook } from './given-up.ts';
import { startHookDispatcher } from './hook-dispatcher.ts';
import { createHookSender } from './hook-sender.ts';
import { HookService } from './hook-service.ts';
import { hookRoutes } from './hooks.routes.ts';
import type { Announcements, FailingHook, GivenUpMessages } from './hooks-events.ts';
import { HookSubscriptionRepository } from './subscription-repository.ts';

declare module 'fastify' {
  interface FastifyInstance {
    announcements: Announcements;
    /** Webhooks whose receivers take nothing, for whoever must be told. */
    failingHooks(): Promise<readonly FailingHook[]>;
    /** Messages that were given up and can still be sent again, for whoever must be told. */
    givenUpMessages(): Promise<readonly GivenUpMessages[]>;
  }
}

/** So many are counted; beyond it is said that there are more. */
const mostGivenUp = 100;

/** Tells other systems what happens here. Delivering begins once the application is ready, and ends before the store closes. */
export const hooksPlugin = fp(
  async app => {
    const { config, logging, metrics, processId } = app.operations;
    const subscriptions = new HookSubscriptionRepository(app.store);
    const deliveries = new HookDeliveryRepository(app.store);
    const { sealer } = app;
    const privateAllowed = config.HOOKS_ALLOW_PRIVATE;
    const sender = createHookSender({ privateAllowed });
    const tries = metrics.counter('hook_tries_total', 'Tries to deliver an outgoing webhook, by what came of them.', [
      'result',
    ]);

    let dispatcher: Poller | undefined;
    const service = new HookService({
      subscriptions,
      deliveries,
      sealer,
      clock: systemClock,
      privateAllowed,
      wake: () => dispatcher?.wake(),
    });
    app.decorate('announcements', service);
    app.decorate('failingHooks', async () =>
      (await subscriptions.failing(new Date(systemClock.now()))).map(
        ({ _id, url, enabled, problem, failingSince }) => ({
          id: _id.toHexString(),
          url,
          enabled,
          problem,
          failingSince: failingSince ?? null,
        }),
      ),
    );
    app.decorate('givenUpMessages', async () => {
      const messages = await deliveries.givenUp(mostGivenUp + 1);
      const ids = [...new Set(messages.map(({ subscriptionId }) => subscriptionId.toHexString()))];
      const hooks = await Promise.all(ids.map(id => subscriptions.findById(id)));
      return givenUpByHook(
        messages,
        hooks.filter(hook => hook !== null),
        mostGivenUp,
      );
    });
    const log = logging.component('hooks');
    app.addHook('onReady', async () => {
      dispatcher = startHookDispatcher({
        subscriptions,
        deliveries,
        sender,
        sealer,
        clock: systemClock,
        logger: log,
        owner: processId,
        onTry: result => tries.inc({ result }),
      });
    });
    app.addHook('onClose', async () => {
      await dispatcher?.stop();
      await sender.close();
    });
    await app.register(hookRoutes, { service, subscriptions, deliveries });
  },
  { name: 'hooks', dependencies: ['store', 'auth'] },
);
