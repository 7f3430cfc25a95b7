import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { getSystemErrorName } from 'node:util';

/*
 * A write of a stream in Node passes six functions, makes three objects and asks to be told that it is over, although the system takes a
 * frame of audio at once nearly always. Where a connection is plain TCP and its stream holds nothing back, a frame can be given to the
 * system directly, from memory that is used again. What that needs is found by letting a socket without a connection write; where Node is
 * built otherwise nothing is found, and everything is written by way of the stream.
 */

/** What a write is remembered by while the system has not taken all of it. */
interface WriteRequest {
  /** Keeps what is being written from the collector. */
  buffer?: Buffer;
  oncomplete?: (status: number) => void;
}

interface Handle {
  writeBuffer(request: WriteRequest, data: Buffer): number;
  /** Bytes that were given and not taken. */
  readonly writeQueueSize: number;
}

const Request = findRequest();

/** Longer frames are written by way of the stream. */
const mostBytes = 4_096;

/** Frames of a call are of a few lengths, so that cutting the memory to size is seldom needed. */
class Memory {
  private readonly bytes = Buffer.allocUnsafeSlow(mostBytes);
  private readonly cuts: (Buffer | undefined)[] = new Array(mostBytes + 1).fill(undefined);

  cut(length: number): Buffer {
    const known = this.cuts[length];
    if (known) return known;
    const cut = this.bytes.subarray(0, length);
    this.cuts[length] = cut;
    return cut;
  }
}

/** Shared by all connections: a frame is built and given to the system before the next one is begun. */
const shared = { memory: new Memory(), request: Request ? new Request() : undefined };

/** Writes past a connection's stream, as long as nothing that was written before it waits. */
export class DirectWrites {
  private readonly wire: Socket;
  private waitingBytes = 0;
  private lent: Buffer | null = null;

  private constructor(wire: Socket) {
    this.wire = wire;
  }

  /** Undefined where the connection is encrypted, is watched for being idle, or is not of the kind we know. */
  static open(wire: Duplex): DirectWrites | undefined {
    if (!Request || !(wire instanceof Socket) || wire instanceof TLSSocket || wire.timeout) return undefined;
    const handle = handleOf(wire);
    const known = typeof handle?.writeBuffer === 'function' && typeof handle.writeQueueSize === 'number';
    return known ? new DirectWrites(wire) : undefined;
  }

  /** What was written and the system has not taken yet; the stream does not count it. */
  get bufferedBytes(): number {
    return this.waitingBytes;
  }

  /** Memory for so many bytes, which belongs to the caller until the next frame of any connection. */
  room(length: number): Buffer {
    if (length > mostBytes) return Buffer.allocUnsafe(length);
    this.lent = shared.memory.cut(length);
    return this.lent;
  }

  /** What is to be written later needs memory of its own. */
  keep(data: Buffer): Buffer {
    return data === this.lent ? Buffer.from(data) : data;
  }

  /** Writes at once or, behind what waits, by way of the stream: the order is that of the calls, whoever writes. */
  write(data: Buffer): void {
    const { wire } = this;
    const { request } = shared;
    const handle = handleOf(wire);
    if (!handle || !request || data.length > mostBytes || this.waitingBytes > 0 || wire.writableLength > 0) {
      wire.write(this.keep(data));
      return;
    }
    // What cannot be written at all is told by the stream, where it fails in the same way.
    if (handle.writeBuffer(request, data) !== 0) wire.write(this.keep(data));
    else if (handle.writeQueueSize > 0) this.wait(request, data);
  }

  /** The system took a part, and the rest lies where it was written: that memory is not used again. */
  private wait(request: WriteRequest, data: Buffer) {
    const { wire } = this;
    if (data === this.lent) shared.memory = new Memory();
    shared.request = Request && new Request();
    this.waitingBytes = data.length;
    request.buffer = data;
    request.oncomplete = status => {
      this.waitingBytes = 0;
      if (status < 0) wire.destroy(new Error(`write ${getSystemErrorName(status)}`));
    };
  }
}

function handleOf(wire: Socket): Handle | null {
  return (wire as { readonly _handle?: Handle | null })._handle ?? null;
}

function findRequest(): (new () => WriteRequest) | undefined {
  let found: (new () => WriteRequest) | undefined;
  const handle = {
    writeBuffer(request: WriteRequest) {
      found = request.constructor as new () => WriteRequest;
      return 0;
    },
    close: (closed?: () => void) => closed?.(),
  };
  try {
    const probe = new Socket({ handle, readable: false, writable: true, manualStart: true } as object);
    probe.on('error', () => undefined);
    probe.write(Buffer.alloc(1));
    probe.destroy();
  } catch {
    return undefined;
  }
  return found && found !== (Object as unknown) ? found : undefined;
}
