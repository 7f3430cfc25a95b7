import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { ExpressLane } from '../http/express-lane.ts';
import { headLength, writeHead } from '../http/websocket-frames.ts';
import type { Clock } from '../jobs/clock.ts';
import { MediaScanner } from '../telephony/media-scanner-protocol.ts';
import {
  type CarrierMessage,
  decodeStreamMessage,
  findMark,
  type StreamStart,
  StreamWriter,
} from '../telephony/stream-protocol.ts';

/** Whoever holds a stream. Called synchronously, in the order of the wire; `closed` once, last. */
export interface StreamListener {
  /** Base64 of mu-law, a view that is only valid during the call; the carrier's time of it, or -1. */
  media(payload: Buffer, timestampMs: number, now: number): void;
  dtmf(digit: string, now: number): void;
  mark(name: string, now: number): void;
  /** `stopped`: the carrier said that the stream is over. Without it the connection was lost. */
  closed(how: { readonly stopped: boolean; readonly code: number }, now: number): void;
}

/** After so many messages that make no sense, it is not the carrier who speaks. */
const mostOddities = 100;
/** Real carriers close at once after `stop`; who does not answer our close is cut. */
const closeMs = 2_000;
/** Audio that came while the stream's token was looked at. */
const mostWaiting = 1_000;

/** One media socket. Until somebody listens, it waits for `start` and keeps what comes after it. */
export class StreamSocket {
  /** When a message came last. */
  heardAt: number;
  /** Messages missing from the carrier's numbering. */
  gaps = 0;
  /** Messages that were ignored because they made no sense. */
  oddities = 0;
  private readonly socket: WebSocket;
  private readonly clock: Clock;
  /** Where audio goes; undefined on a connection of another kind, where all goes the ordinary way. */
  private readonly lane: ExpressLane | undefined;
  private start: StreamStart | undefined;
  private scanner: MediaScanner | undefined;
  private writer: StreamWriter | undefined;
  private listener: StreamListener | undefined;
  private waiting: CarrierMessage[] = [];
  private sequence = 0;
  private stopped = false;
  private closeCode: number | undefined;
  private cutOff: (() => void) | undefined;
  private onStart: ((start: StreamStart) => void) | undefined;
  private onGone: (() => void) | undefined;

  constructor(socket: WebSocket, wire: Duplex, clock: Clock) {
    this.socket = socket;
    this.clock = clock;
    this.heardAt = clock.now();
    this.lane = ExpressLane.open(socket, wire, true, (data, from, to) => this.takeUsual(data, from, to));
    socket.on('message', (data: Buffer, isBinary: boolean) => this.receive(data, isBinary));
    socket.on('error', () => {}); // what follows is `close`, which is where it is dealt with
    socket.on('close', code => this.lost(code));
  }

  /** Tells of the first valid `start`, or that the socket went away before one. */
  expect(onStart: (start: StreamStart) => void, onGone: () => void) {
    this.onStart = onStart;
    this.onGone = onGone;
  }

  /** From here on everything goes to the listener, beginning with what came since `start`. */
  attach(listener: StreamListener) {
    this.listener = listener;
    const { waiting } = this;
    this.waiting = [];
    for (const message of waiting) this.deliver(message, this.clock.now());
    if (this.closeCode !== undefined) this.tellClosed(this.closeCode);
  }

  get isOpen(): boolean {
    return this.closeCode === undefined && !this.stopped && this.socket.readyState === this.socket.OPEN;
  }

  get streamSid(): string | null {
    return this.start?.streamSid ?? null;
  }

  /** Bytes that the network has not taken yet. */
  get bufferedBytes(): number {
    return this.socket.bufferedAmount;
  }

  /** Audio, and a mark behind it in the same packet where there is one; `together` messages may wait for each other. */
  sendAudio(base64: Buffer | string, mark: string | null, together = 1) {
    const { writer, lane, socket } = this;
    if (!writer || !this.isOpen) return;
    if (lane) return lane.send(framesOf(lane, writer, base64, mark), together);
    socket.send(writer.media(base64), text);
    if (mark !== null) socket.send(writer.mark(mark));
  }

  sendMark(name: string) {
    if (this.writer && this.isOpen) this.say(this.writer.mark(name));
  }

  sendClear() {
    if (this.writer && this.isOpen) this.say(this.writer.clear);
  }

  /** Behind all audio that was sent before. */
  private say(message: string) {
    this.lane?.flush();
    this.socket.send(message);
  }

