import { randomUUID } from 'node:crypto';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { agentsPlugin } from './agents/agents.plugin.ts';
import { numbersPlugin } from './agents/numbers.plugin.ts';
import { alertsPlugin } from './alerts/alerts.plugin.ts';
import { analyticsPlugin } from './analytics/analytics.plugin.ts';
import { authPlugin } from './auth/auth.plugin.ts';
import { sessionsPlugin } from './bridge/sessions.plugin.ts';
import { activityOf } from './calls/call-activity.ts';
import { priceTableOf } from './calls/call-cost.ts';
import { callErasurePlugin } from './calls/call-erasure.plugin.ts';
import { createCallFigures } from './calls/call-figures.ts';
import { callRecordsPlugin } from './calls/call-records.plugin.ts';
import { OneCall } from './calls/call-schemas.ts';
import { standardVariables } from './calls/call-variables.ts';
import { callWebhooksPlugin } from './calls/call-webhooks.plugin.ts';
import { callsPlugin } from './calls/calls.plugin.ts';
import { createDialledCalls } from './calls/dialled-calls.ts';
import { endAnnouncementsPlugin } from './calls/end-announcements.plugin.ts';
import { postCallPlugin } from './calls/post-call.plugin.ts';
import { campaignAdminPlugin } from './campaigns/campaign-admin.plugin.ts';
import { campaignsPlugin } from './campaigns/campaigns.plugin.ts';
import { dialerPlugin } from './campaigns/dialer.plugin.ts';
import { dryRunPlugin } from './campaigns/dry-run.plugin.ts';
import { createPeopleSample } from './campaigns/people-sample.ts';
import { preflightPlugin } from './campaigns/preflight.plugin.ts';
import { blocking } from './campaigns/preflight.types.ts';
import type { Config } from './config.ts';
import type { TrustedProxies } from './config-values.ts';
import { contactsPlugin } from './contacts/contacts.plugin.ts';
import { enginesPlugin } from './engines/engines.plugin.ts';
import { AppError } from './errors.ts';
import { createEvents } from './events.ts';
import { handoffPlugin } from './handoff/handoff.plugin.ts';
import { hooksPlugin } from './hooks/hooks.plugin.ts';
import { jobsPlugin } from './jobs/jobs.plugin.ts';
import { livePlugin } from './live/live.plugin.ts';
import { addresses } from './ops/addresses.plugin.ts';
import { dashboardFiles } from './ops/dashboard-files.ts';
import { createDependencies } from './ops/dependencies.ts';
import { createDrain } from './ops/drain.ts';
import { watchEventLoop } from './ops/event-loop.ts';
import { healthRoutes } from './ops/health.routes.ts';
import { httpBase, requestIdOf } from './ops/http-base.ts';
import { answerFailure, createNotFound } from './ops/http-errors.ts';
import type { Logging } from './ops/logger.ts';
import { createMetrics } from './ops/metrics.ts';
import { openApi } from './ops/openapi.ts';
import type { Operations } from './ops/operations.ts';
import { rateLimits } from './ops/rate-limits.ts';
import { installRouteSchemas } from './ops/route-schemas.ts';
import { ErrorSchema } from './ops/schemas.ts';
import { settingsPlugin } from './ops/settings.plugin.ts';
import { systemRoutes } from './ops/system.routes.ts';
import { webSockets } from './ops/web-sockets.plugin.ts';
import { recordingsPlugin } from './recordings/recordings.plugin.ts';
import { sandboxConsolePlugin } from './sandbox/console/console.plugin.ts';
import { farEndRoutes } from './sandbox/far-ends.routes.ts';
import { sandboxPlugin } from './sandbox/sandbox.plugin.ts';
import { createRedisCache } from './store/cache.ts';
import { filesPlugin } from './store/files.plugin.ts';
import { redisPlugin } from './store/redis.plugin.ts';
import { storePlugin } from './store/store.plugin.ts';
import { telephonyPlugin } from './telephony/telephony.plugin.ts';
import { scheduleCallbackTool } from './tools/schedule-callback-tool.ts';
import { toolsPlugin } from './tools/tools.plugin.ts';

export interface AppOptions {
  readonly config: Config;
  readonly logging: Logging;
  readonly version: string;
  /** Folder of the built dashboard. */
  readonly dashboardRoot: string;
  /** The clock of sessions, keys and the audit log. */
  readonly now?: () => Date;
  /** Whatever must stand before the first route, such as the tests' check of every response. */
  readonly prepare?: (app: FastifyInstance) => void;
}

