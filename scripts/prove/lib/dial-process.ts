// Run as a process of its own: dials for a campaign with the product's own parts over a shared store, and kills itself at an operation.

import { pino } from 'pino';
import { createAdmission } from '../../../src/calls/admission.ts';
import { createDialling } from '../../../src/calls/call-dialling.ts';
import { createCallLifecycle } from '../../../src/calls/call-lifecycle.ts';
import { createCallMetrics } from '../../../src/calls/call-metrics.ts';
import { createReconciler } from '../../../src/calls/call-reconciler.ts';
import { CallRepository } from '../../../src/calls/call-repository.ts';
import { createCallReservations } from '../../../src/calls/call-reservations.ts';
import { createCampaignCalls } from '../../../src/calls/campaign-calls.ts';
import { createDialGate } from '../../../src/calls/dial-gate.ts';
import { createLifecycleMetrics } from '../../../src/calls/lifecycle-metrics.ts';
import { SlotRepository } from '../../../src/calls/slot-repository.ts';
import { createCircuits } from '../../../src/campaigns/breaker-circuits.ts';
import { CampaignContactRepository } from '../../../src/campaigns/campaign-contact-repository.ts';
import { CampaignRepository } from '../../../src/campaigns/campaign-repository.ts';
import { createDialer } from '../../../src/campaigns/dialer.ts';
import { noBudget } from '../../../src/campaigns/dialer-budget.types.ts';
import { waitUntil } from '../../../src/campaigns/dialer-clock.ts';
import { createDialerQueue } from '../../../src/campaigns/dialer-queue.ts';
import { createDialerWorld } from '../../../src/campaigns/dialer-world.ts';
import { createPacing } from '../../../src/campaigns/pacer-gate.ts';
import { PacerRepository } from '../../../src/campaigns/pacer-repository.ts';
import { createSettling } from '../../../src/campaigns/settle-calls.ts';
import { createEvents } from '../../../src/events.ts';
import { createMetrics } from '../../../src/ops/metrics.ts';
import { createMemoryCache } from '../../../src/store/cache.ts';
import { openConnection } from '../../../src/store/connection.ts';
import { createStore } from '../../../src/store/open-store.ts';
import { createCarrierAddresses } from '../../../src/telephony/carrier-addresses.ts';
import { createTwilioCarrier } from '../../../src/telephony/twilio-carrier.ts';
import type { DialProcessOrder } from './dial-process-order.ts';

const order = JSON.parse(process.argv[2]!) as DialProcessOrder;
const logger = pino({ level: process.env['DIAL_LOG'] ?? 'silent' });
const now = () => new Date(Date.now() + order.clockAheadMs);
const owner = `process-${process.pid}`;

/** Everything that this process asks of store and carrier is counted; at the given one it dies, before, amid or after it. */
let operations = 0;
const die = () => process.kill(process.pid, 'SIGKILL');
function mortal<T extends object>(target: T, only?: readonly string[]): T {
  return new Proxy(target, {
    get(object, name) {
      const value = Reflect.get(object, name, object) as unknown;
      if (typeof value !== 'function') return value;
      const method = (value as (...args: unknown[]) => unknown).bind(object);
      if (only && !only.includes(String(name))) return method;
      return (...args: unknown[]) => {
        if (order.dieOf === undefined || order.dieOf === name) operations += 1;
        if (order.dieAt !== operations || (order.dieOf !== undefined && order.dieOf !== name)) return method(...args);
        if (order.dieHow === 'freeze') {
          process.stdout.write('frozen\n');
          // What was written to the pipe is there; nothing of this process runs until it is continued.
          process.kill(process.pid, 'SIGSTOP');
        }
        if (order.dieHow === 'before') die();
        const result = method(...args);
        // Long enough for the request to leave, and mostly not for its answer.
        if (order.dieHow === 'amid') setTimeout(die, order.amidMs);
        return Promise.resolve(result).then(
          done => (order.dieHow === 'after' ? die() : done),
          error => (order.dieHow === 'after' ? die() : Promise.reject(error)),
        );
      };
    },
  });
}

