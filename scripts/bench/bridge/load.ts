// The far ends of every bridge, as a process of its own: a carrier that calls, and a server of agents. Many calls, little work.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { acceptOf, clientFrame, frameReader, readStamp, serverFrame, upgradeRequest, writeStamp } from './wire.ts';

export interface LoadReport {
  readonly calls: number;
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly most: number;
  /** How busy this process was itself, 0 to 1: near 1 the figures are its own. */
  readonly busy: number;
  /** How much later than due this process sent, at its 99th percentile: what it adds to every bridge's delay, and more. */
  readonly lateP99: number;
}

type Command =
  | { readonly do: 'target'; readonly port: number; readonly path: string; readonly agentFormat: string }
  | { readonly do: 'calls'; readonly count: number }
  | { readonly do: 'measure'; readonly ms: number }
  | { readonly do: 'starts'; readonly count: number }
  | { readonly do: 'hangUp' };

const framePayload = 216;
const noise = Buffer.from(
  Buffer.from(Array.from({ length: 160 }, (_, at) => 0x90 + ((at * 37) % 60))).toString('base64'),
);
const startOfAudio = Buffer.from('"payload":"');

interface Call {
  readonly socket: Socket;
  readonly streamSid: string;
  number: number;
  heard: boolean;
  onHeard?: () => void;
}
interface AgentSocket {
  readonly socket: Socket;
  readonly audio: string;
  frame: Buffer;
  stampAt: number;
  begun: boolean;
  eventId: number;
}

let target = { port: 0, path: '/', agentFormat: 'ulaw_8000' };
const calls: Call[] = [];
const agents: AgentSocket[] = [];
let begun = 0;
let onBegun: (() => void) | undefined;
let sending = false;
let sentFrames = 0;
let receivedFrames = 0;
let latencies = new Float64Array(0);
let latencyCount = 0;
let latenesses = new Float64Array(0);
let latenessCount = 0;
let callNumber = 0;

const note = (sentAt: number) => {
  if (latencyCount < latencies.length) latencies[latencyCount++] = performance.now() - sentAt;
};

// ---- the server of agents ----

const head = Buffer.alloc(64);

function serveAgent(socket: Socket): void {
  socket.setNoDelay(true);
  const wide = target.agentFormat.startsWith('pcm_');
  const audio = wide
    ? Buffer.alloc((Number(target.agentFormat.slice(4)) / 50) * 2, 3).toString('base64')
    : noise.toString();
  const agent: AgentSocket = { socket, audio, frame: noise, stampAt: 0, begun: false, eventId: 0 };
  nextAnswer(agent);
  const read = frameReader((data, start, length, key, opcode) => {
    if (opcode === 8) return void socket.end();
    if (opcode !== 1) return;
    const many = Math.min(head.length, length);
    for (let at = 0; at < many; at += 1) head[at] = data[start + at]! ^ data[key + (at & 3)]!;
    if (!agent.begun) return begin(agent);
    // {"user_audio_chunk":" and not {"user_message":
    if (head[2] !== 0x75 || head[7] !== 0x61) return;
    receivedFrames += wide ? 1 : Math.round((length - 23) / framePayload);
    if (!wide) note(readStamp(head, 21));
  });
  socket.on('data', read);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    const at = agents.indexOf(agent);
    if (at >= 0) agents.splice(at, 1);
  });
}

/** Audio carries the number of the answer it belongs to, as the vendor's does. */
function nextAnswer(agent: AgentSocket): void {
  agent.eventId += 1;
  const event = { audio_base_64: agent.audio, event_id: agent.eventId };
  agent.frame = serverFrame(Buffer.from(JSON.stringify({ type: 'audio', audio_event: event })));
  agent.stampAt = agent.frame.indexOf('base_64":"') + 10;
}

const say = (agent: AgentSocket, message: unknown) =>
  agent.socket.write(serverFrame(Buffer.from(JSON.stringify(message))));

function begin(agent: AgentSocket): void {
  agent.begun = true;
  const formats = { agent_output_audio_format: target.agentFormat, user_input_audio_format: target.agentFormat };
  say(agent, {
    type: 'conversation_initiation_metadata',
    conversation_initiation_metadata_event: { conversation_id: `conv_${process.pid}_${begun}`, ...formats },
  });
  agents.push(agent);
  begun += 1;
  speak(agent);
  onBegun?.();
}

function speak(agent: AgentSocket): void {
  const frame = Buffer.from(agent.frame);
  if (target.agentFormat === 'ulaw_8000') writeStamp(frame, agent.stampAt, performance.now());
  agent.socket.write(frame);
}

