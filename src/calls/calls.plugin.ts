import fp from 'fastify-plugin';
import type { AgentDirectory, NumberDirectory } from '../agents/agents.types.ts';
import type { CallDesk, SessionRegistry } from '../bridge/bridge.types.ts';
import type { Contacts } from '../contacts/contacts.types.ts';
import { systemClock } from '../jobs/clock.ts';
import { memoryLimit } from '../ops/memory-limit.ts';
import { createAdmission, slotLeaseMs } from './admission.ts';
import { activityOf } from './call-activity.ts';
import { createDialling } from './call-dialling.ts';

import type { CallEventLog } from './call-event-log.ts';
import { createCallMetrics } from './call-metrics.ts';
import { createCallPlaces } from './call-places.ts';
import type { CallRepository } from './call-repository.ts';
import { type CallReservations, createCallReservations } from './call-reservations.ts';
import { createCallSearch } from './call-search.ts';
import { createCallService } from './call-service.ts';
import { callRoutes } from './calls.routes.ts';
import type { Admission, CallPlaces, Calls, CampaignCalls } from './calls.types.ts';
import { createCampaignCalls } from './campaign-calls.ts';
import { capacityRoutes } from './capacity.routes.ts';
import '../contacts/suppressions-events.ts';
import { createDialGate, type DialGate } from './dial-gate.ts';
import { createEngineLimits } from './engine-limits.ts';
import { createOptedOutCalls } from './opted-out-calls.ts';
import { overload } from './overload.ts';
import { SlotRepository } from './slot-repository.ts';
import type { TranscriptRepository } from './transcript-repository.ts';

declare module 'fastify' {
  interface FastifyInstance {
    calls: Calls;
    admission: Admission;
    callPlaces: CallPlaces;
    campaignCalls: CampaignCalls;
    /** Whether a number may be dialled now. */
    dialGate: DialGate;
    /** Agents' sessions fetched ahead by this process. */
    callReservations: CallReservations;
  }
}

/** What placing calls needs of features that are registered beside it. */
export interface CallsPluginOptions {
  readonly repository: CallRepository;
  readonly eventLog: CallEventLog;
  readonly transcripts: TranscriptRepository;
  readonly agents: AgentDirectory;
  readonly numbers: NumberDirectory;
  readonly contacts: Pick<Contacts, 'byPhone'>;
  /** Registered later: the desk needs admission first. */
  readonly desk: () => Pick<CallDesk, 'end'>;
  readonly sessions: () => Pick<SessionRegistry, 'get'> | undefined;
  readonly now?: () => Date;
}

const drainingTendMs = 1_000;

/** Placing, seeing and ending calls, and who may have one. */
export const callsPlugin = fp<CallsPluginOptions>(
  async (
    app,
    { repository: calls, eventLog, transcripts, agents, numbers, contacts, desk, sessions, now = () => new Date() },
  ) => {
    const { config, logging, metrics: registry, events, drain, eventLoop, processId } = app.operations;
    const logger = logging.component('calls');
    const slots = new SlotRepository(app.store);
    const metrics = createCallMetrics(registry);

    const limits = { delayMs: config.OVERLOAD_DELAY_MS, memoryPercent: config.OVERLOAD_MEMORY_PERCENT };
    const limitBytes = memoryLimit();
    const engineLimits = createEngineLimits(app.settings, now);
    const busy = () =>
      overload({ delayMs: eventLoop.sustainedMs(), usedBytes: process.memoryUsage.rss(), limitBytes }, limits);
    const admission = createAdmission({
      slots,
      calls,
      limits: engineLimits,
      metrics,
      logger,
      processId,
      now,
      maxCalls: config.MAX_CONCURRENT_CALLS,
      inboundReserve: config.INBOUND_RESERVE,
      guard: () => {
        if (drain.state() !== 'running') return 'DRAINING';
        return busy() ? 'OVERLOADED' : null;
      },
    });
    const reservations = createCallReservations(kind => app.engines.get(kind), logger, now);
    const gate = createDialGate({
      killSwitch: app.killSwitch,
      suppressions: app.suppressions,
      numbers,
      calls,
      contacts,
      caps: { perDay: config.CALLS_PER_NUMBER_PER_DAY, perWeek: config.CALLS_PER_NUMBER_PER_WEEK },
      registrations: (config.SELLER_REGISTRATIONS ?? []).map(each => ({
        region: `US-${each.slice(0, 2)}`,
        documentDate: each.slice(3),
      })),
      defaultCountry: config.DEFAULT_COUNTRY,
      allowedCountries: config.ALLOWED_COUNTRIES,
      logger,
      now,
    });
    const dialling = createDialling({
      calls,
      gate,
      admission,
      reservations,
      engineOf: kind => app.engines.get(kind),
      carrier: app.carrier,
      numbers,
      addresses: app.carrierAddresses,
      desk,
      events,
      eventLog,
      metrics,
      config,
      logger,
      now,
    });
    const service = createCallService({
      calls,
      agents,
      numbers,
      gate,
      dial: dialling.dial,
      desk,
      events,
      eventLog,
      metrics,
      config,
      liveFields: call => {
        const session = call.endedAt ? undefined : sessions()?.get(call._id.toHexString());
        return session ? { activity: activityOf(session.view(), now()), people: session.people.view() } : {};
      },
    });

    let tending: Promise<void> | undefined;
    const tend = () => {
      tending ??= admission
        .tend()
        .catch(err => logger.warn({ err }, 'places of calls could not be renewed; they are tried again'))
        .finally(() => {
          tending = undefined;
        });
    };
    let timer = setInterval(tend, slotLeaseMs / 3).unref();
    // A call that rings has no socket anywhere, and whoever answers it must not meet a closed door: it is waited for until another
    // process has it, which is looked for more often then.
    drain.hold({ name: 'places of calls', count: () => admission.holding, settled: () => admission.settled() });
    drain.onBegin(() => {
      clearInterval(timer);
      timer = setInterval(tend, drainingTendMs).unref();
    });
    const optedOut = createOptedOutCalls({ calls, desk, clock: systemClock, logger });
    const stopListening = events.on('suppressions.added', ({ phone, waitFor }) => waitFor(optedOut(phone)));
    app.addHook('onClose', async () => {
      clearInterval(timer);
      stopListening();
      await Promise.all([tending, eventLog.written()]);
    });

    app.decorate('callReservations', reservations);
    app.decorate('admission', admission);
    app.decorate('callPlaces', createCallPlaces({ slots, calls, now }));
    app.decorate('calls', service);
    app.decorate('dialGate', gate);
    const campaignCalls = createCampaignCalls({
      calls,
      agents,
      numbers,
      gate,
      dialling,
      events,
      eventLog,
      config,
    });
    app.decorate('campaignCalls', campaignCalls);
    await app.register(capacityRoutes, {
      slots,
      limits: engineLimits,
      engines: app.engines.available,
      maxCalls: config.MAX_CONCURRENT_CALLS ?? null,
      inboundReserve: config.INBOUND_RESERVE,
      here: () => ({
        calls: admission.holding,
        busy: busy(),
        delayMs: eventLoop.sustainedMs(),
        delayLimitMs: limits.delayMs,
        memoryBytes: process.memoryUsage.rss(),
        memoryLimitBytes: limitBytes === undefined ? null : Math.round((limitBytes * limits.memoryPercent) / 100),
      }),
      now,
    });
    await app.register(callRoutes, { search: createCallSearch({ calls, transcripts }), calls: service });
  },
  { name: 'calls', dependencies: ['store', 'auth', 'settings', 'contacts', 'telephony', 'engines'] },
);
