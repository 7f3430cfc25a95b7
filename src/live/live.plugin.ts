import fp from 'fastify-plugin';
import '../alerts/alerts-events.ts';
import '../auth/auth-events.ts';
import type { Principal } from '../auth/identities.types.ts';
import type { LiveSession, SessionRegistry } from '../bridge/bridge.types.ts';
import type { CallView } from '../calls/calls.types.ts';
import { AppError } from '../errors.ts';
import type { LiveCommands } from '../handoff/handoff.types.ts';
import { createCallFeed } from './call-feed.ts';
import { createCallStatus, type StatusRecords } from './call-status.ts';
import { createCampaignFeed } from './campaign-feed.ts';
import { clientAddress } from './client-address.ts';
import type { Connection } from './connection.ts';
import { createOpenCounts } from './connection-limits.ts';
import { createHandshake } from './handshake.ts';
import { createLiveCommands } from './live-commands.ts';
import { createLiveConnections } from './live-connections.ts';
import type { LiveActivity, TranscriptSnapshot } from './live-contract.ts';
import { createLiveMetrics } from './live-metrics.ts';
import { closeLiveServer, createLiveServer } from './live-server.ts';
import { ProcessRepository } from './process-repository.ts';
import { createProcessWatch, type ProcessWatch } from './process-watch.ts';
import { processesRoutes } from './processes.routes.ts';
import { createSlowWatch } from './slow-watch.ts';
import { createSnapshots } from './snapshots.ts';
import { createStandingWatch } from './standing-watch.ts';
import { holdBackRecovery } from './state-recovery.ts';
import { createTelling } from './telling.ts';
import { createTranscriptReader } from './transcript-reader.ts';
import { createTurns } from './turns.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** The releases of the processes that share the store, while they are not all of one. */
    mixedReleases: ProcessWatch['mixed'];
  }
}

export interface LiveServices {
  readonly commands: () => LiveCommands | undefined;
  readonly sessions: () => Pick<SessionRegistry, 'get' | 'all'>;
  readonly calls: StatusRecords & {
    /** Every call that has not ended. */
    readonly active: () => Promise<CallView[]>;
    /** By our id or the carrier's; throws `CALL_NOT_FOUND`. */
    readonly get: (name: string) => Promise<CallView>;
    /** The turns of a call as they are in the store. */
    readonly turns: (callId: string) => Promise<TranscriptSnapshot['turns']>;
    /** Resolves when all that this process heard of the call is in the store. */
    readonly written: (callId: string) => Promise<void>;
  };
  readonly activityOf: (session: LiveSession) => LiveActivity;
  /** A campaign as the API shows it; throws `CAMPAIGN_NOT_FOUND`. */
  readonly campaign: (id: string) => Promise<Readonly<Record<string, unknown>>>;
  readonly now: () => Date;
}

/** Connections of one address: an office behind one, or a program that connects too often. */
const mostPerAddress = 500;
const mostPerIdentity = 200;
/** How often to look whether everybody may still be here; a change in this process is looked at once. */
const standingEveryMs = 5_000;
const secondMs = 1_000;
/** The connections that wait for events come back to Redis a moment after the one that sends them. */
const settleMs = 500;
/** Clients that a broadcast is written to before audio that came meanwhile has its turn. */
const clientsPerTurn = 16;