const agentServer = createServer((request, response) => {
  // The signed address of a conversation.
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ signed_url: `ws://${request.headers.host}/v1/convai/conversation?agent_id=bench` }));
});
agentServer.on('upgrade', (request, socket) => {
  const accept = acceptOf(request.headers['sec-websocket-key'] ?? '');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  serveAgent(socket as Socket);
});
agentServer.listen(0, '127.0.0.1');
await once(agentServer, 'listening');

// ---- the carrier ----

const mediaText = (call: Call, payload: string) =>
  `{"event":"media","sequenceNumber":"${call.number}","media":{"track":"inbound","chunk":"${call.number}","timestamp":"${call.number * 20}","payload":"${payload}"},"streamSid":"${call.streamSid}"}`;

const payloadText = noise.toString();

function sendCaller(call: Call): void {
  call.number += 1;
  const message = Buffer.from(mediaText(call, payloadText), 'latin1');
  writeStamp(message, message.length - call.streamSid.length - 18 - framePayload, performance.now());
  call.socket.write(clientFrame(message));
}

async function startCall(): Promise<Call> {
  const socket = connect(target.port, '127.0.0.1');
  socket.setNoDelay(true);
  await once(socket, 'connect');
  socket.write(upgradeRequest(`127.0.0.1:${target.port}`, target.path));
  await once(socket, 'data'); // the switch of protocols; nothing else comes before we speak
  callNumber += 1;
  const id = String(callNumber).padStart(32, '0');
  const call: Call = { socket, streamSid: `MZ${id}`, number: 0, heard: false };
  const wide = target.agentFormat.startsWith('pcm_');
  socket.on(
    'data',
    frameReader((data, start, length, _key, opcode) => {
      if (opcode !== 1) return;
      const at = data.subarray(start, start + Math.min(length, 160)).indexOf(startOfAudio);
      if (at >= 0) {
        receivedFrames += 1;
        if (!wide) note(readStamp(data, start + at + startOfAudio.length));
        if (call.heard) return;
        call.heard = true;
        call.onHeard?.();
        return;
      }
      const name = /"mark":\{"name":("[^"]*")/.exec(data.toString('latin1', start, start + length))?.[1];
      if (!name) return;
      call.number += 1;
      const echo = `{"event":"mark","sequenceNumber":"${call.number}","streamSid":"${call.streamSid}","mark":{"name":${name}}}`;
      socket.write(clientFrame(Buffer.from(echo)));
    }),
  );
  socket.on('error', () => socket.destroy());
  const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 };
  const start = {
    event: 'start',
    sequenceNumber: '1',
    start: {
      accountSid: `AC${'0'.repeat(32)}`,
      streamSid: call.streamSid,
      callSid: `CA${id}`,
      tracks: ['inbound'],
      mediaFormat,
      customParameters: { token: `bench-${id}` },
    },
    streamSid: call.streamSid,
  };
  socket.write(clientFrame(Buffer.from('{"event":"connected","protocol":"Call","version":"1.0.0"}')));
  socket.write(clientFrame(Buffer.from(JSON.stringify(start))));
  call.number = 1;
  return call;
}

// ---- the beat: every call has its own place within 20 ms ----

let beatFrom = performance.now();
let beatsDone = 0;
let eventsDone = 0;

setInterval(() => {
  if (!sending || calls.length === 0) return;
  const elapsed = performance.now() - beatFrom;
  const count = calls.length;
  const due = Math.floor((elapsed / 20) * count);
  // After a standstill of our own the missed beats are left out, as no phone sends faster than it listens.
  if (due - beatsDone > 5 * count) beatsDone = due - count;
  for (; beatsDone < due; beatsDone += 1) {
    const index = beatsDone % count;
    if (latenessCount < latenesses.length)
      latenesses[latenessCount++] = performance.now() - beatFrom - (beatsDone / count) * 20;
    sendCaller(calls[index]!);
    sentFrames += 1;
    const agent = agents[index];
    if (!agent) continue;
    speak(agent);
    sentFrames += 1;
  }
  // What is said, every six seconds a turn of each side; and the vendor's pings.
  const events = Math.floor((elapsed / 6_000) * count);
  for (; eventsDone < events; eventsDone += 1) {
    const agent = agents[eventsDone % count];
    if (!agent) continue;
    nextAnswer(agent);
    const event_id = agent.eventId;
    say(agent, {
      type: 'user_transcript',
      user_transcription_event: { user_transcript: 'Yes, that suits me.', event_id },
    });
    say(agent, {
      type: 'agent_response',
      agent_response_event: { agent_response: 'Then I will book it for you.', event_id },
    });
    say(agent, { type: 'ping', ping_event: { event_id: event_id + 1_000_000, ping_ms: 20 } });
  }
}, 1);

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

