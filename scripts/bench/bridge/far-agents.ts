import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { Line } from './line.ts';
import { type Ear, frameBytes, type Tally } from './tally.ts';
import { acceptOf, frameReader, numberAfter, plain, serverFrame, writeStamp } from './wire.ts';

/** Frames of noise as telephones send them; other formats carry nothing that could be told apart. */
export const noise = Buffer.from(Array.from({ length: frameBytes }, (_, at) => 0x90 + ((at * 37) % 60))).toString(
  'base64',
);

const audioHead = '{"user_audio_chunk":"';
const audioTail = '"}';
/** What tells an audio message from the others that begin with "user_": its eighth letter. */
const [kindAt, audioKind] = [7, 'a'.charCodeAt(0)];

interface Agent {
  readonly line: Line;
  readonly ear: Ear;
  frame: Buffer;
  stampAt: number;
  number: number;
  eventId: number;
  begun: boolean;
}

/** The server of agents: each says 20 ms of audio when it is told to, and hears its caller. */
export class FarAgents {
  readonly all: Agent[] = [];
  /** Conversations that began since the process did, and who wants to know of the next one. */
  begun = 0;
  onBegun: (() => void) | undefined;
  /** The vendor's name of the audio format. */
  format = 'ulaw_8000';
  private readonly tally: Tally;
  private readonly server = createServer((request, response) => {
    // The signed address of a conversation.
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ signed_url: `ws://${request.headers.host}/v1/convai/conversation?agent_id=bench` }));
  });

  constructor(tally: Tally) {
    this.tally = tally;
    this.server.on('upgrade', (request, socket) => {
      if (!(socket instanceof Socket)) return void socket.destroy();
      const accept = acceptOf(request.headers['sec-websocket-key'] ?? '');
      const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
      socket.write([...lines, `Sec-WebSocket-Accept: ${accept}`, '\r\n'].join('\r\n'));
      this.serve(socket);
    });
  }

  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  /** Telephone audio is stamped; of what has to be transcoded frames are only counted. */
  get stamped(): boolean {
    return this.format === 'ulaw_8000';
  }

  speak(agent: Agent, now: number): void {
    if (this.stamped) {
      writeStamp(agent.frame, agent.stampAt, now, agent.number, plain, 0);
      agent.number = numberAfter(agent.number);
    }
    agent.line.write(agent.frame);
  }

  /** What is said in one turn of each side; the audio that follows belongs to the next answer. */
  turn(agent: Agent): void {
    this.nextAnswer(agent);
    const { eventId: event_id } = agent;
    const said = { user_transcript: 'Yes, that suits me.', event_id };
    const answer = { agent_response: 'Then I will book it for you.', event_id };
    const ping = { event_id: event_id + 1_000_000, ping_ms: 20 };
    say(agent.line, { type: 'user_transcript', user_transcription_event: said });
    say(agent.line, { type: 'agent_response', agent_response_event: answer });
    say(agent.line, { type: 'ping', ping_event: ping });
  }

  private serve(socket: Socket): void {
    const read = frameReader((data, start, length, key, opcode) => {
      if (opcode === 8) return line.end();
      if (opcode !== 1) return;
      if (!agent.begun) return this.begin(agent);
      if ((data[start + kindAt]! ^ data[key + (kindAt & 3)]!) !== audioKind) return;
      const letters = length - audioHead.length - audioTail.length;
      if (this.stamped) this.tally.heard(agent.ear, data, start + audioHead.length, letters, start, key);
      else this.tally.received += 1;
    });
    const line = new Line(socket, read);
    const agent: Agent = {
      line,
      ear: { last: -1 },
      frame: Buffer.alloc(0),
      stampAt: 0,
      number: 0,
      eventId: 0,
      begun: false,
    };
    this.nextAnswer(agent);
    socket.on('close', () => {
      const at = this.all.indexOf(agent);
      if (at >= 0) this.all.splice(at, 1);
    });
  }

  private begin(agent: Agent): void {
    const { format } = this;
    const metadata = {
      conversation_id: `conv_${process.pid}_${this.begun}`,
      agent_output_audio_format: format,
      user_input_audio_format: format,
    };
    agent.begun = true;
    say(agent.line, {
      type: 'conversation_initiation_metadata',
      conversation_initiation_metadata_event: metadata,
    });
    this.all.push(agent);
    this.begun += 1;
    this.speak(agent, performance.now());
    this.onBegun?.();
  }

  /** Audio carries the number of the answer it belongs to, as the vendor's does. */
  private nextAnswer(agent: Agent): void {
    agent.eventId += 1;
    const event = { audio_base_64: this.stamped ? noise : wideAudio(this.format), event_id: agent.eventId };
    agent.frame = serverFrame(Buffer.from(JSON.stringify({ type: 'audio', audio_event: event })));
    agent.stampAt = agent.frame.indexOf('base_64":"') + 10;
  }
}

const say = (line: Line, message: object) => line.write(serverFrame(Buffer.from(JSON.stringify(message))));

/** 20 ms of linear samples of two bytes. */
const wideAudio = (format: string): string =>
  Buffer.alloc((Number(format.slice('pcm_'.length)) / 50) * 2, 3).toString('base64');
