import fp from 'fastify-plugin';
import { callErasureRoutes } from './call-erasure.routes.ts';
import { type CallErasureOptions, createCallErasure } from './call-erasure.ts';

/** Erasing needs everybody who keeps something of a call, so it is registered behind them. */
export const callErasurePlugin = fp<Omit<CallErasureOptions, 'jobs' | 'domain' | 'logger'>>(
  async (app, services) => {
    const { logging, events: domain } = app.operations;
    const logger = logging.component('call-erasure');
    const erasure = createCallErasure({ ...services, jobs: app.jobs, domain, logger });
    await app.register(callErasureRoutes, { calls: services.calls, erasure });
  },
  {
    name: 'call-erasure',
    dependencies: ['store', 'jobs', 'auth', 'recordings', 'hooks', 'post-call', 'call-webhooks'],
  },
);
