import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import twilio from 'twilio';
import { WebSocketServer } from 'ws';
import type { AgentProfile } from '../../src/agents/agents.types.ts';
import { loadAnnouncement } from '../../src/bridge/announcement.ts';
import type {
  CallDesk,
  CallPlan,
  Ending,
  MediaFigures,
  OpeningStep,
  SpokenTurn,
} from '../../src/bridge/bridge.types.ts';
import type { CallSession } from '../../src/bridge/call-session.ts';
import { createPulse } from '../../src/bridge/pulse.ts';
import { Sessions } from '../../src/bridge/registry.ts';
import { defaultRules, type SessionRules } from '../../src/bridge/session-rules.ts';
import { createStreamGate } from '../../src/bridge/stream-gate.ts';
import { createElevenLabsEngine } from '../../src/engines/elevenlabs/elevenlabs-engine.ts';
import { AppError } from '../../src/errors.ts';
import type { Clock } from '../../src/jobs/clock.ts';
import type { ToolBox } from '../../src/tools/tools.types.ts';
import { startTestAgent } from '../helpers/agent-twin.ts';
import { twinClock as clockOf, startTestCarrier, testClips } from '../helpers/carrier.ts';

export interface CallSiteOptions {
  scenario?: string;
  /** Times real time; what the network does stays real. */
  scale?: number;
  rules?: Partial<SessionRules>;
  agent?: Partial<AgentProfile>;
  /** Which of the scenario's agents talks; the first one without it. */
  speaker?: string;
  plan?: Partial<CallPlan>;
  tools?: ToolBox['run'];
  /** How long it takes to redeem a token, in real time. */
  admitMs?: number;
  /** Whether a stream that was lost is followed by another one. */
  resumes?: boolean;
  /** Whether what the agent says first has to be heard whole. */
  opening?: boolean;
  pressure?: () => number;
  /** Another agent than the twin. */
  agentBaseUrl?: string;
}

const publicOrigin = 'https://calls.example.com';
const callee = '+13125550142';