/** The whole application, in the order in which its parts need each other; listening is the server's business. */
export async function buildApp({
  config,
  logging,
  version,
  dashboardRoot,
  now = () => new Date(),
  prepare,
}: AppOptions): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    loggerInstance: logging.component('http') as FastifyBaseLogger,
    // One line per answered request is written by the HTTP base, with the route's pattern instead of its address.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestIdOf,
    trustProxy: trustProxyOption(config.TRUST_PROXY),
    bodyLimit: 1024 * 1024,
    routerOptions: { maxParamLength: 200 },
    // The store waits for its server as long as it takes, and says so; Fastify's own limit would end the start without a word.
    pluginTimeout: 0,
    frameworkErrors: answerFailure,
    // Live calls are waited for by the drain; what is still open when the process closes is cut.
    forceCloseConnections: true,
  });

  const operations: Operations = {
    config,
    version,
    startedAt: new Date(),
    processId: randomUUID(),
    logging,
    metrics: createMetrics(),
    dependencies: createDependencies(),
    drain: createDrain(),
    eventLoop: watchEventLoop(),
    events: createEvents((err, event) => logging.component('events').error({ err, event }, 'a listener failed')),
  };
  app.decorate('operations', operations);
  app.addHook('onClose', () => {
    operations.eventLoop.stop();
    operations.metrics.stop();
  });

  prepare?.(app);
  app.setErrorHandler(answerFailure);
  installRouteSchemas(app);
  const notFound = createNotFound(app);
  app.addSchema(ErrorSchema);

  await app.register(httpBase, { config, metrics: operations.metrics });
  await app.register(webSockets);
  await app.register(addresses);
  await app.register(redisPlugin);
  const redis = app.redis?.client;
  await app.register(rateLimits, { config, redis });
  await app.register(storePlugin, redis ? { cache: createRedisCache(redis) } : {});
  await app.register(filesPlugin);
  await app.register(sandboxPlugin);
  await app.register(telephonyPlugin);
  await app.register(enginesPlugin);
  await app.register(toolsPlugin, { now });
  await app.register(openApi, { version, serverUrl: config.SERVER_URL });
  await app.register(authPlugin, { now });
  await app.register(settingsPlugin, { now });
  await app.register(jobsPlugin);
  await app.register(agentsPlugin);
  await app.register(numbersPlugin, { now });
  await app.register(hooksPlugin);
  await app.register(contactsPlugin, {
    forgetOnCalls: contactId => app.callRecords.calls.forgetContact(contactId),
    standing: {
      lastCalls: contactIds => app.callRecords.calls.newestWith(contactIds),
      nextCalls: contactIds => app.campaigns.nextOf(contactIds),
    },
    now,
  });
  await app.register(callRecordsPlugin, { now });
  await app.register(recordingsPlugin, {
    calls: app.callRecords.recorded,
    callIdOf: app.callRecords.idOf,
    transcripts: app.callRecords.transcripts,
    carrier: app.carrier,
    announcements: app.announcements,
    now,
  });
  await app.register(callsPlugin, {
    repository: app.callRecords.calls,
    eventLog: app.callRecords.eventLog,
    transcripts: app.callRecords.transcripts,
    agents: app.agents,
    numbers: app.numbers,
    contacts: app.contacts,
    desk: () => app.callDesk,
    sessions: () => app.sessions,
    now,
  });
  await app.register(callWebhooksPlugin, {
    ...app.callRecords,
    carrier: app.carrier,
    recordings: app.recordings,
    agents: app.agents,
    numbers: app.numbers,
    suppressions: app.suppressions,
    contacts: app.contacts,
    admission: app.admission,
    reservations: app.callReservations,
    gate: app.dialGate,
    sessions: () => app.sessions,
    now,
  });
  await app.register(endAnnouncementsPlugin, {
    calls: app.callRecords.calls,
    announce: async call => {
      await app.announcements.announce('call.ended', `call.ended:${call.id}`, `call:${call.id}`, { call });
      await app.callRecords.announceTranscript(call);
    },
    now,
  });
  await app.register(postCallPlugin, {
    ...app.callRecords,
    conversations: app.elevenLabs.api,
    carrier: app.carrier,
    now,
  });
  await app.register(campaignsPlugin, {
    numbers: app.numbers,
    contacts: app.contacts,
    calls: app.calls,
    figuresOf: (campaignId, since, variant) => app.campaignFigures(campaignId, since, variant),
    figuresOfMany: campaigns => app.campaignsFigures(campaigns),
    priceTable: priceTableOf(config),
    demo: app.sandbox.demo,
    // Registered later, as it needs the campaigns first.
    preflight: async id => ({ blocking: blocking(await app.preflight.ofCampaign(id)) }),
    now,
  });
  app.tools.add(
    scheduleCallbackTool({
      book: async (callId, at) => {
        await app.campaigns.callbacks.bookOnCall(callId, at, 'agent');
        await app.campaignCalls.resulted(callId, 'callback');
      },
    }),
  );
  await app.register(campaignAdminPlugin, {
    campaigns: app.campaigns.repository,
    people: app.campaigns.people,
    entries: app.campaigns.entries,
    budgets: app.campaigns.budgets,
    tally: app.campaigns.tally,
    figures: (id, mend) => app.figures.differences(id, mend),
    stop: (id, by) => app.campaigns.stop(id, by, false),
    complete: id => app.campaigns.completeIfDone(id),
    calls: createDialledCalls(app.callRecords.calls),
    suppressions: app.suppressions,
    contacts: app.contacts,
    killSwitchTurns: app.killSwitchTurns,
    now,
  });
  await app.register(dialerPlugin, {
    repository: app.campaigns.repository,
    people: app.campaigns.people,
    moves: app.campaigns,
    budget: app.campaigns.dialBudget,
    statsOf: app.campaigns.progress.of,
    contacts: app.contacts,
    now,
  });
  await app.register(analyticsPlugin, {
    calls: createCallFigures(app.callRecords.calls, priceTableOf(config)),
    campaignsRunning: async () => (await app.campaigns.repository.running()).length,
    sessions: () => app.sessions?.size ?? 0,
    now,
  });
  await app.register(callErasurePlugin, {
    ...app.callRecords,
    recordings: app.recordings,
    announcements: app.announcements,
    receipts: app.webhookReceipts,
    held: app.heldCallbacks,
    hashOf: phone => app.suppressions.hashOf(phone),
    now,
  });
  await app.register(sessionsPlugin, { desk: () => app.callDesk, tools: () => app.tools });
  await app.register(handoffPlugin, {
    find: app.callRecords.held,
    calls: app.calls,
    transfers: app.callTransfers,
    sessions: app.sessions,
    oneCall: OneCall,
    now,
  });
  await app.register(dryRunPlugin, {
    campaigns: app.campaigns.repository,
    people: app.campaigns.people,
    contacts: app.contacts,
    calls: createDialledCalls(app.callRecords.calls),
    suppressions: app.suppressions,
    numbers: app.numbers,
    prices: priceTableOf(config),
    now,
  });
  await app.register(preflightPlugin, {
    numbers: app.numbers,
    campaigns: app.campaigns.repository,
    sample: createPeopleSample(app.campaigns.people, app.contacts),
    money: id => app.campaigns.budgets.standing(id),
    askAbout: (phone, campaign) => {
      const { contentClass, emergencyReason, emergencyBy, callerIds } = campaign;
      const emergency =
        contentClass === 'emergency' ? { reason: emergencyReason ?? '', byAdmin: emergencyBy !== null } : null;
      return app.dialGate({ to: phone, from: callerIds[0] ?? null, contentClass, emergency, asker: null });
    },
    standardVariables,
    now,
  });
  await app.register(livePlugin, {
    commands: () => app.liveCommands,
    sessions: () => app.sessions,
    calls: {
      active: () => app.callRecords.activeViews(),
      get: app.calls.get,
      turns: async callId => (await app.callRecords.transcripts.ofCall(callId))?.turns ?? [],
      written: callId => app.callRecords.journal.written(callId),
      newestTurns: callIds => app.callRecords.transcripts.newestTurns(callIds),
      past: app.callRecords.pastOf,
      keepFlags: app.callRecords.keepFlags,
    },
    activityOf: session => activityOf(session.view(), now()),
    campaign: async id => {
      const campaign = await app.campaigns.repository.findById(id);
      if (!campaign) throw new AppError('CAMPAIGN_NOT_FOUND', 'There is no campaign with this id.');
      return app.campaigns.repository.toApi(campaign);
    },
    now,
  });
  await app.register(alertsPlugin, {
    campaigns: async () =>
      (await app.campaigns.repository.held()).map(({ _id, name, state, cause }) => ({
        id: _id.toHexString(),
        name,
        state,
        cause,
      })),
    numbers: app.numbers.troubled,
    webhooks: () => app.failingHooks(),
    givenUp: () => app.givenUpMessages(),
    mixed: () => app.mixedReleases(),
    now,
  });
  await app.register(healthRoutes);
  await app.register(systemRoutes);
  await app.register(farEndRoutes);
  await app.register(sandboxConsolePlugin, { now });
  await app.register(dashboardFiles, { root: dashboardRoot, notFound });
  return app;
}

/** A number of hops means: that many proxies, counted from us, are believed. */
const trustProxyOption = (trusted: TrustedProxies) =>
  typeof trusted === 'number' ? (_address: string, hop: number) => hop < trusted : trusted;
