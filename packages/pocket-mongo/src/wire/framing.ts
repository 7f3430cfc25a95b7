/** The largest message a client may send, as announced in `hello`. */
export const maxMessageBytes = 48_000_000;
const headerBytes = 16;

export const opcodes = { reply: 1, query: 2004, compressed: 2012, message: 2013 } as const;

/** Bytes that are no MongoDB message: nothing after them can be trusted, so the connection has to end. */
export class WireError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WireError';
  }
}

/** One whole message as it arrived. `body` is what follows the 16 header bytes. */
export interface WireMessage {
  readonly requestId: number;
  readonly opcode: number;
  readonly body: Buffer;
  /** The message with its header, which a checksum covers. */
  readonly whole: Buffer;
}

/** Cuts a byte stream, however it is split, into whole messages; refuses lengths no client may send. */
export class MessageReader {
  #chunks: Buffer[] = [];
  #buffered = 0;
  #needed = headerBytes;

  /** Takes the next bytes of the stream and returns the messages they complete. */
  push(chunk: Buffer): WireMessage[] {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    const messages: WireMessage[] = [];
    // Joining only when enough has arrived keeps a large message in many pieces linear.
    while (this.#buffered >= this.#needed) {
      const bytes = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
      const length = bytes.readInt32LE(0);
      if (length < headerBytes || length > maxMessageBytes) {
        throw new WireError(`A message of ${length} bytes is outside of 16 to ${maxMessageBytes}`);
      }
      if (bytes.length < length) {
        this.#chunks = [bytes];
        this.#needed = length;
        break;
      }
      messages.push({
        requestId: bytes.readInt32LE(4),
        opcode: bytes.readInt32LE(12),
        body: bytes.subarray(headerBytes, length),
        whole: bytes.subarray(0, length),
      });
      const rest = bytes.subarray(length);
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#buffered = rest.length;
      this.#needed = headerBytes;
    }
    return messages;
  }
}

/** The 16 bytes that start a message of `bodyLength` further bytes. */
export function messageHeader(bodyLength: number, requestId: number, responseTo: number, opcode: number): Buffer {
  const header = Buffer.allocUnsafe(headerBytes);
  header.writeInt32LE(headerBytes + bodyLength, 0);
  header.writeInt32LE(requestId, 4);
  header.writeInt32LE(responseTo, 8);
  header.writeInt32LE(opcode, 12);
  return header;
}

/** The BSON document at `offset`, by its own length; refuses one that leaves its container. */
export function documentBytesAt(bytes: Buffer, offset: number): Buffer {
  if (offset + 5 > bytes.length) throw new WireError('A document is cut short');
  const length = bytes.readInt32LE(offset);
  if (length < 5 || offset + length > bytes.length) throw new WireError(`A document claims ${length} bytes`);
  return bytes.subarray(offset, offset + length);
}
