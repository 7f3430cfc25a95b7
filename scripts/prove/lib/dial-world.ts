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
import { type Circuits, createCircuits } from '../../../src/campaigns/breaker-circuits.ts';
import { CampaignContactRepository } from '../../../src/campaigns/campaign-contact-repository.ts';
import { CampaignRepository } from '../../../src/campaigns/campaign-repository.ts';
import { createDialer } from '../../../src/campaigns/dialer.ts';
import type { DialerMoves } from '../../../src/campaigns/dialer.types.ts';
import { noBudget } from '../../../src/campaigns/dialer-budget.types.ts';
import { waitUntil } from '../../../src/campaigns/dialer-clock.ts';
import { createDialerQueue } from '../../../src/campaigns/dialer-queue.ts';
import { createDialerWorld } from '../../../src/campaigns/dialer-world.ts';
import { createPacing } from '../../../src/campaigns/pacer-gate.ts';
import { PacerRepository } from '../../../src/campaigns/pacer-repository.ts';
import { createSettling } from '../../../src/campaigns/settle-calls.ts';
import { createEvents } from '../../../src/events.ts';
import type { Logger } from '../../../src/ops/logger.ts';
import { createMetrics } from '../../../src/ops/metrics.ts';
import { createMemoryCache } from '../../../src/store/cache.ts';
import type { StoreConnection } from '../../../src/store/connection.ts';
import { createStore } from '../../../src/store/open-store.ts';
import { createCarrierAddresses } from '../../../src/telephony/carrier-addresses.ts';
import type { Carrier } from '../../../src/telephony/carrier-contract.ts';
import { createTwilioCarrier } from '../../../src/telephony/twilio-carrier.ts';
import type { DialProcessOrder } from './dial-process-order.ts';
import type { Mortality } from './mortality.ts';

/** What dials for one campaign, or for all that run: the product's own parts, over a store and a carrier that are not its own. */
export interface DialWorldOptions {
  readonly order: DialProcessOrder;
  readonly link: StoreConnection;
  /** Dials for this one alone. */
  readonly campaignId?: string | undefined;
  readonly owner: string;
  readonly mortality: Mortality;
  readonly logger: Logger;
  /** What a test has of its own. */
  readonly now?: () => Date;
  readonly carrier?: Pick<Carrier, 'dial' | 'find' | 'call' | 'hangUp'>;
  readonly moves?: DialerMoves;
  readonly circuits?: Circuits;
}

export interface DialWorld {
  start(): void;
  stop(): Promise<void>;
  /** Asks the carrier what became of the calls; true when nobody is due or being called. */
  round(): Promise<boolean>;
}

/** How often a number may be called. */
export const dialCaps = { perDay: 3, perWeek: 7 } as const;

/** For proofs in which calls fail on purpose. */
export const alwaysClosed: Circuits = {
  answer: async () => ({ kind: 'closed' }),
  takeTrial: async () => true,
  result: async () => null,
  close: async () => undefined,
};

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

