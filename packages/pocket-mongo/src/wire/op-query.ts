import { documentBytesAt, messageHeader, opcodes, WireError, type WireMessage } from './framing.ts';

/** A legacy query; drivers still send their very first `hello` this way. */
export interface LegacyQuery {
  readonly requestId: number;
  readonly namespace: string;
  readonly body: Buffer;
}

/** Takes an OP_QUERY apart; throws a WireError for anything malformed. */
export function parseOpQuery(message: WireMessage): LegacyQuery {
  const bytes = message.body;
  const nameEnd = bytes.indexOf(0, 4);
  if (nameEnd < 0) throw new WireError('An OP_QUERY is cut short');
  return {
    requestId: message.requestId,
    namespace: bytes.toString('utf8', 4, nameEnd),
    body: documentBytesAt(bytes, nameEnd + 9),
  };
}

/** The chunks of an OP_REPLY that answers `responseTo` with one encoded document. */
export function opReply(document: Uint8Array, requestId: number, responseTo: number): Uint8Array[] {
  const start = Buffer.alloc(20); // no flags, no cursor, from 0
  start.writeInt32LE(8, 0); // AwaitCapable, as every server since 1.6 says
  start.writeInt32LE(1, 16);
  return [messageHeader(20 + document.length, requestId, responseTo, opcodes.reply), start, document];
}
