import type { WebSocket } from 'ws';
import { type AudioFrame, suppressedFrame } from '../audio/audio-frame.ts';
import type { TwinClock } from '../clock.ts';
import { type DeliverMap, delivery, isLoopback } from './deliver-map.ts';
import type { StreamFault } from './fault-board.ts';
import { type FrameWriter, openFrameWriter } from './frame-writer.ts';
import type { FarEnd } from './line.ts';
import {
  connectedMessage,
  decodeProductMessage,
  dtmfMessage,
  markMessage,
  mediaMessage,
  type ProductMessage,
  type StreamIdentity,
  startMessage,
  stopMessage,
} from './media-messages.ts';
import { createPlayoutBuffer } from './playout-buffer.ts';
import { createStreamImpairment } from './stream-impairment.ts';
import type { TwinLedger, ViolationKind } from './twin-ledger.ts';
import { signRequest } from './webhook-signature.ts';

export interface MediaStreamOptions {
  url: string;
  identity: StreamIdentity;
  /** The direction or directions that are sent; only a bidirectional stream also plays what it receives. */
  tracks: readonly ('inbound' | 'outbound')[];
  bidirectional: boolean;
  customParameters: Record<string, string>;
  authToken: string;
  deliver: DeliverMap;
  clock: TwinClock;
  ledger: TwinLedger;
  faults: readonly StreamFault[];
  /** Told of audio as it arrives, before it is played. */
  onAudio?: (audio: Buffer) => void;
}

export interface MediaStream extends FarEnd {
  /** Resolves when the stream is over, with the error code the debugger shows, if any. */
  readonly closed: Promise<{ code?: number; detail?: string }>;
  readonly streamSid: string;
  sendAudio(track: 'inbound' | 'outbound', frame: Pick<AudioFrame, 'base64'>): void;
  press(digit: string): void;
  /** Says `stop`, and closes the socket a moment later. */
  stop(): void;
  /** Drops the connection without a word. */
  terminate(): void;
  readonly queuedMs: number;
}

/** The connection could not be made; `code` is what the debugger shows. */
export class StreamRefused extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'StreamRefused';
    this.code = code;
  }
}

const handshakeTimeoutMs = 10_000;
/** Real time, from when our `stop` was read: what comes so much later was sent by somebody who knew better. */
const graceAfterStopMs = 1_000;
const lingerAfterStopMs = 1_500;
const mostUnsentBytes = 512 * 1024;
const mostViolations = 20;

/** Dials the product's media socket as Twilio does and speaks the Media Streams protocol over it. */
export async function openMediaStream(options: MediaStreamOptions): Promise<MediaStream> {
  const { ledger, identity } = options;
  const publicUrl = checkedUrl(options);
  const { url: target, mapped } = delivery(publicUrl, options.deliver);
  // What stands behind a public address (another container, say) is the business of whoever wrote the map.
  if (!target.startsWith('wss:') && !mapped && !isLoopback(target)) {
    throw new StreamRefused(31922, `${target}: only wss is allowed, except to this machine`);
  }
  if (options.faults.some(fault => fault.kind === 'stream-refused')) {
    throw new StreamRefused(31902, 'connection refused (a fault of the sandbox)');
  }
  const writer = openFrameWriter(target, {
    perMessageDeflate: false,
    handshakeTimeout: handshakeTimeoutMs,
    maxPayload: 64 * 1024 * 1024,
    headers: {
      host: new URL(publicUrl).host,
      'user-agent': 'Twilio.TmeWs/1.0',
      'x-twilio-signature': signRequest(options.authToken, publicUrl),
      'accept-encoding': 'gzip',
    },
  });
  return opened(writer.socket, () => new StreamSession(writer, options, { ledger, identity }));
}