export function createProofWorld(options: DialWorldOptions): DialWorld {
  const { order, link, campaignId, owner, mortality, logger, carrier: given } = options;
  const { now = () => new Date(Date.now() + order.clockAheadMs) } = options;
  const { moves = { fail: async () => true, pause: async () => true, note: async () => undefined } } = options;
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
    vendorSilenceSeconds: null,
    farewell: null,
    firstMessage: 'This is the AI of Northwind Dental. Say stop to stop calls.',
  } as const;
  const agents = { current: async () => agent, byDefault: async () => agent } as never;

  const onlyOwn = <T extends object>(part: T, reads: readonly string[]): T =>
    campaignId === undefined
      ? part
      : new Proxy(part, {
          get(target, property) {
            const value = Reflect.get(target, property, target) as unknown;
            if (typeof value !== 'function') return value;
            const method = (value as (...args: unknown[]) => unknown).bind(target);
            if (!reads.includes(String(property))) return method;
            return async (...args: unknown[]) =>
              ((await method(...args)) as { campaignId: unknown }[]).filter(each => isOwn(each.campaignId));
          },
        });
  const isOwn = (id: unknown) => campaignId === undefined || String(id) === campaignId;
  const store = createStore({ link, logger, cache: createMemoryCache(), now });
  const queueVerbs = ['claimOne', 'claimMany', 'keepClaims', 'unclaim', 'settle', 'inCall', 'calledBy', 'lookLater'];
  const people = mortality.of(new CampaignContactRepository(store), queueVerbs);
  const campaigns = new CampaignRepository(store);
  const callVerbs = [
    'begin',
    'beginMany',
    'beginDiallingMany',
    'placed',
    'attachSid',
    'refuse',
    'doubt',
    'applyNews',
    'conclude',
    'giveUp',
    'noteEnding',
  ];
  const calls = mortality.of(new CallRepository(store), callVerbs);
  /** What it looks after is its own campaign's, where it has one. */
  const ownCalls = onlyOwn(calls, ['inDoubt', 'quiet', 'unfinished']);
  const ownPeople = onlyOwn(people, ['leftBehind']);
  const pacers = mortality.of(new PacerRepository(store), ['advance']);
  const slots = mortality.of(new SlotRepository(store), ['take', 'takeSome', 'free']);
  const registry = createMetrics();
  const real =
    given ??
    createTwilioCarrier({
      accountSid: order.accountSid,
      authToken: order.authToken,
      apiBaseUrl: order.carrierUrl,
      metrics: registry,
    });
  const carrier = mortality.of(real, ['dial', 'find', 'call']);
  const events = createEvents(error => logger.error({ err: error }));
  const eventLog = { add: async () => undefined, written: async () => undefined } as never;

  const numbers = {
    mayCallFrom: async () => true,
    usedAsCallerId: async () => undefined,
    defaultCallerId: async () => order.from,
  } as never;
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
    caps: dialCaps,
    registrations: [],
    defaultCountry: 'US',
    allowedCountries: undefined,
    logger,
    now,
  });
  // Where calls are only placed, none ends, and the vendor must not be full before the measuring is over.
  const engineCalls = order.dialsOnly ? 100_000 : 500;
  const admission = createAdmission({
    slots,
    calls,
    limits: { limitOf: async () => ({ limit: engineCalls }), lower: async () => engineCalls } as never,
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
  const campaignCalls = createCampaignCalls({ calls, agents, numbers, gate, dialling, events, eventLog, config });
  const { circuits = createCircuits({ pacers, now }) } = options;
  const queue = createDialerQueue({ people, owner });
  const clock = () => now().getTime();
  const pacing = createPacing({
    pacers,
    accountCallsPerSecond: order.accountCallsPerSecond,
    now: clock,
    until: moment => waitUntil(moment, clock),
  });
  const campaign = (id: string) => campaigns.findById(id);
  const settling = createSettling({
    people: ownPeople,
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
    running: async () => {
      if (campaignId === undefined) return campaigns.running();
      const own = await campaigns.findById(campaignId);
      return own?.state === 'running' ? [own] : [];
    },
    forget: queue.forget,
    settle: settling.ended,
    sweep: settling.sweep,
    logger,
    ...(campaignId === undefined ? { refreshMs: 200, sweepMs: 200 } : { refreshMs: 2_000, sweepMs: 1_000 }),
  });
  const reconciler = createReconciler({
    calls: ownCalls,
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
  async function followed() {
    if (campaignId === undefined) return calls.active(200);
    const being = await people.beingCalled(campaignId);
    const ids = being.flatMap(({ callId }) => (callId ? [callId.toHexString()] : []));
    return ids.length === 0 ? [] : (await calls.among(ids)).filter(({ endedAt }) => endedAt === null);
  }
  async function follow(): Promise<void> {
    for (const call of await followed()) {
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

  let rounds = 0;
  return {
    start: () => dialer.start(),
    stop: () => dialer.stop(),
    async round() {
      // Others ask, too: what is in doubt is as good as found by whoever asks first.
      if (rounds++ % 4 === 0) await reconciler.round().catch(() => undefined);
      await follow().catch(() => undefined);
      const id = campaignId ?? order.campaignId;
      const left = await people.anyLeft(id).catch(() => true);
      // Whoever is due later is the next process's business.
      const next = left ? await people.nextDue(id).catch(() => null) : null;
      const busy = (await people.beingCalled(id).catch(() => [])).length > 0;
      return !busy && (!next || next > now());
    },
  };
}
