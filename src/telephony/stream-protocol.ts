import { base64End, isBase64Text } from '../audio/base64-text.ts';

/** What the carrier says over a media stream. Numbers it left out or misspelt are -1; they are for counting, not for deciding. */
export type CarrierMessage =
  | { readonly event: 'connected' }
  | StreamStart
  | MediaMessage
  | { readonly event: 'dtmf'; readonly streamSid: string; readonly sequence: number; readonly digit: string }
  | { readonly event: 'mark'; readonly streamSid: string; readonly sequence: number; readonly name: string }
  | { readonly event: 'stop'; readonly streamSid: string; readonly sequence: number }
  | { readonly event: 'unknown'; readonly sequence: number }
  | { readonly event: 'invalid'; readonly problem: string };

export interface StreamStart {
  readonly event: 'start';
  readonly sequence: number;
  readonly streamSid: string;
  readonly callSid: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface MediaMessage {
  readonly event: 'media';
  readonly streamSid: string;
  readonly sequence: number;
  readonly timestampMs: number;
  /** Base64 of µ-law, as it came: a view of the frame where that was possible. */
  readonly payload: Buffer;
}

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
  private readonly streamSid: string;
  private readonly sid: Uint8Array;
  private at = 0;
  private number = -1;

  constructor(streamSid: string) {
    this.streamSid = streamSid;
    this.sid = bytes(`${streamSid}"`);
  }

