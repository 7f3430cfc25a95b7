import type { Duplex } from 'node:stream';
import { type RawData, WebSocket } from 'ws';
import { ExpressLane } from '../../http/express-lane.ts';
import { applyMask, headLength, writeHead } from '../../http/websocket-frames.ts';
import type { AudioMessage } from './audio-message-protocol.ts';
import { AudioScanner } from './audio-scanner-protocol.ts';
import {
  audioMessage,
  audioMessageLength,
  readServerMessage,
  type ServerMessage,
  writeAudioMessage,
} from './elevenlabs-protocol.ts';

/** Whoever holds the socket. After `closed`, `failed` or `refused` it hears nothing more that matters. */
export interface SessionSocketListener {
  opened(): void;
  /** False when audio cannot be taken now; it then comes again as a message. */
  audio(base64: Buffer, eventId: number): boolean;
  message(message: ServerMessage): void;
  binary(): void;
  pong(): void;
  /** The upgrade was answered with this status instead. */
  refused(status: number): void;
  failed(code: string, connecting: boolean): void;
  closed(code: number, reason: string): void;
}

/** Audio of whole sentences and more comes in one frame; anything longer is no speech. */
const longestFrame = 16 * 1024 * 1024;
/** Minutes of caller audio that the network does not take: whoever fills this buffer gets no more in. */
const fullBuffer = 1024 * 1024;
/** A buffer is sent as what it is, a text frame. */
const text = { binary: false } as const;

/** One connection to the vendor: messages go through the library, audio past it. */
export class SessionSocket {
  private readonly socket: WebSocket;
  private readonly listener: SessionSocketListener;
  private readonly scanner = new AudioScanner();
  private lane: ExpressLane | undefined;

  constructor(address: string, handshakeTimeout: number, listener: SessionSocketListener) {
    this.listener = listener;
    this.socket = new WebSocket(address, {
      perMessageDeflate: false,
      maxPayload: longestFrame,
      handshakeTimeout,
      followRedirects: false,
    });
    this.listen(this.socket);
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** Bytes accepted that the network has not taken yet. */
  get bufferedBytes(): number {
    return this.lane ? this.lane.bufferedBytes : this.socket.bufferedAmount;
  }

  send(message: string) {
    if (this.isOpen) this.socket.send(message);
  }

  sendAudio(base64: Buffer | string) {
    if (!this.isOpen || this.bufferedBytes >= fullBuffer) return;
    if (this.lane) this.lane.send(audioFrame(this.lane, base64));
    else this.socket.send(audioMessage(base64), text);
  }

  ping() {
    if (this.isOpen) this.socket.ping();
  }

  close(code: number, reason: string) {
    this.socket.close(code, reason);
  }

  onceClosed(run: () => void) {
    this.socket.once('close', run);
  }

  terminate() {
    this.socket.terminate();
  }

  private listen(socket: WebSocket) {
    const { listener } = this;
    let wire: Duplex | undefined;
    socket.on('upgrade', response => {
      wire = response.socket;
    });
    socket.on('open', () => {
      if (wire) this.lane = ExpressLane.open(socket, wire, false, (data, from, to) => this.takeAudio(data, from, to));
      wire = undefined;
      listener.opened();
    });
    // The vendor sends text only; `nodebuffer` is how the library hands over both.
    socket.on('message', (data: RawData, binary: boolean) => {
      if (binary) return listener.binary();
      const message = readServerMessage(data as Buffer);
      if (message.kind === 'audio') this.learn(data as Buffer, message);
      listener.message(message);
    });
    socket.on('pong', () => listener.pong());
    socket.on('unexpected-response', (_request, response) => {
      response.destroy();
      listener.refused(response.statusCode ?? 0);
    });
    socket.on('error', error => {
      listener.failed((error as { code?: string }).code ?? '', socket.readyState === WebSocket.CONNECTING);
    });
    socket.on('close', (code, reason) => listener.closed(code, String(reason)));
  }

  private takeAudio(data: Buffer, from: number, to: number): boolean {
    const { scanner } = this;
    if (!scanner.find(data, from, to)) return false;
    return this.listener.audio(data.subarray(scanner.audioFrom, scanner.audioTo), scanner.eventId);
  }

  private learn(data: Buffer, { from, base64 }: AudioMessage) {
    if (from !== undefined) this.scanner.learn(data, from, from + base64.length);
  }
}

/** Caller audio as a whole frame, masked as a client's must be. */
function audioFrame(lane: ExpressLane, base64: Buffer | string): Buffer {
  const length = audioMessageLength(base64);
  const frame = lane.room(headLength(length, true) + length);
  const start = writeHead(frame, 0, length, true);
  writeAudioMessage(frame, start, base64);
  applyMask(frame, start, frame.length);
  return frame;
}