  /** Closes in order; whoever does not answer is cut off. */
  close(code = 1000) {
    if (this.closeCode !== undefined || this.cutOff) return;
    this.cutOff = this.clock.after(closeMs, () => this.socket.terminate());
    this.lane?.flush();
    this.socket.close(code);
  }

  terminate() {
    this.socket.terminate();
  }

  private receive(data: Buffer, isBinary: boolean) {
    const now = this.clock.now();
    this.heardAt = now;
    if (isBinary) return this.odd();
    if (!this.takeUsual(data, 0, data.length)) this.apply(decodeStreamMessage(data), now);
  }

  /** Audio and marks in their usual form, once somebody listens. Fifty times a second for every call: of audio nothing is made but a view. */
  private takeUsual(data: Buffer, from: number, to: number): boolean {
    const { scanner, listener } = this;
    if (!scanner || !listener) return false;
    if (!scanner.find(data, from, to)) return this.takeMark(data, from, to);
    const now = this.clock.now();
    this.heardAt = now;
    this.count(scanner.sequence);
    listener.media(data.subarray(scanner.audioFrom, scanner.audioTo), scanner.timestampMs, now);
    return true;
  }

  private takeMark(data: Buffer, from: number, to: number): boolean {
    const mark = findMark(data, from, to);
    if (!mark) return false;
    const now = this.clock.now();
    this.heardAt = now;
    this.apply(mark, now);
    return true;
  }

  private apply(message: CarrierMessage, now: number) {
    if (message.event === 'connected') return;
    if (message.event === 'invalid') return this.odd();
    if (message.event === 'unknown') return this.count(message.sequence);
    if (message.event === 'start') return this.begin(message);
    if (!this.start || message.streamSid !== this.start.streamSid) return this.odd();
    this.count(message.sequence);
    if (this.listener) this.deliver(message, now);
    else this.keep(message);
  }

  /** A second `start` changes nothing: one socket carries one stream. */
  private begin(start: StreamStart) {
    if (this.start) return this.odd();
    this.start = start;
    this.sequence = Math.max(0, start.sequence);
    this.scanner = new MediaScanner(start.streamSid);
    this.writer = new StreamWriter(start.streamSid);
    const { onStart } = this;
    this.onStart = undefined;
    this.onGone = undefined;
    onStart?.(start);
  }

  private keep(message: CarrierMessage) {
    if (!this.start) return;
    this.waiting.push(message);
    if (this.waiting.length > mostWaiting) this.waiting.shift();
    if (message.event === 'stop') this.stopped = true;
  }

  private deliver(message: CarrierMessage, now: number) {
    if (message.event === 'media') this.listener?.media(message.payload, message.timestampMs, now);
    else if (message.event === 'dtmf') this.listener?.dtmf(message.digit, now);
    else if (message.event === 'mark') this.listener?.mark(message.name, now);
    else if (message.event === 'stop') {
      this.stopped = true;
      this.close();
      this.tellClosed(1000);
    }
  }

  private count(sequence: number) {
    if (sequence < 0) return;
    if (sequence > this.sequence + 1) this.gaps += sequence - this.sequence - 1;
    if (sequence > this.sequence) this.sequence = sequence;
  }

  private odd() {
    this.oddities += 1;
    if (this.oddities >= mostOddities) this.socket.terminate();
  }

  private lost(code: number) {
    this.closeCode = code;
    this.cutOff?.();
    this.onGone?.();
    this.onGone = undefined;
    this.onStart = undefined;
    this.tellClosed(code);
  }

  private tellClosed(code: number) {
    const { listener } = this;
    this.listener = undefined;
    listener?.closed({ stopped: this.stopped, code }, this.clock.now());
  }
}

const text = { binary: false } as const;

/** The frame of audio and the frame of its mark, ready to be written at once. */
function framesOf(lane: ExpressLane, writer: StreamWriter, base64: Buffer | string, mark: string | null): Buffer {
  const length = writer.mediaLength(base64);
  const head = headLength(length, false);
  if (mark === null) {
    const frame = lane.room(head + length);
    writer.writeMedia(frame, writeHead(frame, 0, length, false), base64);
    return frame;
  }
  const message = writer.mark(mark);
  const markLength = Buffer.byteLength(message);
  const frames = lane.room(head + length + headLength(markLength, false) + markLength);
  const end = writer.writeMedia(frames, writeHead(frames, 0, length, false), base64);
  frames.write(message, writeHead(frames, end, markLength, false));
  return frames;
}
