import { randomFillSync } from 'node:crypto';

/*
 * Text frames of WebSocket (RFC 6455) as far as audio needs them: whole messages that are written by us, and the heads of those
 * that come in. Everything else that frames can be is the library's work.
 */

const text = 0x81;
const maskBit = 0x80;
const keyLength = 4;

/** How many bytes stand before a message of this length. */
export const headLength = (length: number, masked: boolean): number =>
  (length < 126 ? 2 : length < 65_536 ? 4 : 10) + (masked ? keyLength : 0);

/** Writes the head of a text frame at `at`; the message is to follow where the answer says. */
export function writeHead(frame: Buffer, at: number, length: number, masked: boolean): number {
  const bit = masked ? maskBit : 0;
  frame[at] = text;
  let next = at + 2;
  if (length < 126) frame[at + 1] = bit | length;
  else if (length < 65_536) {
    frame[at + 1] = bit | 126;
    frame[at + 2] = length >> 8;
    frame[at + 3] = length & 0xff;
    next = at + 4;
  } else {
    frame[at + 1] = bit | 127;
    frame.writeBigUInt64BE(BigInt(length), at + 2);
    next = at + 10;
  }
  if (!masked) return next;
  if (poolAt === pool.length) {
    randomFillSync(pool);
    poolAt = 0;
  }
  for (let index = 0; index < keyLength; index += 1) frame[next + index] = pool[poolAt++]!;
  return next + keyLength;
}

/** Keys must not be guessable, and asking for four random bytes at a time costs more than the frame. */
const pool = new Uint8Array(8_192);
let poolAt = pool.length;

/** Masks a message, or takes its mask off: the key stands right before it. */
export function applyMask(data: Buffer, from: number, to: number): void {
  const [first, second, third, fourth] = [data[from - 4]!, data[from - 3]!, data[from - 2]!, data[from - 1]!];
  let at = from;
  for (const whole = to - 3; at < whole; at += 4) {
    data[at]! ^= first;
    data[at + 1]! ^= second;
    data[at + 2]! ^= third;
    data[at + 3]! ^= fourth;
  }
  if (at < to) data[at]! ^= first;
  if (at + 1 < to) data[at + 1]! ^= second;
  if (at + 2 < to) data[at + 2]! ^= third;
}

/** Bytes of the frame that begins at `at`, its head included; -1 while too little of the head is there, before `to`, to say. */
export function frameLength(data: Buffer, at: number, to: number): number {
  if (at + 2 > to) return -1;
  const short = data[at + 1]! & 0x7f;
  const masked = (data[at + 1]! & maskBit) === 0 ? 0 : keyLength;
  if (short < 126) return 2 + masked + short;
  if (short === 126) return at + 4 > to ? -1 : 4 + masked + ((data[at + 2]! << 8) | data[at + 3]!);
  return at + 10 > to ? -1 : 10 + masked + Number(data.readBigUInt64BE(at + 2));
}

/** Where the message of a whole text frame begins, when it is one of at most 64 KiB and masked as it should be; else -1. */
export function messageStart(data: Buffer, at: number, masked: boolean): number {
  if (data[at] !== text || (data[at + 1]! & maskBit) !== (masked ? maskBit : 0)) return -1;
  const short = data[at + 1]! & 0x7f;
  if (short === 127) return -1;
  return at + (short === 126 ? 4 : 2) + (masked ? keyLength : 0);
}
