import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Test } from 'tap';
import twilio from 'twilio';
import type { AgentProfile } from '../../src/agents/agents.types.ts';
import type { Ending, LiveSession, SpokenTurn } from '../../src/bridge/bridge.types.ts';
import type { Call, NewCall } from '../../src/calls/call-document.ts';
import type { CallEventRepository } from '../../src/calls/call-event-repository.ts';
import type { CallRepository } from '../../src/calls/call-repository.ts';
import type { NoRoom } from '../../src/calls/calls.types.ts';
import type { TranscriptRepository } from '../../src/calls/transcript-repository.ts';
import type { Environment } from '../../src/config.ts';
import { AppError } from '../../src/errors.ts';
import { inDatabase } from '../../src/store/mongodb-uri.ts';
import type { Stored } from '../../src/store/schema.ts';
import { startApp, type TestApp } from './app.ts';
import { startTestCarrier, type TestCarrier, type TestCarrierOptions } from './carrier.ts';
import { testServerUri } from './store.ts';

export const publicOrigin = 'https://calls.example.com';
export const agentId = '6a1f0c2d3e4b5a6978879aab';
export const ourNumber = '+12125550100';
export const callee = '+13125550142';

export const testAgent: AgentProfile = {
  id: agentId,
  version: 3,
  name: 'Reception',
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
  firstMessage: null,
};

/** A session that only writes down what is asked of it. */
export interface TestSession extends LiveSession {
  readonly asked: [string, unknown][];
}

export interface CallSite extends TestApp {
  readonly calls: CallRepository;
  readonly transcripts: TranscriptRepository;
  readonly events: CallEventRepository;
  readonly carrier: TestCarrier;
  /** For another process on the same store. */
  readonly storeUri: string;
  readonly sessions: Map<string, TestSession>;
  readonly freed: string[];
  readonly suppressed: string[];
  readonly reserved: string[];
  readonly told: { name: string; id: string }[];
  /** A request as the carrier would send it, signed by its official SDK. */
  ask(
    path: string,
    fields: Record<string, string>,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: string }>;
  /** Writes down an attempt as placing one would, with the carrier's id if it is known. */
  attempt(fields?: Partial<NewCall>): Promise<Stored<Call>>;
  /** Waits until the call is as expected; fails with what it is instead. */
  until(call: Stored<Call> | string, fits: (call: Stored<Call>) => boolean, what?: string): Promise<Stored<Call>>;
  /** Waits until this holds. */
  eventually(holds: () => Promise<boolean> | boolean, what: string): Promise<void>;
  /** The call's events up to and with this one, for which it waits. */
  typesOf(call: Stored<Call>, last: string): Promise<string[]>;
  metric(line: string): Promise<number>;
  /** Waits until this is counted so often: counters rise a moment after what they count is in the store. */
  counted(line: string, times: number): Promise<void>;
  openSession(call: Stored<Call>): TestSession;
  /** Something was said on the call, and is in the store. */
  spoken(call: Pick<Stored<Call>, '_id'>, ...turns: SpokenTurn[]): Promise<void>;
}

export interface CallSiteOptions {
  env?: Environment;
  /** Another process on the same store and carrier. */
  beside?: CallSite;
  carrier?: TestCarrierOptions;
  room?: NoRoom | null;
  text?: string | null;
  now?: () => Date;
  /** Routes of the test's own. */
  prepare?: (app: TestApp['app']) => void;
}

/** Only what never comes takes so long; a busy machine takes its time for what does. */
const patienceMs = 30_000;
const databases = new WeakMap<CallSite, string>();
const deliverOf = new WeakMap<CallSite, Record<string, string>>();

export const newSid = (): string => `CA${randomBytes(16).toString('hex')}`;