/** A product that is nothing but the bridge, between a carrier twin and an agent twin, with a desk that keeps everything in memory. */
export async function startCallSite(t: Test, options: CallSiteOptions = {}) {
  const { scale = 10, resumes = true } = options;
  const twinClock = clockOf(scale);
  const clock: Clock = {
    now: () => twinClock.now(),
    after: (ms, wake) => {
      const timer = twinClock.after(ms, wake);
      return () => timer.cancel();
    },
  };
  const scenario = options.scenario ?? quickTalk;
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 128 * 1024, perMessageDeflate: false });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const localOrigin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const carrier = await startTestCarrier(t, { scale, scenario, deliver: { [publicOrigin]: localOrigin } });
  const agent = await startTestAgent(t, { scale, scenario });

  const noMetrics = { connected: () => {}, failed: () => {}, ended: () => {}, message: () => {} };
  const engine = createElevenLabsEngine({
    baseUrl: options.agentBaseUrl ?? agent.baseUrl,
    apiKey: agent.apiKey,
    metrics: noMetrics,
  });
  const speaker = agent.control.agents().find(each => each.name === options.speaker);
  const vendorAgentId = speaker?.agent_id ?? agent.agentId;
  const desk = createTestDesk(clock, { ...options, agent: { vendorAgentId, ...options.agent } }, sid => {
    try {
      carrier.control.hangUp(sid);
    } catch {
      // it has ended already
    }
  });
  const observed = createTestObserver();
  const sessions = new Sessions();
  const errors: unknown[] = [];
  const refused: string[] = [];
  const pulse = createPulse(clock, error => void errors.push(error));
  const gate = createStreamGate({
    clock,
    pulse,
    rules: { ...defaultRules, readyMs: 30_000, reopenMs: 30_000, ...options.rules },
    desk,
    tools: { run: options.tools ?? (async () => ({ result: 'done', isError: false })) },
    apology: loadAnnouncement('apology'),
    observer: observed,
    pressure: options.pressure ?? (() => 1),
    sessions,
    engine: kind => (kind === 'elevenlabs' ? engine : undefined),
    onRefused: reason => void refused.push(reason),
    onError: error => void errors.push(error),
  });

  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, peer => gate.accept(peer, socket));
  });
  server.on('request', async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const callSid = new URLSearchParams(body).get('CallSid') ?? '';
    response.setHeader('content-type', 'text/xml');
    const over = request.url === '/stream-ended' && (!resumes || desk.endings.has(callSid));
    if (over) return response.end('<Response><Hangup/></Response>');
    if (request.url === '/status') return response.end();
    const token = desk.tokenFor(callSid);
    response.end(
      `<Response><Connect><Stream url="wss://calls.example.com/media-stream"><Parameter name="token" value="${token}"/>` +
        `</Stream></Connect><Pause length="1"/><Redirect>${publicOrigin}/stream-ended</Redirect></Response>`,
    );
  });

  const client = twilio(carrier.accountSid, carrier.authToken, { autoRetry: false });
  client.api.baseUrl = carrier.baseUrl;
  t.teardown(async () => {
    for (const session of sessions.all()) session.end({ source: 'system', reason: 'test-over' });
    await sessions.settled();
    await engine.close();
    for (const each of sockets.clients) each.terminate();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
    if (errors.length > 0) t.comment(String((errors[0] as Error).stack));
  });

  return {
    carrier,
    agent,
    desk,
    sessions,
    observed,
    pulse,
    gate,
    clock,
    errors,
    refused,
    url: localOrigin.replace('http', 'ws'),
    /** Calls somebody; resolves with the call's id when it was placed. */
    async call(person: string): Promise<string> {
      carrier.control.answerNext(person);
      const { sid } = await client.calls.create({
        to: callee,
        from: carrier.phoneNumber,
        url: `${publicOrigin}/twiml`,
      });
      return sid;
    },
    /** Resolves when no media socket is open at our end. */
    socketsGone: (): Promise<unknown> =>
      Promise.all([...sockets.clients].map(each => new Promise(resolve => void each.once('close', resolve)))),
    /** The call's session, once there is one. */
    session: (sid: string) => desk.until(() => sessions.bySid(sid)),
    /** Resolves with what was noted of the end when nothing of the call is left here. */
    async over(sid: string): Promise<Ending> {
      const ending = await desk.until(() => desk.endings.get(sid));
      await sessions.settled();
      await carrier.control.idle();
      return ending;
    },
    /** What the person on the phone heard, clip by clip. */
    heard: (sid: string) =>
      carrier.control.call(sid)!.heard.map(({ clipId, complete }) => (complete ? clipId : `${clipId} (in part)`)),
  };
}

export type CallSite = Awaited<ReturnType<typeof startCallSite>>;

function createTestObserver() {
  const seen = {
    lost: [] as string[],
    failed: [] as string[],
    ended: [] as { source: string; figures: MediaFigures }[],
    firstWords: [] as number[],
    turns: [] as number[],
  };
  return {
    seen,
    started: () => {},
    agentReady: () => {},
    firstWord: (ms: number) => void seen.firstWords.push(ms),
    turn: (ms: number) => void seen.turns.push(ms),
    lost: (side: string) => void seen.lost.push(side),
    agentFailed: (reason: string) => void seen.failed.push(reason),
    ended: (source: string, figures: MediaFigures) => void seen.ended.push({ source, figures }),
  };
}

export interface NotedEvent {
  callId: string;
  type: string;
  source: string;
  data: Readonly<Record<string, unknown>>;
}

