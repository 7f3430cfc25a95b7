import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { WebSocketServer } from 'ws';
import { loadAnnouncement } from '../../../src/bridge/announcement.ts';
import type { CallPlan } from '../../../src/bridge/bridge.types.ts';
import { createPressure } from '../../../src/bridge/pressure.ts';
import { createPulse } from '../../../src/bridge/pulse.ts';
import { Sessions } from '../../../src/bridge/registry.ts';
import { createSessionMetrics } from '../../../src/bridge/session-metrics.ts';
import { defaultRules } from '../../../src/bridge/session-rules.ts';
import { createStreamGate } from '../../../src/bridge/stream-gate.ts';
import { CallEventRepository } from '../../../src/calls/call-event-repository.ts';
import { createCallJournal } from '../../../src/calls/call-journal.ts';
import { CallRepository } from '../../../src/calls/call-repository.ts';
import { createJournalMetrics } from '../../../src/calls/journal-metrics.ts';
import { createJournalSpool } from '../../../src/calls/journal-spool.ts';
import { createJournalWriter } from '../../../src/calls/journal-writer.ts';
import { TranscriptRepository } from '../../../src/calls/transcript-repository.ts';
import { createElevenLabsEngine } from '../../../src/engines/elevenlabs/elevenlabs-engine.ts';
import { createEngineMetrics } from '../../../src/engines/engine-metrics.ts';
import { createEvents } from '../../../src/events.ts';
import { systemClock } from '../../../src/jobs/clock.ts';
import { createMetrics } from '../../../src/ops/metrics.ts';
import { createMemoryCache } from '../../../src/store/cache.ts';
import { openConnection } from '../../../src/store/connection.ts';
import { createStore } from '../../../src/store/open-store.ts';
import { createSealer } from '../../../src/store/seal.ts';
import { createStoreMetrics } from '../../../src/store/store-metrics.ts';

/** The product's bridge with everything it has: sessions, ledger and marks, transcripts and events in the store, metrics. */
export async function parleyBridge(agentPort: number, storeUri: string): Promise<number> {
  const logger = pino({ level: 'error' });
  const metrics = createMetrics();
  const storeMetrics = createStoreMetrics(metrics.registry);
  const link = await openConnection({ uri: storeUri, poolMax: 20, logger, metrics: storeMetrics });
  const store = createStore({ link, logger, cache: createMemoryCache(), now: () => new Date(), metrics: storeMetrics });
  const calls = new CallRepository(store);
  const events = new CallEventRepository(store);
  const transcripts = new TranscriptRepository(store);
  await store.ensureIndexes();
  const folder = await mkdtemp(join(tmpdir(), 'bridge-bench-'));
  process.on('exit', () => void rm(folder, { recursive: true, force: true }));
  const journalMetrics = createJournalMetrics(metrics.registry, () => journal.backlog);
  const journal = createCallJournal({
    writer: createJournalWriter({ calls, events, transcripts, logger, lost: journalMetrics.lost }),
    spool: createJournalSpool({ folder, processId: 'bench', sealer: createSealer([]), logger }),
    events: createEvents(err => logger.error({ err })),
    logger,
    metrics: journalMetrics,
    now: () => new Date(),
  });

  const onError = (err: unknown) => logger.error({ err }, 'a mistake');
  const sessions = new Sessions();
  const pulse = createPulse(systemClock, onError);
  const measured = createSessionMetrics(metrics, sessions, pulse);
  setInterval(measured.sample, 1_000).unref();
  const engine = createElevenLabsEngine({
    baseUrl: `http://127.0.0.1:${agentPort}`,
    apiKey: 'bench', // allow-secret: invented
    metrics: createEngineMetrics(metrics),
    onError,
  });
  const gate = createStreamGate({
    clock: systemClock,
    pulse,
    rules: { ...defaultRules, readyMs: 20_000 },
    desk: {
      async admit({ callSid }): Promise<CallPlan> {
        const call = await calls.create({
          direction: 'outbound',
          to: '+12125550100',
          from: '+12125550101',
          state: 'in-progress',
          answeredAt: new Date(),
        } as never);
        return planOf(call._id.toHexString(), callSid);
      },
      end: async () => undefined,
      journal,
      openingHeard: async () => 'said',
    },
    tools: { run: async () => ({ result: '', isError: false }) },
    apology: loadAnnouncement('apology'),
    observer: measured.observer,
    pressure: createPressure(pulse),
    sessions,
    engine: () => engine,
    onRefused: (reason, detail) => logger.error({ reason, ...detail }, 'a stream was refused'),
    onError,
  });

  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: 1024 * 1024 });
  sockets.on('connection', (socket, request) => gate.accept(socket, request.socket));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

const planOf = (callId: string, callSid: string): CallPlan => ({
  callId,
  callSid,
  direction: 'outbound',
  to: '+12125550100',
  from: '+12125550101',
  agent: {
    id: callId,
    version: 1,
    name: 'Bench',
    engine: 'elevenlabs',
    vendorAgentId: 'bench',
    audio: null,
    variables: [],
    overrides: {},
    permitted: [],
    firstMessage: null,
    callerId: null,
    speaksAs: null,
    business: null,
    amd: null,
    record: null,
    maxMinutes: null,
    silenceSeconds: null,
    vendorMaxSeconds: null,
    vendorSilenceSeconds: null,
    farewell: null,
  },
  variables: {},
  answeredAt: new Date(),
  resume: null,
  maxSeconds: 3_600,
  silenceMs: 600_000,
});