const link = await openConnection({ uri: order.storeUri, poolMax: 20, logger });
/** What was asked of the store, by collection and command; told when the process is stopped, to whoever measures. */
const commands = new Map<string, number>();
if (process.env['DIAL_COUNTS']) {
  link.mongoose.getClient().on('commandStarted', ({ commandName, command }) => {
    const name = `${String(command[commandName])} ${commandName}`;
    commands.set(name, (commands.get(name) ?? 0) + 1);
  });
}
const store = createStore({ link, logger, cache: createMemoryCache(), now });
const queueVerbs = ['claimOne', 'keepClaim', 'unclaim', 'settle', 'inCall', 'calledBy', 'lookLater'];
const people = mortal(new CampaignContactRepository(store), queueVerbs);
const campaigns = new CampaignRepository(store);
const callVerbs = [
  'begin',
  'beginDialling',
  'placed',
  'attachSid',
  'refuse',
  'doubt',
  'applyNews',
  'conclude',
  'giveUp',
];
const calls = mortal(new CallRepository(store), callVerbs);
const pacers = mortal(new PacerRepository(store), ['advance']);
const slots = mortal(new SlotRepository(store), ['take', 'free']);
const registry = createMetrics();
const real = createTwilioCarrier({
  accountSid: order.accountSid,
  authToken: order.authToken,
  apiBaseUrl: order.carrierUrl,
  metrics: registry,
});
const carrier = mortal(real, ['dial', 'find', 'call']);
const events = createEvents(error => logger.error({ err: error }));
const eventLog = { add: async () => undefined, written: async () => undefined } as never;

const agent = {
  id: order.agentId,
  version: 1,
  name: 'Crash',
  engine: 'elevenlabs',
  vendorAgentId: 'agent_7101',
  audio: null,
  variables: [],
  overrides: {},
  permitted: [],
  callerId: null,
  speaksAs: null,
  business: 'Northwind Dental',
  amd: null,
  record: null,
  maxMinutes: null,
  silenceSeconds: null,
  vendorMaxSeconds: null,
  farewell: null,
  firstMessage: 'This is the AI of Northwind Dental. Say stop to stop calls.',
} as const;
const agents = { current: async () => agent, byDefault: async () => agent } as never;
const numbers = {
  mayCallFrom: async () => true,
  usedAsCallerId: async () => undefined,
  defaultCallerId: async () => order.from,
} as never;
const person = (id: string, phone: string) => ({
  id,
  phone,
  name: 'Ada',
  language: null,
  timeZone: 'America/Chicago',
  consent: null,
  consentWithdrawn: null,
  customFields: {},
});
/** The contacts' side has tests of its own; here everybody in the queue is somebody. */
const contacts = {
  byPhone: async (phone: string) => person('6a1f0c2d3e4b5a6978879aab', phone),
  byId: async (id: string) => {
    const [entry] = await people.ofContact(id);
    return entry ? person(id, entry.phone) : null;
  },
} as never;