/** The application with a carrier twin of its own that reaches it under a public address, and the carrier's side of calls on it. */
export async function startCallSite(t: Test, options: CallSiteOptions = {}): Promise<CallSite> {
  const { beside } = options;
  const deliver = beside ? deliverOf.get(beside)! : {};
  const carrier =
    beside?.carrier ?? (await startTestCarrier(t, { phoneNumber: ourNumber, deliver, ...options.carrier }));
  const uri = beside
    ? databases.get(beside)!
    : inDatabase(await testServerUri(), `calls_${randomBytes(6).toString('hex')}`);
  const freed: string[] = [];
  const suppressed: string[] = [];
  const reserved: string[] = [];
  const told: { name: string; id: string }[] = [];
  const sessions = new Map<string, TestSession>();
  const test = await startApp(t, {
    env: {
      MONGODB_URI: uri,
      SERVER_URL: publicOrigin,
      COMPANY_NAME: 'Northwind Dental',
      TWILIO_ACCOUNT_SID: carrier.accountSid,
      TWILIO_AUTH_TOKEN: carrier.authToken,
      TWILIO_PHONE_NUMBER: ourNumber,
      TWILIO_API_BASE_URL: carrier.baseUrl,
      ELEVENLABS_API_KEY: 'sk_invented_for_tests', // allow-secret: invented
      ELEVENLABS_API_BASE_URL: 'http://127.0.0.1:9',
      ...options.env,
    },
    ...(options.now ? { now: options.now } : {}),
    routes: app => {
      options.prepare?.(app);
      // Neighbours that have tests of their own answer from memory here.
      Object.assign(app.agents, { current: async (id: string) => known(id), version: async (id: string) => known(id) });
      Object.assign(app.numbers, {
        answering: async (phone: string) =>
          phone === ourNumber ? { phone, label: 'Front desk', agentId, text: options.text ?? null } : null,
      });
      Object.assign(app.suppressions, { add: async (phone: string) => void suppressed.push(phone) });
      Object.assign(app.admission, {
        inbound: async () => options.room ?? null,
        adopt: async () => undefined,
        free: async (callId: string) => void freed.push(callId),
      });
      Object.assign(app.callReservations, {
        begin: (callId: string) => void reserved.push(callId),
        take: async () => undefined,
      });
      Object.assign(app.sessions, { get: (callId: string) => sessions.get(callId) });
      app.operations.events.on('calls.ended', ({ call }) => void told.push({ name: 'calls.ended', id: call.id }));
      app.operations.events.on('calls.changed', ({ call }) => void told.push({ name: 'calls.changed', id: call.id }));
    },
  });
  if (!beside) deliver[publicOrigin] = test.url;
  const { calls, transcripts, events } = test.app.callRecords;

  const until: CallSite['until'] = async (call, fits, what = 'as expected') => {
    const id = typeof call === 'string' ? call : call._id;
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const found = await calls.findById(id);
      if (found && fits(found)) return found;
      if (Date.now() > deadline) throw new Error(`the call is not ${what}: ${JSON.stringify(found)}`);
      await new Promise(resolve => setTimeout(resolve, 10));
    }
  };

  const eventually: CallSite['eventually'] = async (holds, what) => {
    const deadline = Date.now() + patienceMs;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error(`never came: ${what}`);
      await new Promise(resolve => setTimeout(resolve, 10));
    }
  };

  const metric: CallSite['metric'] = async line => {
    const text = await test.app.operations.metrics.registry.metrics();
    return Number(
      text
        .split('\n')
        .find(each => each.startsWith(`parley_${line} `))
        ?.split(' ')
        .at(-1) ?? 0,
    );
  };

  const site: CallSite = {
    ...test,
    calls,
    transcripts,
    events,
    carrier,
    storeUri: uri,
    sessions,
    freed,
    suppressed,
    reserved,
    told,
    async ask(path, fields, headers = {}) {
      const url = `${publicOrigin}${path}`;
      const response = await fetch(`${test.url}${path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
          'x-twilio-signature': twilio.getExpectedTwilioSignature(carrier.authToken, url, fields),
          ...headers,
        },
        body: new URLSearchParams(fields),
      });
      return { status: response.status, body: await response.text() };
    },
    attempt: (fields = {}) => {
      const to = fields.to ?? numberFor();
      return calls.begin({
        direction: 'outbound',
        to,
        from: ourNumber,
        liveTo: to,
        agentId: agentId as never,
        agentVersion: 3,
        engine: 'elevenlabs',
        policy: { amd: { mode: 'detect', onMachine: 'hang-up' }, record: false, maxSeconds: 570, silenceMs: 8_000 },
        ...fields,
      });
    },
    until,
    eventually,
    async typesOf(call, last) {
      let types: string[] = [];
      await eventually(async () => {
        types = [];
        for await (const event of events.ofCall(call._id)) types.push(event.type);
        return types.at(-1) === last;
      }, `${last} as last event`).catch(error => {
        throw new Error(`${String(error)}: ${types.join()}`);
      });
      return types;
    },
    metric,
    counted: (line, times) => eventually(async () => (await metric(line)) === times, `${times} of ${line}`),
    async spoken({ _id }, ...turns) {
      const { journal } = test.app.callRecords;
      for (const [index, turn] of turns.entries()) journal.turn(_id.toHexString(), index, turn);
      await journal.written(_id.toHexString());
    },
    openSession(call) {
      const asked: [string, unknown][] = [];
      const callId = call._id.toHexString();
      const session: TestSession = {
        callId,
        callSid: call.sid ?? '',
        startedAt: new Date(),
        resumed: false,
        turns: [],
        people: nobody,
        asked,
        view: () => {
          throw new Error('not shown in these tests');
        },
        addContext: text => void asked.push(['addContext', text]),
        sayAndEnd: farewell => void asked.push(['sayAndEnd', farewell]),
        end: (ending: Ending) => {
          asked.push(['end', ending.reason]);
          sessions.delete(callId);
        },
        passOn: async () => void asked.push(['passOn', null]),
        passedOn: () => void asked.push(['passedOn', null]),
        stay: () => void asked.push(['stay', null]),
        leaveMessage: instructions => void asked.push(['leaveMessage', instructions]),
      };
      sessions.set(callId, session);
      return session;
    },
  };
  databases.set(site, uri);
  deliverOf.set(site, deliver);
  return site;
}

function known(id: string): AgentProfile {
  if (id !== agentId) throw new AppError('NOT_FOUND', 'There is no such agent.');
  return testAgent;
}

let used = 0;
/** A number nobody else in this file calls. */
function numberFor(): string {
  used += 1;
  const area = 212 + 2 * Math.floor(used / 100);
  return `+1${area}55501${String(used % 100).padStart(2, '0')}`;
}

/** The fields of a status callback. */
export const statusOf = (sid: string, status: string, sequence: number, more: Record<string, string> = {}) => ({
  AccountSid: `AC${'5a'.repeat(16)}`,
  ApiVersion: '2010-04-01',
  CallSid: sid,
  CallStatus: status,
  CallbackSource: 'call-progress-events',
  SequenceNumber: String(sequence),
  Timestamp: new Date().toUTCString().replace('GMT', '+0000'),
  From: ourNumber,
  To: callee,
  Direction: 'outbound-api',
  ...more,
});

/** The token in a document that connects a stream. */
export const tokenIn = (twiml: string): string => /name="token" value="([^"]+)"/.exec(twiml)?.[1] ?? '';

/** The people with a session that only writes down what is asked of it: there are none, and nobody may come. */
const nobody: TestSession['people'] = {
  view: () => [],
  speaker: null,
  listen: () => assert.fail('nobody listens in these tests'),
  meter: () => assert.fail('nobody looks at the calls of these tests'),
  whisper: () => assert.fail('nobody whispers in these tests'),
  takeOver: () => assert.fail('nobody takes over in these tests'),
  handBack: () => assert.fail('nobody has taken over in these tests'),
};
