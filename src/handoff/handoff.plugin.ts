import fp from 'fastify-plugin';
import type { TSchema } from 'typebox';
import type { SessionRegistry } from '../bridge/bridge.types.ts';
import type { Calls, CallTransfers, HeldCall } from '../calls/calls.types.ts';
import { createLocalHolder } from './call-holder.ts';
import { createCallRelay } from './call-relay.ts';
import { handoffRoutes } from './handoff.routes.ts';
import type { LiveCommands } from './handoff.types.ts';
import { createHandoffMetrics } from './handoff-metrics.ts';
import { createLiveCommands } from './live-commands.ts';

declare module 'fastify' {
  interface FastifyInstance {
    liveCommands: LiveCommands;
  }
}

export interface HandoffServices {
  readonly find: (name: string) => Promise<HeldCall>;
  readonly calls: Pick<Calls, 'end'>;
  readonly transfers: CallTransfers;
  readonly sessions: SessionRegistry;
  /** A call as the API answers with it. */
  readonly oneCall: TSchema;
  readonly now?: () => Date;
}

/** What people do with live calls: listen, whisper, take over, hand back. */
export const handoffPlugin = fp<HandoffServices>(
  async (app, { find, calls, transfers, sessions, oneCall, now = () => new Date() }) => {
    const { logging, metrics: registry, processId } = app.operations;
    const metrics = createHandoffMetrics(registry, () => {
      const modes = sessions.all().flatMap(({ people }) => people.view().map(({ mode }) => mode));
      const speaking = modes.filter(mode => mode === 'speaking').length;
      return { listening: modes.length - speaking, speaking };
    });
    const logger = logging.component('handoff');
    const here = createLocalHolder(sessions, transfers);
    const relay = app.redis && createCallRelay({ redis: app.redis, processId, here, logger });
    // Before Redis goes: whoever listens from elsewhere is told.
    app.addHook('preClose', () => relay?.close());
    const commands = createLiveCommands({
      find,
      calls,
      isHere: callId => sessions.get(callId) !== undefined,
      here,
      elsewhere: relay && (process => relay.to(process)),
      processId,
      audit: app.auditLog,
      metrics,
      logger,
      now,
    });
    app.decorate('liveCommands', commands);
    await app.register(handoffRoutes, { commands, oneCall });
  },
  { name: 'handoff', dependencies: ['auth', 'calls', 'sessions'] },
);
