import { isBase64Text } from '../audio/base64-text.ts';

/** What the carrier says over a media stream. Numbers it left out or misspelt are -1; they are for counting, not for deciding. */
export type CarrierMessage =
  | { readonly event: 'connected' }
  | StreamStart
  | MediaMessage
  | { readonly event: 'dtmf'; readonly streamSid: string; readonly sequence: number; readonly digit: string }
  | MarkMessage
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

export interface MarkMessage {
  readonly event: 'mark';
  readonly streamSid: string;
  readonly sequence: number;
  readonly name: string;
}

export interface MediaMessage {
  readonly event: 'media';
  readonly streamSid: string;
  readonly sequence: number;
  readonly timestampMs: number;
  /** Base64 of µ-law, as it came: a view of the frame where that was possible. */
  readonly payload: Buffer;
}

/** A mark as the carrier writes it when the name is one of ours; any other form is for `decodeStreamMessage`. */
const usualMark =
  /^\{"event":"mark","sequenceNumber":"(\d{1,15})","streamSid":"(\w{1,64})","mark":\{"name":"([\w:-]{1,32})"\}\}$/;
const longestMark = 256;

/** Finds a mark in its usual form without parsing: two a second come back for every call whose agent speaks. */
export function findMark(data: Buffer, from: number, to: number): MarkMessage | undefined {
  if (to - from > longestMark) return undefined;
  const found = usualMark.exec(data.toString('latin1', from, to));
  return found ? { event: 'mark', streamSid: found[2]!, sequence: Number(found[1]), name: found[3]! } : undefined;
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

const mediaEnd = new Uint8Array(Buffer.from('"}}'));

/** What we say over one stream, put together from ready pieces. */
export class StreamWriter {
  readonly clear: string;
  private readonly mediaStart: Uint8Array;
  private readonly markStart: string;

  constructor(streamSid: string) {
    const sid = JSON.stringify(streamSid);
    // Its own few bytes: a piece of the shared pool would keep the whole pool alive as long as the call.
    this.mediaStart = new Uint8Array(Buffer.from(`{"event":"media","streamSid":${sid},"media":{"payload":"`));
    this.markStart = `{"event":"mark","streamSid":${sid},"mark":{"name":`;
    this.clear = `{"event":"clear","streamSid":${sid}}`;
  }

  /** Base64 of µ-law, of any length above zero. */
  media(base64: Buffer | string): Buffer {
    const message = Buffer.allocUnsafe(this.mediaLength(base64));
    this.writeMedia(message, 0, base64);
    return message;
  }

  /** How long a message with this audio is. */
  mediaLength(base64: Buffer | string): number {
    return this.mediaStart.length + base64.length + mediaEnd.length;
  }

  /** Writes the message at `at`; answers where it ends. */
  writeMedia(target: Buffer, at: number, base64: Buffer | string): number {
    const { mediaStart } = this;
    target.set(mediaStart, at);
    const start = at + mediaStart.length;
    if (typeof base64 === 'string') target.write(base64, start, 'latin1');
    else target.set(base64, start);
    target.set(mediaEnd, start + base64.length);
    return start + base64.length + mediaEnd.length;
  }

  mark(name: string): string {
    return `${this.markStart}${JSON.stringify(name)}}}`;
  }
}
