import { crc32 } from 'node:zlib';

/**
 * Journals and snapshots are sequences of frames, each what one commit wrote:
 *
 *     "PMFR"  length  CRC of payload  sequence  CRC of these 16 bytes  payload
 *
 * The header has a checksum of its own. Without it a flipped bit in a length would look like a frame cut short at the
 * end of the file, and everything behind it would be thrown away as a torn tail.
 */
export const frameHeaderBytes = 20;
const magic = 0x52464d50;
/** No commit is larger; a length beyond it is damage. */
export const maxFrameBytes = 1 << 30;

export type FrameAt =
  | { readonly kind: 'frame'; readonly payload: Buffer; readonly end: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'broken'; readonly reason: string };

/** The header that goes before a payload. `salt` differs from file to file, so that no content can pass for a frame. */
export function frameHeader(payload: Uint8Array, sequence: number, salt: Buffer): Buffer {
  const header = Buffer.allocUnsafe(frameHeaderBytes);
  header.writeUInt32LE(magic, 0);
  header.writeUInt32LE(payload.length, 4);
  header.writeUInt32LE(crc32(payload), 8);
  header.writeUInt32LE(sequence >>> 0, 12);
  header.writeUInt32LE(headerChecksum(header, salt), 16);
  return header;
}

/** What stands at `offset`: the frame with this sequence number, the end of the file, or something broken. */
export function readFrame(bytes: Buffer, offset: number, sequence: number, salt: Buffer): FrameAt {
  if (offset === bytes.length) return { kind: 'end' };
  if (offset + frameHeaderBytes > bytes.length) return { kind: 'broken', reason: 'a frame header is cut short' };
  const header = bytes.subarray(offset, offset + frameHeaderBytes);
  if (!isHeader(header, salt)) return { kind: 'broken', reason: 'a frame header does not fit its checksum' };
  if (header.readUInt32LE(12) !== sequence >>> 0) return { kind: 'broken', reason: 'a frame is out of sequence' };
  const start = offset + frameHeaderBytes;
  const end = start + header.readUInt32LE(4);
  if (end > bytes.length) return { kind: 'broken', reason: 'a frame is cut short' };
  const payload = bytes.subarray(start, end);
  if (crc32(payload) !== header.readUInt32LE(8)) return { kind: 'broken', reason: 'a frame does not fit its checksum' };
  return { kind: 'frame', payload, end };
}

/**
 * Is there an undamaged frame behind `offset`? A crash tears only the last commit; so anything whole behind a broken
 * frame proves that acknowledged data was damaged.
 */
export function frameFollows(bytes: Buffer, offset: number, salt: Buffer): boolean {
  const pattern = Buffer.alloc(4);
  pattern.writeUInt32LE(magic);
  for (let at = bytes.indexOf(pattern, offset); at >= 0; at = bytes.indexOf(pattern, at + 1)) {
    if (at + frameHeaderBytes > bytes.length) return false;
    const header = bytes.subarray(at, at + frameHeaderBytes);
    // The header of the broken frame itself may be whole; a torn write loses the end first.
    if (at > offset && isHeader(header, salt)) return true;
  }
  return false;
}

function isHeader(header: Buffer, salt: Buffer): boolean {
  return (
    header.readUInt32LE(0) === magic &&
    header.readUInt32LE(16) === headerChecksum(header, salt) &&
    header.readUInt32LE(4) <= maxFrameBytes
  );
}

function headerChecksum(header: Buffer, salt: Buffer): number {
  return crc32(header.subarray(0, 16), crc32(salt));
}