/** The address as it is dialled and signed: absolute, without its query. */
function checkedUrl({ url, ledger, identity }: MediaStreamOptions): string {
  if (!URL.canParse(url)) throw new StreamRefused(31923, `malformed URL ${url.slice(0, 100)}`);
  const parsed = new URL(url);
  if (parsed.protocol !== 'wss:' && parsed.protocol !== 'ws:')
    throw new StreamRefused(31922, `scheme ${parsed.protocol} is not wss`);
  if (parsed.search) {
    ledger.violation(
      'stream-url',
      `the query ${parsed.search} of ${url} never reaches the server; use <Parameter>`,
      identity.callSid,
    );
  }
  parsed.search = '';
  parsed.hash = '';
  return parsed.href;
}

/** The session is made inside the `open` event: the server's first frame may follow in the same packet. */
function opened<T>(socket: WebSocket, start: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => {
      socket.removeAllListeners('error');
      socket.removeAllListeners('unexpected-response');
      resolve(start());
    });
    socket.once('unexpected-response', (request, response) => {
      request.destroy();
      reject(new StreamRefused(31920, `the handshake was answered with HTTP ${response.statusCode}`));
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const code = { ECONNREFUSED: 31902, ENOTFOUND: 31904, EHOSTUNREACH: 31904, ECONNRESET: 31903 }[error.code ?? ''];
      const tls = /certificate|SSL|TLS/i.test(error.message) ? 31910 : undefined;
      const late = /timed out/i.test(error.message) ? 31901 : undefined;
      reject(new StreamRefused(code ?? tls ?? late ?? 31920, error.message || String(error.code)));
    });
  });
}

class StreamSession implements MediaStream {
  readonly closed: Promise<{ code?: number; detail?: string }>;
  readonly streamSid: string;
  private readonly socket: WebSocket;
  private readonly writer: FrameWriter;
  private readonly options: MediaStreamOptions;
  private readonly ledger: TwinLedger;
  private readonly identity: StreamIdentity;
  private readonly playout = createPlayoutBuffer();
  private readonly impairment: ReturnType<typeof createStreamImpairment>;
  private readonly chunks = { inbound: 0, outbound: 0 };
  private readonly warned = new Set<number>();
  private sequence = 1;
  private sent = 0;
  private stoppedAt: number | undefined;
  /** When we knew that the server has read our `stop`. */
  private stopReadAt: number | undefined;
  private violations = 0;
  private failure: { code?: number; detail?: string } = {};
  private lingering: NodeJS.Timeout | undefined;

  constructor(
    writer: FrameWriter,
    options: MediaStreamOptions,
    shared: { ledger: TwinLedger; identity: StreamIdentity },
  ) {
    const { socket } = writer;
    this.socket = socket;
    this.writer = writer;
    this.options = options;
    this.ledger = shared.ledger;
    this.identity = shared.identity;
    this.streamSid = shared.identity.streamSid;
    this.impairment = createStreamImpairment(options.faults, {
      clock: options.clock,
      cut: () => this.terminate(),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
    });
    this.closed = new Promise(resolve => {
      socket.on('close', () => {
        clearTimeout(this.lingering);
        this.impairment.close();
        if (this.stoppedAt === undefined && this.failure.code === undefined)
          this.failure = { code: 31921, detail: 'the server closed the websocket' };
        this.stoppedAt ??= performance.now();
        resolve(this.failure);
      });
    });
    socket.on('error', error => {
      this.failure = { code: 31924, detail: error.message };
      if (!('code' in error) || String(error.code).startsWith('WS_ERR'))
        this.violate('stream-websocket-protocol', error.message);
    });
    socket.on('message', (data: Buffer, isBinary: boolean) => this.receive(data, isBinary));
    socket.send(connectedMessage);
    socket.send(startMessage(shared.identity, options.tracks, options.customParameters));
  }

  get queuedMs(): number {
    return this.playout.queuedMs;
  }

  play(): Buffer | undefined {
    const { frame, reached } = this.playout.take();
    for (const name of reached) this.echo(name);
    return frame;
  }

  hear(frame: AudioFrame): void {
    this.sendAudio('inbound', frame);
  }