/** Does what the calls feature does, without a store. */
function createTestDesk(
  clock: Clock,
  { admitMs = 0, agent, plan, opening }: CallSiteOptions,
  hangUp: (sid: string) => void,
) {
  const tokens = new Map<string, string>();
  const answeredAt = new Map<string, Date>();
  const streams = new Map<string, number>();
  const turnsOf = new Map<string, SpokenTurn[]>();
  const endings = new Map<string, Ending>();
  const events: NotedEvent[] = [];
  const notes: Record<string, unknown>[] = [];
  const firstTurns: SpokenTurn[] = [];
  const waiting = new Set<() => void>();
  const changed = () => {
    for (const look of waiting) look();
  };
  const callIdOf = (callSid: string) => `id-${callSid}`;
  const desk = {
    events,
    notes,
    endings,
    firstTurns,
    tokenFor(callSid: string): string {
      const token = randomBytes(8).toString('hex');
      tokens.set(token, callSid);
      return token;
    },
    turns: (callSid: string): readonly SpokenTurn[] => turnsOf.get(callIdOf(callSid)) ?? [],
    types: (): string[] => events.map(each => each.type),
    /** Waits until something is found; looked for after every event, turn and ending. */
    until: <T>(look: () => T | undefined): Promise<T> =>
      new Promise(resolve => {
        const check = () => {
          const found = look();
          if (found === undefined) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      }),
    event: (type: string): Promise<NotedEvent> => desk.until(() => events.find(each => each.type === type)),
    async admit({ token, callSid }: { token: string; callSid: string }): Promise<CallPlan> {
      if (admitMs > 0) await new Promise(resolve => setTimeout(resolve, admitMs));
      if (tokens.get(token) !== callSid) throw new AppError('FORBIDDEN', 'This token is not for this stream.');
      tokens.delete(token);
      const count = streams.get(callSid) ?? 0;
      streams.set(callSid, count + 1);
      const answered = answeredAt.get(callSid) ?? new Date(clock.now());
      answeredAt.set(callSid, answered);
      return {
        callId: callIdOf(callSid),
        callSid,
        direction: 'outbound',
        to: callee,
        from: '+13125550100',
        agent: { ...testProfile, ...agent },
        variables: { phone_number: callee, caller_name: '' },
        answeredAt: answered,
        resume: count === 0 ? null : { count, turns: desk.turns(callSid), places: desk.turns(callSid).length },
        maxSeconds: 600,
        silenceMs: 8_000,
        ...plan,
      };
    },
    async end(callId: string, ending: Ending): Promise<void> {
      const callSid = callId.slice(3);
      if (!endings.has(callSid)) endings.set(callSid, ending);
      hangUp(callSid);
      changed();
    },
    async openingHeard(_callId: string, turn: SpokenTurn): Promise<OpeningStep> {
      firstTurns.push(turn);
      const said = !turn.interrupted && turn.text === firstTurns[0]!.text;
      return said || !opening ? 'said' : 'say-again';
    },
    journal: {
      event(callId: string, type: string, source: string, data: Readonly<Record<string, unknown>> = {}) {
        events.push({ callId, type, source, data });
        changed();
      },
      turn(callId: string, index: number, turn: SpokenTurn) {
        const turns = turnsOf.get(callId) ?? [];
        turns[index] = turn;
        turnsOf.set(callId, turns);
        changed();
      },
      note: (_callId: string, fields: Readonly<Record<string, unknown>>) => void notes.push({ ...fields }),
      written: async () => {},
    },
  };
  return desk satisfies CallDesk;
}

const mulaw = { encoding: 'mulaw', sampleRate: 8000 } as const;

export const testProfile: AgentProfile = {
  id: 'a1',
  version: 1,
  name: 'Test agent',
  engine: 'elevenlabs',
  vendorAgentId: 'agent_sandbox',
  audio: { input: mulaw, output: mulaw },
  firstMessage: null,
  variables: [],
  permitted: [],
  overrides: {},
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
};

export type { CallSession };
export { testClips };

/** A person and an agent who exchange a few sentences; the agent ends the call. */
export const quickTalk = `
name: a quick talk
agents:
  - id: booker
    name: Booker
    voice: agent
    firstMessage: "agent: good morning"
    otherwise: "agent: shall I book it"
    farewell: "agent: thank you"
  - id: talker
    name: Talker
    voice: agent
    firstMessage: "agent: a long explanation"
    otherwise: "agent: shall I book it"
    farewell: "agent: thank you"
people:
  - id: buyer
    name: A buyer
    answer: human
    greets: hello
    agent: booker
    script:
      - says: yes please
      - agent: "agent: shall I book it"
      - says: goodbye
      - agent: "agent: thank you"
        endsCall: true
  - id: breaker
    name: Somebody who interrupts
    answer: human
    greets: hello
    agent: talker
    script:
      - says: stop for a moment
        interruptsAfter: 2
      - agent: "agent: good morning"
      - hangsUp: true
        afterSilence: 3
  - id: silent
    name: Somebody who says nothing
    answer: human
    agent: booker
  - id: greeter
    name: Somebody who says hello and nothing more
    answer: human
    greets: hello
    agent: booker
  - id: machine
    name: A machine
    answer: voicemail
    announcement: you have reached a machine, leave a message
    agent: booker
`;