/** Live connections: everything that happens on calls, as it happens, and commands for them. */
export const livePlugin = fp<LiveServices>(
  async (app, { commands, sessions, calls, activityOf, campaign, now }) => {
    const { config, dependencies, drain, events, logging, metrics: registry, processId, version } = app.operations;
    const { eventLoop, startedAt } = app.operations;
    const logger = logging.component('live');
    const { redis } = app;
    const addressOf = clientAddress(config.TRUST_PROXY);
    const broadcasts = createTurns(clientsPerTurn);
    const io = createLiveServer({ http: app.server, corsOrigins: config.CORS_ORIGINS, redis, addressOf, broadcasts });
    const { adapter } = io.of('/');
    const metrics = createLiveMetrics(registry, () => connections.all.size);
    const recovery = holdBackRecovery(adapter);
    const { fanOut, presence, watchedCalls } = createTelling({
      io,
      redis,
      processId,
      newcomer: () => status.newcomer(),
      sent: count => metrics.events.inc(count),
      logger,
      now,
    });
    const feed = createCallFeed({ events, fanOut });

    const status = createCallStatus({
      events,
      sessions,
      activityOf,
      feed,
      fanOut,
      records: calls,
      watched: watchedCalls,
      logger,
      now,
    });
    const snapshots = createSnapshots({
      activeCalls: calls.active,
      liveFields: status.liveFields,
      taken: () => metrics.snapshots.inc(),
    });

    const renew = async (connection: Connection, token: string): Promise<Principal> => {
      const principal = await app.identities.identify(token);
      const { kind, id } = connection.principal;
      if (principal?.kind !== kind || principal.id !== id)
        throw new AppError('AUTH_INVALID', 'This is no valid credential of whoever is connected.');
      if (connection.become(principal)) void seesOtherwise(connection);
      return principal;
    };

    const live = createLiveCommands({
      commands,
      call: calls.get,
      transcript: createTranscriptReader({
        isHere: callId => sessions().get(callId) !== undefined,
        written: calls.written,
        turns: calls.turns,
      }),
      campaign,
      follow: async connection => {
        connection.settle();
        await presence?.told();
      },
      renew,
      audit: ({ kind, id, label, origin }, action, target) =>
        app.auditLog
          .append({ at: now(), action, actor: { kind, id, label }, target, ip: '', requestId: '', ...origin })
          .catch(err => logger.error({ err, action, actor: id }, 'a command could not be audited')),
    });
    const connections = createLiveConnections({
      io,
      handshake: createHandshake({
        identities: app.identities,
        addressOf,
        refused: address => app.rateLimits.refusedConnection(address),
        perAddress: createOpenCounts(mostPerAddress),
        perIdentity: createOpenCounts(mostPerIdentity),
        now,
      }),
      recovered: pid => recovery.take(pid),
      snapshots,
      run: live.run,
      speak: (connection, sid, seq, bytes) => live.speak(connection, sid, seq, bytes),
      joined: async () => {
        presence?.ask();
        await presence?.told();
      },
      metrics,
      logger,
      now: () => performance.now(),
    });
    const seesOtherwise = (connection: Connection) =>
      connections.snapshot(connection).catch(err => logger.warn({ err }, 'the active calls could not be read'));

    const standing = createStandingWatch({
      connections: () => connections.all,
      identities: app.identities,
      end: connections.end,
      seesOtherwise,
      failed: err => logger.warn({ err }, 'it could not be looked up who may still be connected; tried again'),
      now,
    });
    const slow = createSlowWatch(() => connections.all);

    const stopListening = [
      createCampaignFeed({ events, fanOut, now }),
      events.on('alerts.changed', () =>
        fanOut.sendNewest('calls', 'alerts', 'alerts:changed', { at: now().toISOString() }),
      ),
      events.on('access.changed', () => {
        void standing.look();
        if (redis?.state === 'ready') io.serverSideEmit('live:access-changed');
      }),
    ];
    io.on('live:access-changed', () => void standing.look());

    const register = createProcessWatch({
      register: {
        repository: new ProcessRepository(app.store),
        processId,
        release: version,
        redis: redis !== null,
        logger,
        now: () => new Date(),
      },
      measured: () => ({
        delayMs: Math.round(eventLoop.sustainedMs()),
        memoryBytes: process.memoryUsage.rss(),
        uptimeSeconds: Math.round((Date.now() - startedAt.getTime()) / 1_000),
      }),
      events,
      dependencies,
      fanOut,
    });
    stopListening.push(register.stop);
    app.decorate('mixedReleases', register.mixed);
    app.addHook('onReady', () => register.look());
    await app.register(processesRoutes, { processes: register });

    // Whatever was lost on the way into Redis, or out of it: everybody is told how things are now.
    const tellAgain = () => {
      for (const connection of connections.all) void seesOtherwise(connection);
    };
    if (redis) {
      stopListening.push(
        redis.onAway(tellAgain),
        redis.onReady(() => {
          presence?.repeat();
          setTimeout(tellAgain, settleMs).unref();
        }),
      );
    }

    const timers = [
      setInterval(() => {
        void standing.look();
        void register.look();
        presence?.repeat();
      }, standingEveryMs),
      setInterval(() => {
        standing.expire();
        slow.look();
      }, secondMs),
    ];
    for (const timer of timers) timer.unref();

    drain.onBegin(() => void io.local.emit('server:draining', { at: now().toISOString() }));
    app.addHook('preClose', async () => {
      for (const timer of timers) clearInterval(timer);
      for (const stop of stopListening) stop();
      status.stop();
      feed.stop();
      fanOut.flush();
      fanOut.stop();
      broadcasts.flush();
      const closing = { reason: 'closing', code: 'DRAINING', message: 'This process stops; connect again.' } as const;
      for (const connection of [...connections.all]) connections.end(connection, closing);
      await closeLiveServer(io);
      await register.close();
    });
  },
  { name: 'live', dependencies: ['web-sockets', 'auth', 'calls', 'sessions'] },
);
