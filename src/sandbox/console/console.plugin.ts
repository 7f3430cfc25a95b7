import fp from 'fastify-plugin';
import { consoleRoutes } from './console.routes.ts';
import { faultRoutes } from './fault.routes.ts';
import { phoneRoutes } from './phone.routes.ts';
import type { PhoneLimits } from './phone-session.ts';

/** The sandbox console and its browser phone. Where both vendors are real, none of its addresses exists. */
export const sandboxConsolePlugin = fp<{ now: () => Date; phoneLimits?: PhoneLimits }>(
  async (app, { now, phoneLimits }) => {
    const { carrier, agent } = app.sandbox;
    if (!carrier && !agent) return;
    const twins = { carrier: carrier?.control ?? null, agent: agent?.control ?? null };
    await app.register(consoleRoutes, { twins, now });
    await app.register(faultRoutes, { twins });
    if (twins.carrier)
      await app.register(phoneRoutes, { control: twins.carrier, ...(phoneLimits ? { limits: phoneLimits } : {}) });
  },
  { name: 'sandbox-console', dependencies: ['sandbox', 'auth', 'web-sockets'] },
);