/** Everything that was sent has arrived, or will not. */
async function settle(): Promise<void> {
  sending = false;
  for (let before = -1, tries = 0; before !== receivedFrames && tries < 20; tries += 1) {
    before = receivedFrames;
    await pause(60);
  }
}

function resume(): void {
  beatFrom = performance.now();
  beatsDone = eventsDone = 0;
  sending = true;
}

/** All calls but the first so many end as the carrier ends them. Their agents are let go by the bridge: that is waited for. */
async function hangUp(left: number): Promise<void> {
  for (const call of calls.splice(left)) {
    call.number += 1;
    const stop = { accountSid: `AC${'0'.repeat(32)}`, callSid: call.streamSid.replace('MZ', 'CA') };
    const message = { event: 'stop', sequenceNumber: String(call.number), stop, streamSid: call.streamSid };
    call.socket.end(clientFrame(Buffer.from(JSON.stringify(message))));
  }
  for (let tries = 0; agents.length > left && tries < 150; tries += 1) await pause(20);
  for (const { socket } of agents.splice(left)) socket.destroy();
}

async function hold(count: number): Promise<void> {
  await settle();
  await hangUp(count);
  while (calls.length < count) {
    const many = Math.min(20, count - calls.length);
    const ready = begun + many;
    const allBegun = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the bridge does not open its agents')), 20_000);
      onBegun = () => {
        if (begun < ready) return;
        clearTimeout(timer);
        resolve();
      };
    });
    calls.push(...(await Promise.all(Array.from({ length: many }, startCall))));
    await allBegun;
  }
  resume();
  await pause(400);
}

async function measure(ms: number): Promise<LoadReport> {
  await settle();
  const before = { sent: sentFrames, received: receivedFrames };
  latencies = new Float64Array(Math.ceil((calls.length * 100 * ms) / 1_000) * 2 + 1_000);
  latencyCount = 0;
  latenesses = new Float64Array(Math.ceil((calls.length * 50 * ms) / 1_000) * 2 + 1_000);
  latenessCount = 0;
  const usage = performance.eventLoopUtilization();
  resume();
  await pause(ms);
  const busy = performance.eventLoopUtilization(usage).utilization;
  await settle();
  const sent = sentFrames - before.sent;
  const received = receivedFrames - before.received;
  const sorted = latencies.slice(0, latencyCount).sort();
  const at = (share: number, of = sorted) => of[Math.min(of.length - 1, Math.floor(of.length * share))] ?? 0;
  const lateP99 = at(0.99, latenesses.slice(0, latenessCount).sort());
  resume();
  const lost = target.agentFormat === 'ulaw_8000' ? Math.max(0, sent - received) : 0;
  const delays = { p50: at(0.5), p95: at(0.95), p99: at(0.99), most: at(1) };
  return { calls: calls.length, sent, received, lost, ...delays, busy, lateP99 };
}

/** One call after the other: until its agent was asked for, and until its first sound came back. */
async function starts(count: number): Promise<{ agentMs: number[]; soundMs: number[] }> {
  sending = false;
  const agentMs: number[] = [];
  const soundMs: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const asked = new Promise<void>(resolve => {
      onBegun = resolve;
    });
    const call = await startCall();
    const startedAt = performance.now();
    const heard = new Promise<void>(resolve => {
      call.onHeard = resolve;
    });
    await asked;
    agentMs.push(performance.now() - startedAt);
    await heard;
    soundMs.push(performance.now() - startedAt);
    calls.push(call);
    await hangUp(0);
  }
  return { agentMs, soundMs };
}

process.on('message', async (command: Command) => {
  try {
    let result: unknown = null;
    if (command.do === 'target') target = command;
    else if (command.do === 'calls') await hold(command.count);
    else if (command.do === 'measure') result = await measure(command.ms);
    else if (command.do === 'starts') result = await starts(command.count);
    else {
      await settle();
      await hangUp(0);
    }
    process.send?.({ result });
  } catch (error) {
    process.send?.({ problem: String(error) });
  }
});
process.on('disconnect', () => process.exit());
process.send?.({ result: (agentServer.address() as { port: number }).port });
