import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { DirectWrites } from '../../../src/http/direct-writes.ts';
import { canShareReads, readBytes, shareReads } from '../../../src/http/shared-reads.ts';

/** All lines read into the same memory, as what came is looked at before anything else is read. */
const incoming = Buffer.allocUnsafeSlow(readBytes);

/** A far end's connection: plain TCP that is read and written past Node's streams, since the load must cost less than what it loads. */
export class Line {
  private readonly socket: Socket;
  private readonly direct: DirectWrites | undefined;

  constructor(socket: Socket, take: (chunk: Buffer, size: number) => void) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.setTimeout(0);
    this.direct = DirectWrites.open(socket);
    socket.on('error', () => socket.destroy());
    const wire: Duplex = socket;
    if (canShareReads(wire)) shareReads(wire, incoming, take);
    else wire.on('data', (chunk: Buffer) => take(chunk, chunk.length));
  }

  /** The bytes may be changed afterwards. */
  write(bytes: Buffer): void {
    const { direct } = this;
    if (!direct) return void this.socket.write(Buffer.from(bytes));
    const room = direct.room(bytes.length);
    room.set(bytes);
    direct.write(room);
  }

  end(bytes?: Buffer): void {
    if (bytes) this.write(bytes);
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }
}