  sendAudio(track: 'inbound' | 'outbound', frame: Pick<AudioFrame, 'base64'>): void {
    if (this.stoppedAt !== undefined) return;
    // With both tracks the two frames of one moment carry the same timestamp.
    const step = Math.floor(this.sent++ / this.options.tracks.length);
    const at = this.impairment.firstTimestampMs + step * 20;
    this.impairment.advance(step * 20);
    if (this.stoppedAt !== undefined) return; // cut off at this very moment
    if (frame === suppressedFrame || this.impairment.dropsFrame()) return;
    if (this.socket.bufferedAmount > mostUnsentBytes) {
      this.warnOnce(31930, 'inbound audio dropped: the server does not keep up');
      return;
    }
    this.impairment.pass(() => {
      if (this.stoppedAt !== undefined) return;
      this.chunks[track] += 1;
      this.writer.sendAscii(mediaMessage(this.streamSid, ++this.sequence, track, this.chunks[track], at, frame.base64));
    });
  }

  press(digit: string): void {
    if (this.stoppedAt === undefined && this.options.bidirectional) {
      this.socket.send(dtmfMessage(this.streamSid, ++this.sequence, digit));
    }
  }

  stop(): void {
    if (this.stoppedAt !== undefined) return;
    this.stoppedAt = performance.now();
    this.impairment.close();
    if (this.impairment.halfOpen) this.socket.resume();
    else {
      this.socket.send(stopMessage(this.identity, ++this.sequence));
      // Answered in its turn: what comes before the answer was on its way, however long a busy machine made it wait.
      this.socket.once('pong', () => {
        this.stopReadAt = performance.now();
      });
      if (this.socket.readyState === this.socket.OPEN) this.socket.ping();
    }
    this.lingering = setTimeout(() => this.closeSocket(), lingerAfterStopMs);
  }

  terminate(): void {
    this.failure = { code: 31903, detail: 'the connection went away' };
    this.stoppedAt ??= performance.now();
    this.socket.terminate();
  }

  private closeSocket(): void {
    this.socket.close(1000);
    // The library waits 30 s for the other side's close frame; a caller who has hung up does not.
    this.lingering = setTimeout(() => this.socket.terminate(), 2_000);
  }

  private echo(name: string): void {
    if (this.stoppedAt === undefined) this.socket.send(markMessage(this.streamSid, ++this.sequence, name));
  }

  private receive(data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      this.warnOnce(31950, 'undecodable (binary) message');
      this.violate('stream-binary-frame', `a binary frame of ${data.length} bytes`);
      return;
    }
    const message = decodeProductMessage(data.toString(), this.streamSid);
    if (message.event === 'violation') {
      this.warnOnce(31951, message.detail);
      this.violate(message.kind, message.detail);
    } else if (!this.options.bidirectional) {
      this.violate('stream-send-not-allowed', `${message.event} on a unidirectional stream`);
    } else if (this.stoppedAt !== undefined) {
      const lateMs = this.stopReadAt === undefined ? 0 : Math.round(performance.now() - this.stopReadAt);
      if (message.event === 'media' && lateMs > graceAfterStopMs) {
        this.violate('stream-media-after-stop', `media ${lateMs} ms after stop was read`);
      }
    } else this.apply(message);
  }

  private apply(message: Exclude<ProductMessage, { event: 'violation' }>): void {
    if (message.event === 'media') {
      this.options.onAudio?.(message.audio);
      const lost = this.playout.addAudio(message.audio);
      if (lost > 0 && this.warnOnce(31931, 'more than 10 minutes of audio are buffered')) {
        this.violate('stream-buffer-overflow', `${lost} bytes above the 10 minutes the buffer holds`);
      }
    } else if (message.event === 'mark') {
      if (this.playout.addMark(message.name)) this.echo(message.name);
    } else {
      for (const name of this.playout.clear()) this.echo(name);
    }
  }

  private violate(kind: ViolationKind, detail: string): void {
    this.violations += 1;
    // A product that is wrong in every frame would fill the ledger within seconds.
    if (this.violations <= mostViolations) this.ledger.violation(kind, detail, this.identity.callSid);
  }

  /** Twilio gives each of these warnings once per stream. */
  private warnOnce(code: number, detail: string): boolean {
    if (this.warned.has(code)) return false;
    this.warned.add(code);
    this.ledger.alert(code, detail, this.identity.callSid);
    return true;
  }
}
