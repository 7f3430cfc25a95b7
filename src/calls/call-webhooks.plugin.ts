import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { Type } from 'typebox';
import type { AgentDirectory, AgentProfile, NumberDirectory } from '../agents/agents.types.ts';
import type { CallDesk, CallJournal, SessionRegistry } from '../bridge/bridge.types.ts';
import { readDisclosure } from '../compliance/spoken-disclosure.ts';
import type { Contacts, KnownContact } from '../contacts/contacts.types.ts';
import type { Suppressions } from '../contacts/suppressions.types.ts';
import type { EngineReservation } from '../engines/engine-contract.ts';
import { systemClock } from '../jobs/clock.ts';
import { defineJob } from '../jobs/queue.ts';
import type { RecordingDesk } from '../recordings/recordings.types.ts';
import type { Stored } from '../store/schema.ts';
import type { Carrier } from '../telephony/carrier-contract.ts';
import { leaveMessage, machineMessage } from '../telephony/twiml.ts';
import { createAheadLog } from './ahead-log.ts';
import { contactVariables, createCallContacts, inLanguageOf } from './call-contact.ts';
import { priceTableOf } from './call-cost.ts';
import { createCallDesk } from './call-desk.ts';
import type { Call } from './call-document.ts';
import { createCallEndings } from './call-ending.ts';
import type { CallEventLog } from './call-event-log.ts';
import { createFollowUps } from './call-follow-ups.ts';
import { createCallLifecycle } from './call-lifecycle.ts';
import { createCallOptOuts } from './call-opt-outs.ts';
import { callPolicy } from './call-policy.ts';
import { createReconciler, type ReconcilerReport } from './call-reconciler.ts';
import type { CallRepository } from './call-repository.ts';
import { createCallTransfers } from './call-transfers.ts';
import { callVariables } from './call-variables.ts';
import type { Admission, CallTransfers } from './calls.types.ts';
import { carrierRoutes } from './carrier.routes.ts';
import { createCarrierCallbacks } from './carrier-callbacks.ts';
import { createCarrierDocuments } from './carrier-documents.ts';
import { createCarrierLimits } from './carrier-limit.ts';
import type { DialGate } from './dial-gate.ts';
import { createFirstTurns } from './first-turn.ts';
import { createInboundCalls } from './inbound-calls.ts';
import { createKeptCallbacks, type KeptCallbacks } from './kept-callbacks.ts';
import { createLifecycleMetrics } from './lifecycle-metrics.ts';
import { createLineSpool } from './line-spool.ts';
import { createMachineDetection } from './machine-detection.ts';
import { createRecordingStart } from './recording-start.ts';
import type { TranscriptRepository } from './transcript-repository.ts';
import { createTransferDocuments } from './transfer-documents.ts';

/** What the carrier's side of calls needs of the others, put together in `app.ts`. */
export interface CallWebhookServices {
  readonly calls: CallRepository;
  readonly transcripts: TranscriptRepository;
  readonly eventLog: CallEventLog;
  readonly journal: CallJournal;
  readonly carrier: Carrier;
  readonly recordings: RecordingDesk;
  readonly agents: AgentDirectory;
  readonly numbers: Pick<NumberDirectory, 'answering'>;
  readonly suppressions: Pick<Suppressions, 'add'>;
  readonly contacts: Pick<Contacts, 'byPhone'>;
  readonly admission: Admission;
  /** Asked before anybody is dialled. */
  readonly gate: DialGate;
  readonly reservations: {
    begin(callId: string, agent: AgentProfile): void;
    take(callId: string): Promise<EngineReservation | undefined> | EngineReservation | undefined;
  };
  /** Registered later than this: sessions need the desk first. */
  readonly sessions: () => SessionRegistry | undefined;
  readonly now?: () => Date;
}

