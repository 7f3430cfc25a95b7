import fp from 'fastify-plugin';
import type { WebSocket } from 'ws';
import '../handoff/handoff-events.ts';
import { systemClock } from '../jobs/clock.ts';
import type { ToolBox } from '../tools/tools.types.ts';
import { loadAnnouncement } from './announcement.ts';
import type { CallDesk, SessionRegistry } from './bridge.types.ts';
import { createPressure } from './pressure.ts';
import { createPulse } from './pulse.ts';
import { Sessions } from './registry.ts';
import { createSessionMetrics } from './session-metrics.ts';
import { defaultRules } from './session-rules.ts';
import { sweepSessions } from './session-sweep.ts';
import { sessionRoutes } from './sessions.routes.ts';
import { createStreamGate, type StreamGate } from './stream-gate.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** The calls whose sockets this process holds. */
    sessions: SessionRegistry;
  }
}

export interface SessionServices {
  /** Asked when the first stream comes: the calls feature itself needs the sessions. */
  readonly desk: () => CallDesk;
  readonly tools: () => ToolBox;
}

const sweepEveryMs = 60_000;
const sampleEveryMs = 1_000;

/** The bridge: takes the carrier's media sockets, keeps one session for each call, and holds the process while they live. */
export const sessionsPlugin = fp<SessionServices>(
  async (app, { desk, tools }) => {
    const { config, drain, events, logging, metrics } = app.operations;
    const log = logging.component('bridge');
    const onError = (err: unknown) => log.error({ err }, 'a session stumbled over a mistake of ours');
    const sessions = new Sessions();
    const clock = systemClock;
    const pulse = createPulse(clock, onError);
    const measured = createSessionMetrics(metrics, sessions, pulse);
    const apology = loadAnnouncement('apology');

    let gate: StreamGate | undefined;
    const openGate = () =>
      createStreamGate({
        clock,
        pulse,
        rules: {
          ...defaultRules,
          readyMs: config.AGENT_READY_TIMEOUT_MS,
          slowFirstWordMs: config.SLOW_FIRST_WORD_MS,
          slowTurnMs: config.SLOW_TURN_MS,
        },
        desk: desk(),
        tools: tools(),
        apology,
        observer: measured.observer,
        peopleChanged: news => events.publish('call.people', news),
        pressure: createPressure(pulse),
        sessions,
        engine: kind => (app.engines.available.includes(kind) ? app.engines.get(kind) : undefined),
        onRefused(reason, detail) {
          measured.refused(reason);
          log.warn({ reason, ...detail }, 'a media stream was not let in');
        },
        onError,
      });

    app.decorate('sessions', sessions);
    await app.register(sessionRoutes, { sessions });
    app.get('/media-stream', { websocket: true, ...app.fromCarrier.upgrade }, (socket: WebSocket, request) => {
      gate ??= openGate();
      gate.accept(socket, request.raw.socket);
    });

    drain.hold({ name: 'calls', count: () => sessions.size, settled: () => sessions.settled() });
    let sweeping = false;
    const sweeper = setInterval(() => {
      if (sweeping || sessions.size === 0) return;
      sweeping = true;
      sweepSessions(sessions, app.carrier, clock)
        .then(ended => ended > 0 && log.warn({ ended }, 'sessions ended whose call was gone at the carrier'))
        .catch(err => log.warn({ err }, 'sessions could not be compared with the carrier'))
        .finally(() => {
          sweeping = false;
        });
    }, sweepEveryMs).unref();
    const sampler = setInterval(measured.sample, sampleEveryMs).unref();
    // Before the sockets are cut: what still lives now is left to another process, its agents are told goodbye.
    app.addHook('preClose', async () => {
      clearInterval(sweeper);
      clearInterval(sampler);
      sessions.leave();
    });
  },
  { name: 'sessions', dependencies: ['web-sockets', 'telephony', 'engines', 'auth'] },
);
