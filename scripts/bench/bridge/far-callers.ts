import { once } from 'node:events';
import { connect } from 'node:net';
import { noise } from './far-agents.ts';
import { Line } from './line.ts';
import type { Ear, Tally } from './tally.ts';
import { CallerFrame, clientFrame, firstSequence, frameReader, upgradeRequest } from './wire.ts';

const payloadKey = Buffer.from('"payload":"');
const mediaTail = '"}}';
const accountSid = `AC${'0'.repeat(32)}`;

interface Call {
  readonly line: Line;
  readonly streamSid: string;
  readonly callSid: string;
  readonly frame: CallerFrame;
  readonly ear: Ear;
  heard: boolean;
  onHeard?: () => void;
}

/** The carrier: opens media streams, sends what callers say, and echoes marks. */
export class FarCallers {
  readonly all: Call[] = [];
  target = { port: 0, path: '/' };
  /** Whether agents' audio is stamped. */
  stamped = true;
  private readonly tally: Tally;
  private count = 0;

  constructor(tally: Tally) {
    this.tally = tally;
  }

  speak(call: Call, now: number): void {
    call.line.write(call.frame.next(now));
  }

  async call(): Promise<Call> {
    const { port, path } = this.target;
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(upgradeRequest(`127.0.0.1:${port}`, path));
    await once(socket, 'data'); // the switch of protocols; nothing else comes before we speak
    this.count += 1;
    const id = String(this.count).padStart(32, '0');
    const [streamSid, callSid] = [`MZ${id}`, `CA${id}`];
    const line = new Line(
      socket,
      frameReader((data, start, length, _key, opcode) => {
        if (opcode === 1) this.hear(call, data, start, length);
      }),
    );
    const frame = new CallerFrame(streamSid, noise);
    const call: Call = { line, streamSid, callSid, frame, ear: { last: -1 }, heard: false };
    const start = {
      accountSid,
      streamSid,
      callSid,
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters: { token: `bench-${id}` },
    };
    send(line, { event: 'connected', protocol: 'Call', version: '1.0.0' });
    send(line, { event: 'start', sequenceNumber: String(firstSequence), start, streamSid });
    return call;
  }

  hangUp(call: Call): void {
    const { streamSid, callSid } = call;
    const sequenceNumber = String(++call.frame.sequence);
    send(call.line, { event: 'stop', sequenceNumber, stop: { accountSid, callSid }, streamSid });
    call.line.end();
  }

  private hear(call: Call, data: Buffer, start: number, length: number): void {
    const at = payloadIn(data, start, Math.min(length, 160));
    if (at < 0) {
      this.echo(call, data.toString('latin1', start, start + length));
      return;
    }
    const letters = length - (at - start) - mediaTail.length;
    if (this.stamped) this.tally.heard(call.ear, data, at, letters, start, -1);
    else this.tally.received += 1;
    if (call.heard) return;
    call.heard = true;
    call.onHeard?.();
  }

  private echo(call: Call, message: string): void {
    const name = /"mark":\{"name":("[^"]*")/.exec(message)?.[1];
    if (!name) return;
    const sequence = ++call.frame.sequence;
    const { streamSid } = call;
    const echo = `{"event":"mark","sequenceNumber":"${sequence}","streamSid":"${streamSid}","mark":{"name":${name}}}`;
    call.line.write(clientFrame(Buffer.from(echo)));
  }
}

const send = (line: Line, message: object) => line.write(clientFrame(Buffer.from(JSON.stringify(message))));

/** Where the audio of a media message begins; -1 for other messages. The key is looked for by its rarest letter. */
function payloadIn(data: Buffer, start: number, length: number): number {
  const [letter, back] = [0x79, 3]; // the y of "payload"
  for (let at = start + back; at < start + length; at += 1) {
    if (data[at] !== letter) continue;
    const from = at - back;
    let same = 0;
    while (same < payloadKey.length && data[from + same] === payloadKey[same]) same += 1;
    if (same === payloadKey.length) return from + same;
  }
  return -1;
}