declare module 'fastify' {
  interface FastifyInstance {
    callDesk: CallDesk;
    callTransfers: CallTransfers;
    /** One round over calls that callbacks and dead processes left behind; it also runs by schedule. */
    reconcileCalls: () => Promise<ReconcilerReport>;
    /** Callbacks that wait on the disk of this process. */
    heldCallbacks: Pick<KeptCallbacks, 'delivered'>;
  }
}

const reconcileJob = defineJob('calls.reconcile', {
  payload: Type.Object({}, { additionalProperties: false }),
  maxAttempts: 1,
  timeLimitMs: 60_000,
  concurrency: 1,
});

const lookEveryMs = 1_000;
/** How often to look for callbacks that dead processes left on the disk. */
const adoptEveryMs = 60_000;

/** The carrier's side of calls: its callbacks and questions, streams that ask to be let in, endings, and what must be put right. */
export const callWebhooksPlugin = fp<CallWebhookServices>(
  async (app: FastifyInstance, services) => {
    const { config, logging, drain, events: domainEvents, processId } = app.operations;
    const { calls, transcripts, eventLog, journal, carrier, agents, admission, now = () => new Date() } = services;
    const logger = logging.component('calls');
    const metrics = createLifecycleMetrics(app.operations.metrics);
    const addresses = app.carrierAddresses;
    const lifecycle = createCallLifecycle({
      calls,
      transcripts,
      eventLog,
      journal,
      admission,
      events: domainEvents,
      metrics,
      logger,
      processId,
      treatUnknownAsHuman: config.AMD_TREAT_UNKNOWN_AS_HUMAN,
      followUps: createFollowUps({
        // Without webhooks nothing will come by itself; the vendor only needs its time to work the conversation up.
        reportAfterMs: (app.farEnds.agent.webhookSecret ? config.POST_CALL_FETCH_SECONDS : 15) * 1_000,
        prices: priceTableOf(config),
        now,
      }),
    });
    const endings = createCallEndings({ calls, carrier, lifecycle, eventLog, jobs: app.jobs, metrics, logger });
    const { recordings } = services;
    const common = { calls, carrier, recordings, endings, lifecycle, eventLog, metrics, logger, processId, now };
    const machines = createMachineDetection({
      ...common,
      transcripts,
      sessions: services.sessions,
      message: (callId, written) => leaveMessage(machineMessage(written), addresses.streamEnded(callId)),
    });
    const sellersOf = async (call: Stored<Call>): Promise<string[]> => {
      const agent = call.agentId && (await agents.version(call.agentId.toHexString(), call.agentVersion ?? 1));
      return [agent?.business, agent?.speaksAs, config.COMPANY_NAME].filter(name => typeof name === 'string');
    };
    const optOuts = createCallOptOuts({
      ...common,
      agents,
      suppressions: services.suppressions,
      sessions: services.sessions,
      journal,
      clock: systemClock,
    });
    const recordingStart = createRecordingStart({
      ...common,
      recordingCallback: callId => addresses.recordingStatus(callId),
    });
    const stopListening = domainEvents.on('calls.ended', ({ call }) => {
      optOuts.ended(call.id);
      recordingStart.ended(call);
    });
    const firstTurns = createFirstTurns({
      ...common,
      check: async (texts, call) => {
        const sellers = await sellersOf(call);
        return texts.map(text => readDisclosure(text, { sellers }).said);
      },
      record: call => recordingStart.begin(call),
    });
    const inbound = createInboundCalls({
      ...common,
      agents,
      admission,
      numbers: services.numbers,
      suppressions: services.suppressions,
      defaultCountry: config.DEFAULT_COUNTRY,
      seller: config.COMPANY_NAME,
      draining: () => drain.state() !== 'running',
      // Nobody asks whether a person who called us is a machine.
      policy: agent => callPolicy(agent, config, { amd: { mode: 'off' } }),
      reserve: (callId, agent) => services.reservations.begin(callId, agent),
    });
    const contactOf = createCallContacts({ ...common, contacts: services.contacts });
    app.decorate(
      'callDesk',
      createCallDesk({
        ...common,
        transcripts,
        agents,
        admission,
        journal: optOuts.journal,
        firstTurns,
        machines,
        limit: createCarrierLimits(common),
        takeReservation: callId => services.reservations.take(callId),
        async personal(call, agent) {
          const contact = await contactOf(call);
          return { agent: inLanguageOf(agent, contact), variables: variablesOf(call, agent, contact, config) };
        },
      }),
    );
    app.decorate(
      'callTransfers',
      createCallTransfers({
        ...common,
        sessions: services.sessions,
        gate: services.gate,
        numbers: services.numbers,
        addresses,
        defaultCountry: config.DEFAULT_COUNTRY,
      }),
    );
    const reconciler = createReconciler(common);
    app.decorate('reconcileCalls', () => reconciler.round());

    app.jobs.process(reconcileJob, async () => {
      const report = await reconciler.round();
      if (Object.values(report).some(count => count > 0)) logger.info(report, 'calls were reconciled');
    });
    app.jobs.schedule(reconcileJob, { cron: '*/15 * * * * *', payload: {}, catchUpMs: 15_000 });

    let looking: Promise<void> | undefined;
    const timer = setInterval(() => {
      looking ??= machines
        .look()
        .catch(error => logger.debug({ err: error }, 'verdicts could not be looked for'))
        .finally(() => {
          looking = undefined;
        });
    }, lookEveryMs).unref();
    app.addHook('onClose', async () => {
      clearInterval(timer);
      endings.close();
      stopListening();
      const settling = [machines, firstTurns, optOuts, recordingStart].map(each => each.settled());
      await Promise.all([looking, ...settling]);
      await lifecycle.settled();
    });

    const onDisk = {
      folder: join(config.DATA_DIR, 'spool', 'callbacks'),
      processId,
      sealer: app.sealer,
      context: 'carrierCallbacks/spool',
      logger,
    };
    const callbacks = createKeptCallbacks({
      callbacks: createCarrierCallbacks({ ...common, machines }),
      spool: createLineSpool(onDisk),
      aheadLog: createAheadLog(onDisk),
      logger,
      kept: (kind, why) => (why === 'away' ? metrics.keptCallbacks : metrics.callbacksAhead).inc({ kind }),
      now,
    });
    app.decorate('heldCallbacks', callbacks);
    let adopting: NodeJS.Timeout | undefined;
    app.addHook('onReady', async () => {
      await callbacks.recover();
      adopting = setInterval(() => void callbacks.recover(), adoptEveryMs).unref();
    });
    app.addHook('onClose', async () => {
      clearInterval(adopting);
      await callbacks.close();
    });

    await app.register(carrierRoutes, {
      signed: app.fromCarrier.webhook,
      callbacks,
      documents: createCarrierDocuments({ ...common, inbound, addresses }),
      transfers: createTransferDocuments({ ...common, addresses }),
    });
  },
  { name: 'call-webhooks', dependencies: ['telephony', 'store', 'jobs'] },
);

/** What a session's texts may refer to. The person is at the other end, whoever called whom. */
function variablesOf(
  call: Stored<Call>,
  agent: AgentProfile,
  contact: KnownContact | null,
  config: FastifyInstance['operations']['config'],
) {
  const person = call.direction === 'inbound' ? call.from : call.to;
  return callVariables({
    callId: call._id.toHexString(),
    callSid: call.sid,
    phone: person === 'anonymous' ? null : person,
    personName: call.contactName ?? contact?.name ?? null,
    ...(contact ? { contactFields: contactVariables(contact) } : {}),
    companyName: agent.business ?? config.COMPANY_NAME,
    // Written with the call, as the campaign was named then.
    campaignName: call.campaignName ?? null,
    serverLocation: config.SERVER_LOCATION,
    requested: call.variables,
  });
}
