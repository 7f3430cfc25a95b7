import { crc32c } from './crc32c.ts';
import { documentBytesAt, messageHeader, opcodes, WireError, type WireMessage } from './framing.ts';

const flags = { checksumPresent: 1, moreToCome: 2, exhaustAllowed: 1 << 16 } as const;
/** The lower 16 bits are required: a receiver must refuse those it does not know. */
const unknownRequiredFlags = 0xffff & ~(flags.checksumPresent | flags.moreToCome);

/** A command as it came over the wire: still encoded, so that decoding errors stay with the command's reader. */
export interface CommandMessage {
  readonly requestId: number;
  /** The client waits for no answer. */
  readonly moreToCome: boolean;
  readonly body: Buffer;
  /** Document sequences by the field they stand for. */
  readonly sequences: ReadonlyMap<string, readonly Buffer[]>;
}

/** Takes an OP_MSG apart; throws a WireError for anything malformed. */
export function parseOpMsg(message: WireMessage): CommandMessage {
  const bytes = message.body;
  if (bytes.length < 5) throw new WireError('An OP_MSG is cut short');
  const bits = bytes.readUInt32LE(0);
  if (bits & unknownRequiredFlags) throw new WireError(`OP_MSG carries unknown required flags (${bits})`);
  const end = bits & flags.checksumPresent ? checkedEnd(message) : bytes.length;
  let body: Buffer | undefined;
  const sequences = new Map<string, Buffer[]>();
  let offset = 4;
  while (offset < end) {
    const kind = bytes[offset++]!;
    if (kind === 0) {
      if (body) throw new WireError('An OP_MSG carries two bodies');
      body = documentBytesAt(bytes.subarray(0, end), offset);
      offset += body.length;
    } else if (kind === 1) {
      if (offset + 4 > end) throw new WireError('A document sequence is cut short');
      const size = bytes.readInt32LE(offset);
      if (size < 5 || offset + size > end) throw new WireError(`A document sequence claims ${size} bytes`);
      const [name, documents] = parseSequence(bytes.subarray(offset + 4, offset + size));
      if (sequences.has(name)) throw new WireError(`The document sequence ${name} comes twice`);
      sequences.set(name, documents);
      offset += size;
    } else {
      throw new WireError(`OP_MSG has no section of kind ${kind}`);
    }
  }
  if (!body) throw new WireError('An OP_MSG carries no body');
  return { requestId: message.requestId, moreToCome: (bits & flags.moreToCome) !== 0, body, sequences };
}

function checkedEnd(message: WireMessage): number {
  const end = message.body.length - 4;
  if (end < 5) throw new WireError('An OP_MSG is too short for its checksum');
  if (crc32c(message.whole.subarray(0, message.whole.length - 4)) !== message.body.readUInt32LE(end)) {
    throw new WireError('The checksum of an OP_MSG does not fit');
  }
  return end;
}

function parseSequence(bytes: Buffer): [string, Buffer[]] {
  const nameEnd = bytes.indexOf(0);
  if (nameEnd < 0) throw new WireError('A document sequence has no name');
  const documents: Buffer[] = [];
  for (let offset = nameEnd + 1; offset < bytes.length; ) {
    const document = documentBytesAt(bytes, offset);
    documents.push(document);
    offset += document.length;
  }
  return [bytes.toString('utf8', 0, nameEnd), documents];
}

/** The chunks of an OP_MSG that answers `responseTo` with one encoded document. */
export function opMsgReply(document: Uint8Array, requestId: number, responseTo: number): Uint8Array[] {
  const start = Buffer.alloc(5); // no flags, one section of kind 0
  return [messageHeader(5 + document.length, requestId, responseTo, opcodes.message), start, document];
}