const gate = createDialGate({
  killSwitch: { state: async () => ({ on: false }) } as never,
  suppressions: { of: async () => null, hashOf: async (phone: string) => `hmac-sha256:${phone}` } as never,
  numbers,
  calls,
  contacts,
  caps: { perDay: 3, perWeek: 7 },
  registrations: [],
  defaultCountry: 'US',
  allowedCountries: undefined,
  logger,
  now,
});
const admission = createAdmission({
  slots,
  calls,
  limits: { limitOf: async () => ({ limit: 500 }), lower: async () => 500 } as never,
  metrics: createCallMetrics(registry),
  logger,
  processId: owner,
  now,
  maxCalls: undefined,
  inboundReserve: 0,
  guard: () => null,
});
const engine = { reserve: async () => ({ expiresAt: new Date(now().getTime() + 600_000) }) } as never;
const lifecycle = createCallLifecycle({
  calls,
  transcripts: { ofCall: async () => null, close: async () => undefined } as never,
  eventLog,
  journal: { written: async () => undefined } as never,
  admission,
  events,
  metrics: createLifecycleMetrics(registry),
  logger,
  processId: owner,
  treatUnknownAsHuman: false,
  followUps: () => ({}),
});
const config = {
  MAX_CALL_MINUTES: 10,
  RECORD_CALLS: false,
  AMD_TIMEOUT_SECONDS: 30,
  AMD_SPEECH_THRESHOLD_MS: 2_400,
  AMD_SPEECH_END_THRESHOLD_MS: 1_200,
  AMD_SILENCE_TIMEOUT_MS: 5_000,
  COMPANY_NAME: 'Northwind Dental',
} as never;
const publicUrl = (path: string) => `${order.publicOrigin}${path}`;
const dialling = createDialling({
  calls,
  gate,
  admission,
  reservations: createCallReservations(() => engine, logger, now),
  engineOf: () => engine,
  carrier,
  numbers,
  addresses: createCarrierAddresses({ http: publicUrl, ws: publicUrl }),
  desk: () => ({ end: async () => undefined }),
  events,
  eventLog,
  metrics: createCallMetrics(createMetrics()),
  config,
  logger,
  now,
});
const campaignCalls = createCampaignCalls({ calls, agents, numbers, gate, dialling, events, eventLog, config, now });
const circuits = createCircuits({ pacers, now });
const queue = createDialerQueue({ people, owner });
const clock = () => now().getTime();
const pacing = createPacing({
  pacers,
  accountCallsPerSecond: order.accountCallsPerSecond,
  now: clock,
  until: moment => waitUntil(moment, clock),
});
const moves = { fail: async () => true, pause: async () => true, note: async () => undefined };
const campaign = (id: string) => campaigns.findById(id);
const settling = createSettling({
  people,
  calls: campaignCalls,
  campaign,
  moves,
  budget: noBudget,
  circuits,
  logger,
  now,
});
const world = createDialerWorld({
  queue,
  pacing,
  people,
  calls: campaignCalls,
  admission,
  contacts,
  agents,
  campaign,
  budget: noBudget,
  circuits,
  moves,
  owner,
  companyName: 'Northwind Dental',
  maxMinutes: 10,
  logger,
  now,
});
const dialer = createDialer({
  world,
  running: () => campaigns.running(),
  forget: queue.forget,
  settle: settling.ended,
  sweep: settling.sweep,
  logger,
  refreshMs: 200,
  sweepMs: 200,
});
const reconciler = createReconciler({
  calls,
  carrier,
  lifecycle,
  endings: { note: async (id, { source, reason }) => calls.noteEnding(id, source, reason, null) },
  metrics: createLifecycleMetrics(createMetrics()),
  logger,
  now,
});
events.on('calls.ended', ({ call }) => {
  if (typeof call['campaignId'] === 'string') dialer.ended(call.id, call['campaignId']);
});

// What its own calls come to is asked of the carrier, as no callback reaches a process that is about to die.
const asked = new Set<string>();
async function follow(): Promise<void> {
  for (const call of await calls.active(200)) {
    if (call.sid === null) continue;
    asked.add(call.sid);
    const found = await carrier.call(call.sid).catch(() => null);
    if (!found || !['completed', 'busy', 'no-answer', 'failed', 'canceled'].includes(found.status)) continue;
    const report = {
      sid: call.sid,
      state: found.status,
      sequence: Number.MAX_SAFE_INTEGER,
      at: now(),
      final: true,
      durationSeconds: null,
      sipCode: null,
      error: null,
      answeredBy: null,
    };
    await lifecycle.status(call._id.toHexString(), report as never, 'reconciler');
  }
}

dialer.start();
process.stdout.write('started\n');
process.on('SIGTERM', () => {
  if (commands.size > 0) console.error(Object.fromEntries([...commands].sort((one, other) => other[1] - one[1])));
  void dialer.stop().then(() => process.exit(0));
});
while (order.dialsOnly) await new Promise(resolve => setTimeout(resolve, 1_000));
for (let quiet = 0; quiet < 2; ) {
  await reconciler.round().catch(() => undefined);
  await follow().catch(() => undefined);
  const left = await people.anyLeft(order.campaignId).catch(() => true);
  // Whoever is due later is the next process's business.
  const next = left ? await people.nextDue(order.campaignId).catch(() => null) : null;
  const busy = (await people.beingCalled(order.campaignId).catch(() => [])).length > 0;
  quiet = !busy && (!next || next > now()) ? quiet + 1 : 0;
  if (order.givesUpMs !== null && performance.now() > order.givesUpMs) break;
  await new Promise(resolve => setTimeout(resolve, 50));
}
await dialer.stop();
process.exit(0);