  scan(data: Buffer): MediaMessage | undefined {
    if (data[0] !== 0x7b) return undefined;
    this.at = 1;
    let seen = 0;
    let sequence = -1;
    let timestampMs = -1;
    let from = 0;
    let to = 0;
    for (;;) {
      const start = this.at;
      if (matches(data, start, eventMedia)) {
        if (seen & 1) return undefined;
        seen |= 1;
        this.at = start + eventMedia.length;
      } else if (matches(data, start, sequenceNumber)) {
        if (seen & 2 || !this.readNumber(data, start + sequenceNumber.length)) return undefined;
        seen |= 2;
        sequence = this.number;
      } else if (matches(data, start, streamSidKey)) {
        if (seen & 4 || !matches(data, start + streamSidKey.length, this.sid)) return undefined;
        seen |= 4;
        this.at = start + streamSidKey.length + this.sid.length;
      } else if (matches(data, start, media)) {
        if (seen & 8) return undefined;
        seen |= 8;
        this.at = start + media.length;
        let inner = 0;
        for (;;) {
          const field = this.at;
          if (matches(data, field, payloadKey)) {
            if (inner & 1) return undefined;
            inner |= 1;
            from = field + payloadKey.length;
            to = base64End(data, from);
            if (to < 0 || data[to] !== quote) return undefined;
            this.at = to + 1;
          } else if (matches(data, field, timestamp)) {
            if (inner & 2 || !this.readNumber(data, field + timestamp.length)) return undefined;
            inner |= 2;
            timestampMs = this.number;
          } else if (matches(data, field, chunk)) {
            if (inner & 4 || !this.readNumber(data, field + chunk.length)) return undefined;
            inner |= 4;
          } else if (matches(data, field, track)) {
            if (inner & 8) return undefined;
            inner |= 8;
            this.at = field + track.length;
          } else return undefined;
          const next = data[this.at++];
          if (next === closingBrace) break;
          if (next !== comma) return undefined;
        }
        if (!(inner & 1)) return undefined;
      } else return undefined;
      const next = data[this.at++];
      if (next === closingBrace) break;
      if (next !== comma) return undefined;
    }
    if ((seen & 13) !== 13 || this.at !== data.length) return undefined;
    return { event: 'media', streamSid: this.streamSid, sequence, timestampMs, payload: data.subarray(from, to) };
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

/** Decodes any text frame of the carrier by parsing it. Unknown events pass as such; a known one that is malformed is invalid. */
export function decodeStreamMessage(data: Buffer): CarrierMessage {
  const message = parseObject(data);
  if (!message) return invalid('not a JSON object');
  const event = message['event'];
  if (typeof event !== 'string') return invalid('event is missing');
  if (event === 'connected') return { event };
  const sequence = numberOf(message['sequenceNumber']);
  if (!knownEvents.has(event)) return { event: 'unknown', sequence };
  const streamSid = message['streamSid'];
  if (typeof streamSid !== 'string' || streamSid === '') return invalid(`${event}.streamSid is missing`);
  if (event === 'stop') return { event, streamSid, sequence };
  const inner = message[event];
  if (!isObject(inner)) return invalid(`${event}.${event} is missing`);
  if (event === 'media') return mediaOf(inner, streamSid, sequence);
  if (event === 'start') return startOf(inner, streamSid, sequence);
  const text = inner[event === 'dtmf' ? 'digit' : 'name'];
  if (event === 'mark')
    return typeof text === 'string' ? { event, streamSid, sequence, name: text } : invalid('mark.name is missing');
  if (typeof text !== 'string' || !/^[0-9A-D*#]$/.test(text)) return invalid('dtmf.digit is no key of a telephone');
  return { event: 'dtmf', streamSid, sequence, digit: text };
}

const knownEvents = new Set(['start', 'media', 'dtmf', 'mark', 'stop']);

const invalid = (problem: string): CarrierMessage => ({ event: 'invalid', problem });

function mediaOf(inner: Record<string, unknown>, streamSid: string, sequence: number): CarrierMessage {
  const payload = inner['payload'];
  if (typeof payload !== 'string') return invalid('media.payload is missing');
  if (!isBase64Text(payload)) return invalid('media.payload is not base64');
  const side = inner['track'];
  // On a bidirectional stream there is no other track; what we said ourselves must never come back as the caller's voice.
  if (side !== undefined && side !== 'inbound') return { event: 'unknown', sequence };
  const timestampMs = numberOf(inner['timestamp']);
  return { event: 'media', streamSid, sequence, timestampMs, payload: Buffer.from(payload, 'latin1') };
}

function startOf(inner: Record<string, unknown>, streamSid: string, sequence: number): CarrierMessage {
  const callSid = inner['callSid'];
  if (typeof callSid !== 'string' || callSid === '') return invalid('start.callSid is missing');
  if (inner['streamSid'] !== undefined && inner['streamSid'] !== streamSid) return invalid('start names two streams');
  const format = inner['mediaFormat'];
  if (
    !isObject(format) ||
    format['encoding'] !== 'audio/x-mulaw' ||
    format['sampleRate'] !== 8000 ||
    format['channels'] !== 1
  ) {
    return invalid('start.mediaFormat is not µ-law at 8000 Hz in one channel');
  }
  const given = inner['customParameters'];
  const parameters: Record<string, string> = {};
  for (const [name, value] of Object.entries(isObject(given) ? given : {})) {
    if (typeof value === 'string' && name !== '__proto__') parameters[name] = value;
  }
  return { event: 'start', sequence, streamSid, callSid, parameters };
}

function parseObject(data: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(data.toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The carrier writes its numbers as decimal strings. */
function numberOf(value: unknown): number {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : -1;
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : -1;
}

const mediaEnd = bytes('"}}');

/** What we say over one stream, put together from ready pieces. */
export class StreamWriter {
  readonly clear: string;
  private readonly mediaStart: Buffer;
  private readonly markStart: string;

  constructor(streamSid: string) {
    const sid = JSON.stringify(streamSid);
    this.mediaStart = Buffer.from(`{"event":"media","streamSid":${sid},"media":{"payload":"`);
    this.markStart = `{"event":"mark","streamSid":${sid},"mark":{"name":`;
    this.clear = `{"event":"clear","streamSid":${sid}}`;
  }

  /** Base64 of µ-law, of any length above zero. */
  media(base64: Buffer | string): Buffer {
    const { mediaStart } = this;
    const start = mediaStart.length;
    const length = base64.length;
    const frame = Buffer.allocUnsafe(start + length + mediaEnd.length);
    frame.set(mediaStart, 0);
    if (typeof base64 === 'string') frame.write(base64, start, 'latin1');
    else frame.set(base64, start);
    frame.set(mediaEnd, start + length);
    return frame;
  }

  mark(name: string): string {
    return `${this.markStart}${JSON.stringify(name)}}}`;
  }
}
