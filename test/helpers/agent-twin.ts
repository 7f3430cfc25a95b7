import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import { WebSocket } from 'ws';
import type { AgentViolation, AgentViolationKind } from '../../src/sandbox/agent/agent-ledger.ts';
import { type AgentTwin, type AgentTwinOptions, startAgentTwin } from '../../src/sandbox/agent/agent-twin.ts';
import type { Clip } from '../../src/sandbox/audio/clip-library.ts';
import { parseScenario } from '../../src/sandbox/scenarios/scenario.ts';
import { testClips, twinClock } from './carrier.ts';
import { serverMessageProblem } from './server-message-check.ts';
import type { AnyJson } from './trivial-product.ts';
import { complaintsOf, createComplaintBook, failOn } from './violations.ts';

export const talkingScenario = `
name: talking
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
        tools: [{ name: book, parameters: { slot: "10:30" }, onError: "agent: a long explanation" }]
      - presses: "1"
      - agent: "agent: good morning"
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
`;

export const testKey = 'sk_test_key';

export interface TestAgent extends AgentTwin {
  /** Waits for a violation of this kind and takes it away, because the test provoked it on purpose. */
  provoked(kind: AgentViolationKind): Promise<AgentViolation>;
  get(path: string, init?: RequestInit): Promise<{ status: number; body: AnyJson }>;
  signedUrl(agentId?: string): Promise<string>;
  /** Opens a conversation and, unless told otherwise, initiates it. */
  talk(options?: TalkOptions): Promise<TestTalk>;
}
export interface TalkOptions {
  agentId?: string;
  initiation?: AnyJson | null;
  /** Answers pings, as a client has to; on without it. */
  pong?: boolean;
}

/** Starts an agent twin for one test, which fails when a violation is left that it did not name with `provoked`. */
export async function startTestAgent(
  t: Test,
  options: Omit<AgentTwinOptions, 'scenario'> & { scale?: number; scenario?: string } = {},
): Promise<TestAgent> {
  const { scale = 20, scenario = talkingScenario, ...rest } = options;
  const complaints = createComplaintBook();
  const twin = await startAgentTwin({
    apiKey: testKey,
    clock: twinClock(scale),
    ...rest,
    scenario: parseScenario(scenario, testClips),
    onViolation: complaints.heard,
  });
  const talks: TestTalk[] = [];
  t.teardown(async () => {
    const found = complaintsOf(twin);
    const unknown = talks.flatMap(talk => talk.problems);
    for (const talk of talks) talk.socket.terminate();
    await twin.close();
    failOn(t, "agent's", [...found, ...unknown]);
  });
  const test: TestAgent = {
    ...twin,
    provoked: kind => complaints.provoked(twin, kind),
    async get(path, init) {
      const reply = await fetch(`${twin.baseUrl}${path}`, {
        ...init,
        headers: { 'xi-api-key': testKey, ...init?.headers },
      });
      return { status: reply.status, body: (await reply.json()) as AnyJson };
    },
    async signedUrl(agentId = twin.agentId) {
      const { body } = await test.get(`/v1/convai/conversation/get-signed-url?agent_id=${agentId}`);
      return body['signed_url'];
    },
    async talk({ agentId, initiation = {}, pong = true } = {}) {
      const talk = await openTalk(await test.signedUrl(agentId), pong);
      talks.push(talk);
      if (initiation) talk.send({ type: 'conversation_initiation_client_data', ...initiation });
      return talk;
    },
  };
  return test;
}

export interface TestTalk {
  socket: WebSocket;
  messages: AnyJson[];
  /** Rules of the message schema that the twin itself broke. */
  problems: string[];
  send(message: AnyJson | string | Buffer): void;
  /** The next message of this type that was not taken yet. */
  next(type: string): Promise<AnyJson>;
  /** Sends a clip as a telephone bridge does, in frames of 20 ms, and the silence after it. */
  say(clip: Clip | Buffer, silenceMs?: number): void;
  silence(ms: number): void;
  closed: Promise<{ code: number; reason: string }>;
}

export async function openTalk(url: string, pong = true): Promise<TestTalk> {
  const socket = new WebSocket(url);
  const messages: AnyJson[] = [];
  const problems: string[] = [];
  const taken = new Set<AnyJson>();
  const waiting = new Set<() => void>();
  const closed = new Promise<{ code: number; reason: string }>(resolve => {
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  socket.on('message', data => {
    const message = JSON.parse(String(data)) as AnyJson;
    const problem = serverMessageProblem(message);
    if (problem) problems.push(problem);
    messages.push(message);
    if (message['type'] === 'ping' && pong) talk.send({ type: 'pong', event_id: message['ping_event'].event_id });
    for (const look of waiting) look();
  });
  const talk: TestTalk = {
    socket,
    messages,
    problems,
    closed,
    send(message) {
      if (socket.readyState !== socket.OPEN) return;
      socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
    },
    next: type =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = messages.find(each => each['type'] === type && !taken.has(each));
          if (!found) return;
          taken.add(found);
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
        void closed.then(({ code, reason }) => reject(new Error(`closed with ${code} ${reason} before a ${type}`)));
      }),
    say(clip, silenceMs = 1_100) {
      const bytes = Buffer.isBuffer(clip) ? clip : clip.bytes;
      for (let at = 0; at < bytes.length; at += 160) {
        talk.send({ user_audio_chunk: bytes.subarray(at, at + 160).toString('base64') });
      }
      talk.silence(silenceMs);
    },
    silence(ms) {
      const frame = Buffer.alloc(160, 0xff).toString('base64');
      for (let at = 0; at < ms; at += 20) talk.send({ user_audio_chunk: frame });
    },
  };
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return talk;
}

/** All audio among these messages, in order. */
export const audioOf = (messages: readonly AnyJson[]): Buffer =>
  Buffer.concat(
    messages.flatMap(each =>
      each['type'] === 'audio' ? [Buffer.from(each['audio_event'].audio_base_64, 'base64')] : [],
    ),
  );

export interface ReceivedPost {
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A product's HTTP side: answers what it is told to and keeps what it was sent. */
export async function startReceiver(
  t: Test,
  answer: (post: ReceivedPost, count: number) => [status: number, body?: string],
) {
  const posts: ReceivedPost[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', piece => {
      body += piece;
    });
    request.on('end', () => {
      const post = { path: request.url ?? '', headers: request.headers, body };
      posts.push(post);
      const [status, text = ''] = answer(post, posts.length);
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
      for (const look of waiting) look();
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(
    () =>
      new Promise<void>(resolve => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posts,
    count: (wanted: number) =>
      new Promise<void>(resolve => {
        const look = () => {
          if (posts.length >= wanted) {
            waiting.delete(look);
            resolve();
          }
        };
        waiting.add(look);
        look();
      }),
  };
}
