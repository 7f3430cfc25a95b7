import { base64End } from '../audio/base64-text.ts';
import type { MediaMessage } from './stream-protocol.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const eventMedia = bytes('"event":"media"');
const sequenceNumber = bytes('"sequenceNumber":"');
const streamSidKey = bytes('"streamSid":"');
const media = bytes('"media":{');
const track = bytes('"track":"inbound"');
const chunk = bytes('"chunk":"');
const timestamp = bytes('"timestamp":"');
const payloadKey = bytes('"payload":"');

const quote = 0x22;
const comma = 0x2c;
const closingBrace = 0x7d;
const mostDigits = 15;

const matches = (data: Uint8Array, at: number, token: Uint8Array): boolean => {
  for (let index = 0; index < token.length; index += 1) if (data[at + index] !== token[index]) return false;
  return true;
};

/**
 * Finds audio frames of one stream without parsing them. A frame has the usual form when it holds exactly the fields that the
 * carrier documents, in any order, without white space and escapes; of everything else it says undefined, and the message is
 * then parsed in full. It sees fifty frames a second for every call, so it makes no string of them.
 */
export class MediaScanner {
  /** What the last frame said that was found to be audio: its numbers, and where its base64 lies. */
  sequence = -1;
  timestampMs = -1;
  audioFrom = 0;
  audioTo = 0;
  private readonly streamSid: string;
  private readonly sid: Uint8Array;
  private at = 0;
  private number = -1;

  constructor(streamSid: string) {
    this.streamSid = streamSid;
    // Its own few bytes: a piece of the shared pool would keep the whole pool alive as long as the call.
    this.sid = new Uint8Array(bytes(`${streamSid}"`));
  }

  scan(data: Buffer): MediaMessage | undefined {
    if (!this.find(data, 0, data.length)) return undefined;
    const { streamSid, sequence, timestampMs } = this;
    return { event: 'media', streamSid, sequence, timestampMs, payload: data.subarray(this.audioFrom, this.audioTo) };
  }

  /** Whether the bytes from `begin` to `end` are an audio frame. */
  find(data: Buffer, begin: number, end: number): boolean {
    if (data[begin] !== 0x7b) return false;
    this.at = begin + 1;
    let seen = 0;
    let sequence = -1;
    let timestampMs = -1;
    let from = 0;
    let to = 0;
    for (;;) {
      const start = this.at;
      if (matches(data, start, eventMedia)) {
        if (seen & 1) return false;
        seen |= 1;
        this.at = start + eventMedia.length;
      } else if (matches(data, start, sequenceNumber)) {
        if (seen & 2 || !this.readNumber(data, start + sequenceNumber.length)) return false;
        seen |= 2;
        sequence = this.number;
      } else if (matches(data, start, streamSidKey)) {
        if (seen & 4 || !matches(data, start + streamSidKey.length, this.sid)) return false;
        seen |= 4;
        this.at = start + streamSidKey.length + this.sid.length;
      } else if (matches(data, start, media)) {
        if (seen & 8) return false;
        seen |= 8;
        this.at = start + media.length;
        let inner = 0;
        for (;;) {
          const field = this.at;
          if (matches(data, field, payloadKey)) {
            if (inner & 1) return false;
            inner |= 1;
            from = field + payloadKey.length;
            to = base64End(data, from);
            if (to < 0 || data[to] !== quote) return false;
            this.at = to + 1;
          } else if (matches(data, field, timestamp)) {
            if (inner & 2 || !this.readNumber(data, field + timestamp.length)) return false;
            inner |= 2;
            timestampMs = this.number;
          } else if (matches(data, field, chunk)) {
            if (inner & 4 || !this.readNumber(data, field + chunk.length)) return false;
            inner |= 4;
          } else if (matches(data, field, track)) {
            if (inner & 8) return false;
            inner |= 8;
            this.at = field + track.length;
          } else return false;
          const next = data[this.at++];
          if (next === closingBrace) break;
          if (next !== comma) return false;
        }
        if (!(inner & 1)) return false;
      } else return false;
      const next = data[this.at++];
      if (next === closingBrace) break;
      if (next !== comma) return false;
    }
    if ((seen & 13) !== 13 || this.at !== end) return false;
    this.sequence = sequence;
    this.timestampMs = timestampMs;
    this.audioFrom = from;
    this.audioTo = to;
    return true;
  }

  /** A decimal number and its closing quote. */
  private readNumber(data: Uint8Array, from: number): boolean {
    let value = 0;
    let at = from;
    for (let digit = data[at]! - 0x30; digit >= 0 && digit <= 9; digit = data[at]! - 0x30) {
      value = value * 10 + digit;
      at += 1;
    }
    if (at === from || at - from > mostDigits || data[at] !== quote) return false;
    this.number = value;
    this.at = at + 1;
    return true;
  }
}
