import { createHash } from 'node:crypto';

/*
 * The WebSocket framing of the load side, by hand: the machine that makes the load has one core as well, and must not be what is
 * measured. Frames of text only, of less than 64 KiB, never fragmented, which is what every bridge here sends.
 */

const text = 0x81;
const maskBytes = [0x3a, 0xc5, 0x91, 0x6e] as const;
const mask: Uint8Array = Uint8Array.from(maskBytes);

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

/** Cuts what a socket brings into frames: `size` bytes at the beginning of a chunk that may be used again afterwards. */
export function frameReader(onFrame: OnFrame): (chunk: Buffer, size: number) => void {
  let rest: Buffer | undefined;
  return (chunk, size) => {
    const data = rest ? Buffer.concat([rest, chunk.subarray(0, size)]) : chunk;
    const end = rest ? data.length : size;
    rest = undefined;
    let at = 0;
    while (at + 2 <= end) {
      const opcode = data[at]! & 0x0f;
      const masked = (data[at + 1]! & 0x80) !== 0;
      let length = data[at + 1]! & 0x7f;
      let start = at + 2;
      if (length === 126) {
        if (start + 2 > end) break;
        length = data.readUInt16BE(start);
        start += 2;
      } else if (length === 127) {
        if (start + 8 > end) break;
        length = Number(data.readBigUInt64BE(start));
        start += 8;
      }
      const key = masked ? start : -1;
      if (masked) start += 4;
      if (start + length > end) break;
      onFrame(data, start, length, key, opcode);
      at = start + length;
    }
    if (at < end) rest = Buffer.from(data.subarray(at, end));
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

/*
 * Audio of the far ends begins with twelve letters of base64, nine bytes, which travel as the audio they stand in: eight letters say
 * when it was sent, in hundredths of a millisecond, and four which frame of its call it is. So delay, order and loss are told by the
 * bytes of a frame without reading its message.
 */
const timeLetters = 8;
const numberLetters = 4;
const numbers = 64 ** numberLetters;

/** `key` holds four bytes that are laid over what is written, and `from` is where they begin. */
export function writeStamp(
  target: Buffer,
  at: number,
  now: number,
  number: number,
  key: Uint8Array,
  from: number,
): void {
  let time = Math.floor(now * 100);
  for (let index = at + timeLetters - 1; index >= at; index -= 1) {
    target[index] = letters[time % 64]! ^ key[(index - from) & 3]!;
    time = Math.floor(time / 64);
  }
  let left = number;
  for (let index = at + timeLetters + numberLetters - 1; index >= at + timeLetters; index -= 1) {
    target[index] = letters[left & 63]! ^ key[(index - from) & 3]!;
    left >>= 6;
  }
}

/** No mask. */
export const plain: Uint8Array = new Uint8Array(4);

/** What the stamp that was read last says. */
export const stamp = { sentAt: 0, number: 0 };

/** Reads a stamp from a message that begins at `start`, with its mask at `key`, or none where that is negative. */
export function readStamp(data: Uint8Array, at: number, start: number, key: number): void {
  let time = 0;
  let number = 0;
  const bare = (index: number) => (key < 0 ? data[index]! : data[index]! ^ data[key + ((index - start) & 3)]!);
  for (let index = at; index < at + timeLetters; index += 1) time = time * 64 + values[bare(index)]!;
  for (let index = at + timeLetters; index < at + timeLetters + numberLetters; index += 1)
    number = (number << 6) | values[bare(index)]!;
  stamp.sentAt = time / 100;
  stamp.number = number;
}

/** The same of audio that was decoded, as frames that were joined are no whole groups of letters any more. */
export function readDecodedStamp(audio: Buffer, at: number): void {
  stamp.sentAt = audio.readUIntBE(at, 6) / 100;
  stamp.number = audio.readUIntBE(at + 6, 3);
}

export const numberAfter = (number: number): number => (number + 1) % numbers;

/** Numbers of a stream begin so high that they do not become longer, and a frame keeps its form. */
export const firstSequence = 100_000;
const firstTimestamp = 10_000_000;

/** A caller's frame, masked, of which only digits and the stamp are written anew. */
export class CallerFrame {
  readonly bytes: Buffer;
  sequence = firstSequence;
  /** Frames until now; the sequence counts marks, too. */
  private count = 0;
  private readonly start: number;
  private readonly sequenceAt: number;
  private readonly chunkAt: number;
  private readonly timestampAt: number;
  private readonly stampAt: number;

  constructor(streamSid: string, audio: string) {
    const message = Buffer.from(
      `{"event":"media","sequenceNumber":"${firstSequence}","media":{"track":"inbound","chunk":"${firstSequence}","timestamp":"${firstTimestamp}","payload":"${audio}"},"streamSid":"${streamSid}"}`,
    );
    this.bytes = clientFrame(message);
    this.start = this.bytes.length - message.length;
    const behind = (key: string) => this.start + message.indexOf(key) + key.length;
    this.sequenceAt = behind('"sequenceNumber":"');
    this.chunkAt = behind('"chunk":"');
    this.timestampAt = behind('"timestamp":"');
    this.stampAt = behind('"payload":"');
  }

  /** The next frame of the stream, sent now. */
  next(now: number): Buffer {
    const { count } = this;
    this.count += 1;
    this.sequence += 1;
    this.digits(this.sequenceAt, this.sequence, 6);
    this.digits(this.chunkAt, firstSequence + count, 6);
    this.digits(this.timestampAt, firstTimestamp + count * 20, 8);
    writeStamp(this.bytes, this.stampAt, now, count % numbers, mask, this.start);
    return this.bytes;
  }

  private digits(at: number, number: number, count: number): void {
    const { bytes, start } = this;
    let left = number;
    for (let index = at + count - 1; index >= at; index -= 1) {
      bytes[index] = (0x30 + (left % 10)) ^ maskBytes[(index - start) & 3]!;
      left = Math.floor(left / 10);
    }
  }
}
