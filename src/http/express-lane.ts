import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { DirectWrites } from './direct-writes.ts';
import { canShareReads, readBytes, shareReads } from './shared-reads.ts';
import { applyMask, frameLength, messageStart } from './websocket-frames.ts';

/**
 * Looks at a text message from `from` to `to`; true when that was all there is to do with it, false to have it come the ordinary
 * way. The bytes are only valid during the call, and must not be changed.
 */
export type TakeMessage = (data: Buffer, from: number, to: number) => boolean;

/** Everything is worked on while it is read, so all connections share two buffers: of one side each, as one may write to the other. */
const incoming = { masked: Buffer.allocUnsafeSlow(readBytes), plain: Buffer.allocUnsafeSlow(readBytes) } as const;

/** So long frames wait for company: two more at twenty milliseconds each, and a little. */
const companyMs = 45;
const waiting = new Map<ExpressLane, number>();
const company: { timer?: NodeJS.Timeout | undefined } = {};

function waitFor(lane: ExpressLane) {
  waiting.set(lane, performance.now());
  company.timer ??= setTimeout(endWaiting, companyMs);
}

/** Those that have waited long enough stand first. */
function endWaiting() {
  const until = performance.now() - companyMs + 1;
  company.timer = undefined;
  for (const [lane, since] of waiting) {
    if (since > until) {
      company.timer = setTimeout(endWaiting, since - until);
      return;
    }
    lane.flush();
  }
}

/**
 * A short way past the WebSocket library for the one message that comes fifty times a second: a whole text frame is shown to
 * `take` where it lies in what the socket read, and what was built as a frame is written in one piece. The library stays in
 * charge of the connection: every other byte goes to it in order and at once, parts of frames included, so it sees a stream of
 * whole frames with only taken ones missing.
 */
export class ExpressLane {
  private readonly socket: WebSocket;
  private readonly wire: Duplex;
  private readonly masked: boolean;
  private readonly take: TakeMessage;
  private readonly ordinary: (chunk: Buffer) => void;
  private readonly onData: (chunk: Buffer) => void;
  /** Undefined where everything is written by way of the stream. */
  private readonly direct: DirectWrites | undefined;
  /** Bytes still to come of a frame whose beginning the library already has. */
  private owed = 0;
  /** The beginning of a frame that does not tell its length yet; the library has it, too. */
  private begun: Buffer | null = null;
  /** Within a message of several frames nothing is taken, as its parts are no messages. */
  private fragmented = false;
  /** The library has stopped reading, because all is over. */
  private done = false;
  /** The library has paused the wire: what is left of this chunk is for it alone. */
  private waiting = false;
  /** Frames that wait for others, to be written with them. */
  private held: Buffer[] = [];
  private heldBytes = 0;
  /** What is read lies in a buffer that others use, too. */
  private shared = false;

  private constructor(
    socket: WebSocket,
    wire: Duplex,
    masked: boolean,
    take: TakeMessage,
    ordinary: (chunk: Buffer) => void,
  ) {
    this.socket = socket;
    this.wire = wire;
    this.masked = masked;
    this.take = take;
    this.ordinary = ordinary;
    this.direct = DirectWrites.open(wire);
    this.onData = chunk => {
      this.receive(chunk, chunk.length);
      this.share();
    };
    wire.off('data', ordinary);
    wire.on('data', this.onData);
    this.share();
  }

  /** `masked`: frames come from a client. Undefined where the library does not read from the wire in the way we know. */
  static open(socket: WebSocket, wire: Duplex, masked: boolean, take: TakeMessage): ExpressLane | undefined {
    const readers = wire.listeners('data');
    if (readers.length !== 1 || socket.readyState !== socket.OPEN) return undefined;
    return new ExpressLane(socket, wire, masked, take, readers[0] as (chunk: Buffer) => void);
  }

  /** Where frames are to be built that are given to `send` next, before anything else is sent by anybody. */
  room(length: number): Buffer {
    return this.direct ? this.direct.room(length) : Buffer.allocUnsafe(length);
  }

  /**
   * Writes whole frames, at once or, where `together` is more than one, when so many were given or the first has waited long enough
   * for the others. To be called only while the socket is open. Whoever sends something through the library flushes first.
   */
  send(frames: Buffer, together = 1) {
    const { held, direct } = this;
    if (together <= 1 && held.length === 0) return this.write(frames);
    held.push(direct ? direct.keep(frames) : frames);
    this.heldBytes += frames.length;
    if (held.length >= together) this.flush();
    else if (held.length === 1) waitFor(this);
  }

