/** What a batch may take of a reply: the reply's other fields need little, and 16 MB is the limit of a document. */
export const maxBatchBytes = 16_000_000;

/**
 * The encoded reply `{cursor: {<batchName>: [...], id, ns}, ok: 1}`, put together from documents that are encoded
 * already, so that each is encoded once however its size decides where the batch ends.
 */
export function encodeCursorReply(
  batchName: 'firstBatch' | 'nextBatch',
  documents: readonly Uint8Array[],
  cursorId: bigint,
  namespace: string,
): Buffer {
  let arrayBytes = 5;
  for (let i = 0; i < documents.length; i++) arrayBytes += 2 + String(i).length + documents[i]!.length;
  const nameBytes = Buffer.byteLength(namespace);
  const cursorBytes = 4 + (2 + batchName.length + arrayBytes) + (1 + 3 + 8) + (1 + 3 + 4 + nameBytes + 1) + 1;
  const total = 4 + (1 + 7 + cursorBytes) + (1 + 3 + 8) + 1;
  const out = Buffer.allocUnsafe(total);
  let at = out.writeInt32LE(total, 0);
  at = writeName(out, at, 0x03, 'cursor');
  at = out.writeInt32LE(cursorBytes, at);
  at = writeName(out, at, 0x04, batchName);
  at = out.writeInt32LE(arrayBytes, at);
  for (let i = 0; i < documents.length; i++) {
    at = writeName(out, at, 0x03, String(i));
    out.set(documents[i]!, at);
    at += documents[i]!.length;
  }
  at = out.writeUInt8(0, at);
  at = writeName(out, at, 0x12, 'id');
  at = out.writeBigInt64LE(cursorId, at);
  at = writeName(out, at, 0x02, 'ns');
  at = out.writeInt32LE(nameBytes + 1, at);
  at += out.write(namespace, at, 'utf8');
  at = out.writeUInt8(0, at);
  at = out.writeUInt8(0, at);
  at = writeName(out, at, 0x01, 'ok');
  at = out.writeDoubleLE(1, at);
  out.writeUInt8(0, at);
  return out;
}

function writeName(out: Buffer, at: number, type: number, name: string): number {
  out[at] = type;
  const end = at + 1 + out.write(name, at + 1, 'latin1');
  out[end] = 0;
  return end + 1;
}
