import { createHash } from 'node:crypto';

/*
 * The WebSocket framing of the load side, by hand: the machine that makes the load has one core as well, and must not be what is
 * measured. Frames of text only, of less than 64 KiB, never fragmented, which is what every bridge here sends.
 */

const text = 0x81;
const maskBytes = [0x3a, 0xc5, 0x91, 0x6e] as const;
export const mask: Uint8Array = Uint8Array.from(maskBytes);

/** A text frame of a server. */
export function serverFrame(payload: Buffer): Buffer {
  const head = payload.length < 126 ? 2 : 4;
  const frame = Buffer.allocUnsafe(head + payload.length);
  frame[0] = text;
  if (head === 2) frame[1] = payload.length;
  else {
    frame[1] = 126;
    frame.writeUInt16BE(payload.length, 2);
  }
  payload.copy(frame, head);
  return frame;
}

/** A text frame of a client, masked as the protocol wants it. */
export function clientFrame(payload: Buffer): Buffer {
  const head = payload.length < 126 ? 2 : 4;
  const frame = Buffer.allocUnsafe(head + 4 + payload.length);
  frame[0] = text;
  if (head === 2) frame[1] = 0x80 | payload.length;
  else {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(payload.length, 2);
  }
  frame.set(mask, head);
  const start = head + 4;
  for (let at = 0; at < payload.length; at += 1) frame[start + at] = payload[at]! ^ maskBytes[at & 3]!;
  return frame;
}

/** A frame of the other side, where it lies; `key` is the offset of its mask, or -1. */
export type OnFrame = (data: Buffer, start: number, length: number, key: number, opcode: number) => void;

/** Cuts what a socket brings into frames. */
export function frameReader(onFrame: OnFrame): (chunk: Buffer) => void {
  let rest: Buffer | undefined;
  return chunk => {
    const data = rest ? Buffer.concat([rest, chunk]) : chunk;
    rest = undefined;
    let at = 0;
    while (at + 2 <= data.length) {
      const opcode = data[at]! & 0x0f;
      const masked = (data[at + 1]! & 0x80) !== 0;
      let length = data[at + 1]! & 0x7f;
      let start = at + 2;
      if (length === 126) {
        if (start + 2 > data.length) break;
        length = data.readUInt16BE(start);
        start += 2;
      } else if (length === 127) {
        if (start + 8 > data.length) break;
        length = Number(data.readBigUInt64BE(start));
        start += 8;
      }
      const key = masked ? start : -1;
      if (masked) start += 4;
      if (start + length > data.length) break;
      onFrame(data, start, length, key, opcode);
      at = start + length;
    }
    if (at < data.length) rest = Buffer.from(data.subarray(at));
  };
}

export const acceptOf = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

export const upgradeRequest = (host: string, path: string): string =>
  [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: YmVuY2ggYmVuY2ggYmVuYw==',
    'Sec-WebSocket-Version: 13',
    '\r\n',
  ].join('\r\n');

const letters = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const values = new Uint8Array(256);
for (const [value, letter] of letters.entries()) values[letter] = value;

/** Eight letters of base64 say when audio was sent, in hundredths of a millisecond: they travel as the audio they stand in. */
export const stampLength = 8;

export function writeStamp(target: Buffer, at: number, now: number): void {
  let left = Math.floor(now * 100);
  for (let index = stampLength - 1; index >= 0; index -= 1) {
    target[at + index] = letters[left % 64]!;
    left = Math.floor(left / 64);
  }
}

export function readStamp(data: Uint8Array, at: number): number {
  let value = 0;
  for (let index = 0; index < stampLength; index += 1) value = value * 64 + values[data[at + index]!]!;
  return value / 100;
}