  /** Writes what waits for company. */
  flush() {
    const { held, socket } = this;
    if (held.length === 0) return;
    this.held = [];
    this.heldBytes = 0;
    waiting.delete(this);
    if (socket.readyState === socket.OPEN) this.write(held.length === 1 ? held[0]! : Buffer.concat(held));
  }

  private write(frames: Buffer) {
    if (this.direct) this.direct.write(frames);
    else this.wire.write(frames);
  }

  /** Bytes that the network has not taken yet. */
  get bufferedBytes(): number {
    return this.wire.writableLength + this.heldBytes + (this.direct?.bufferedBytes ?? 0);
  }

  /** What the stream has taken in already comes from it first, or the order would be lost. */
  private share() {
    const { wire } = this;
    if (this.shared || this.done || wire.readableLength > 0 || !canShareReads(wire)) return;
    this.shared = true;
    shareReads(wire, this.masked ? incoming.masked : incoming.plain, (data, length) => this.receive(data, length));
  }

  private receive(chunk: Buffer, size: number) {
    if (this.done) return;
    let at = this.owed > 0 || this.begun ? this.goOn(chunk, size) : 0;
    while (at < size && !this.done) {
      const length = frameLength(chunk, at, size);
      const end = at + length;
      if (length < 0 || end > size) return this.begin(chunk, at, size, length);
      if (!this.taken(chunk, at, end)) this.pass(chunk, at, end);
      at = end;
    }
  }

  private taken(chunk: Buffer, at: number, end: number): boolean {
    const { masked, socket } = this;
    if (this.fragmented || this.waiting || socket.readyState !== socket.OPEN) return false;
    const from = messageStart(chunk, at, masked);
    if (from < 0) return false;
    if (!masked) return this.take(chunk, from, end);
    applyMask(chunk, from, end);
    if (this.take(chunk, from, end)) return true;
    applyMask(chunk, from, end);
    return false;
  }

  /** The rest of a frame that the library has the beginning of; tells where it ends in this chunk. */
  private goOn(chunk: Buffer, size: number): number {
    if (this.begun) {
      const known = Buffer.concat([this.begun, chunk.subarray(0, Math.min(16, size))]);
      const length = frameLength(known, 0, known.length);
      if (length < 0) {
        this.begun = known;
        this.hand(chunk, 0, size);
        return size;
      }
      this.owed = length - this.begun.length;
      this.begun = null;
    }
    const end = Math.min(this.owed, size);
    this.owed -= end;
    if (end > 0) this.hand(chunk, 0, end);
    return end;
  }

  private begin(chunk: Buffer, at: number, size: number, length: number) {
    if (length < 0) this.begun = Buffer.from(chunk.subarray(at, size));
    else this.owed = length - (size - at);
    this.pass(chunk, at, size);
  }

  private pass(chunk: Buffer, at: number, end: number) {
    const [first, kind] = [chunk[at]!, chunk[at]! & 0x0f];
    const last = (first & 0x80) !== 0;
    if (kind === 0 && last) this.fragmented = false;
    else if ((kind === 1 || kind === 2) && !last) this.fragmented = true;
    this.hand(chunk, at, end);
  }

  /**
   * The library listens itself while it is given its bytes, and as long as it wants no more of them: where it stops listening,
   * because the connection is over, so do we.
   */
  private hand(chunk: Buffer, at: number, end: number) {
    const { wire, ordinary } = this;
    // What the library may answer stands behind what was said before.
    this.flush();
    const part = at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end);
    // The library keeps what it is given for as long as it likes.
    const bytes = this.shared ? Buffer.from(part) : part;
    if (this.waiting) return ordinary.call(wire, bytes);
    wire.on('data', ordinary);
    ordinary.call(wire, bytes);
    if (!wire.isPaused()) return this.takeBack();
    this.waiting = true;
    wire.off('data', this.onData);
    wire.once('resume', () => {
      this.waiting = false;
      wire.on('data', this.onData);
      this.takeBack();
    });
  }

  private takeBack() {
    const { wire, ordinary } = this;
    this.done = wire.listenerCount('data', ordinary) === 0;
    wire.off('data', this.done ? this.onData : ordinary);
  }
}
