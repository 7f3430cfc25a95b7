import type { ViolationKind } from './twin-ledger.ts';

/** What a bidirectional stream may send to the carrier. */
export type ProductMessage =
  | { event: 'media'; audio: Buffer }
  | { event: 'mark'; name: string }
  | { event: 'clear' }
  | { event: 'violation'; kind: ViolationKind; detail: string };

export interface StreamIdentity {
  accountSid: string;
  callSid: string;
  streamSid: string;
}

export const connectedMessage = '{"event":"connected","protocol":"Call","version":"1.0.0"}';

export function startMessage(
  identity: StreamIdentity,
  tracks: readonly string[],
  customParameters: Record<string, string>,
): string {
  return JSON.stringify({
    event: 'start',
    sequenceNumber: '1',
    start: {
      accountSid: identity.accountSid,
      streamSid: identity.streamSid,
      callSid: identity.callSid,
      tracks,
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters,
    },
    streamSid: identity.streamSid,
  });
}

/** Put together from ready pieces: it is sent fifty times a second for every call. */
export const mediaMessage = (
  streamSid: string,
  sequence: number,
  track: string,
  chunk: number,
  timestampMs: number,
  base64: string,
): string =>
  `{"event":"media","sequenceNumber":"${sequence}","media":{"track":"${track}","chunk":"${chunk}","timestamp":"${timestampMs}",` +
  `"payload":"${base64}"},"streamSid":"${streamSid}"}`;

export const dtmfMessage = (streamSid: string, sequence: number, digit: string): string =>
  JSON.stringify({
    event: 'dtmf',
    streamSid,
    sequenceNumber: String(sequence),
    dtmf: { track: 'inbound_track', digit },
  });

export const markMessage = (streamSid: string, sequence: number, name: string): string =>
  JSON.stringify({ event: 'mark', sequenceNumber: String(sequence), streamSid, mark: { name } });

export const stopMessage = (identity: StreamIdentity, sequence: number): string =>
  JSON.stringify({
    event: 'stop',
    sequenceNumber: String(sequence),
    streamSid: identity.streamSid,
    stop: { accountSid: identity.accountSid, callSid: identity.callSid },
  });

const fields: Record<string, readonly string[]> = {
  media: ['event', 'streamSid', 'media'],
  mark: ['event', 'streamSid', 'mark'],
  clear: ['event', 'streamSid'],
};

const broken = (kind: ViolationKind, detail: string): ProductMessage => ({ event: 'violation', kind, detail });

/** Decodes one text frame from the product and checks it to the letter: no field more, no field less. */
export function decodeProductMessage(text: string, streamSid: string): ProductMessage {
  const fast = decodePlainMedia(text, streamSid);
  if (fast) return fast;
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return broken('stream-not-json', `not JSON: ${text.slice(0, 80)}`);
  }
  if (!isObject(message)) return broken('stream-not-json', `not a JSON object: ${text.slice(0, 80)}`);
  const event = message['event'];
  if (typeof event !== 'string') return broken('stream-field-missing', 'event is missing or no string');
  const allowed = Object.hasOwn(fields, event) ? fields[event]! : undefined;
  if (!allowed) return broken('stream-unknown-event', `event ${event.slice(0, 40)}`);
  const missing = allowed.find(name => !(name in message));
  if (missing) return broken('stream-field-missing', `${event}: ${missing} is missing`);
  const extra = Object.keys(message).find(name => !allowed.includes(name));
  if (extra !== undefined) return broken('stream-field-unknown', `${event}: ${extra} is not known`);
  if (message['streamSid'] !== streamSid) {
    return broken(
      'stream-wrong-sid',
      `${event}: streamSid is ${JSON.stringify(message['streamSid'])}, expected ${streamSid}`,
    );
  }
  if (event === 'clear') return { event };
  const inner = message[event];
  const field = event === 'media' ? 'payload' : 'name';
  if (!isObject(inner)) return broken('stream-field-missing', `${event}.${field} is missing`);
  const innerExtra = Object.keys(inner).find(name => name !== field);
  if (innerExtra !== undefined) return broken('stream-field-unknown', `${event}.${innerExtra} is not known`);
  const value = inner[field];
  if (typeof value !== 'string') return broken('stream-field-missing', `${event}.${field} is missing or no string`);
  return event === 'media' ? decodePayload(value) : { event: 'mark', name: value };
}

const mediaSuffix = '"}}';

/** The spelling nearly every client uses, recognised without parsing. */
function decodePlainMedia(text: string, streamSid: string): ProductMessage | undefined {
  const prefix = `{"event":"media","streamSid":"${streamSid}","media":{"payload":"`;
  if (!text.startsWith(prefix) || !text.endsWith(mediaSuffix)) return undefined;
  const payload = text.slice(prefix.length, -mediaSuffix.length);
  return payload.includes('"') || payload.includes('\\') ? undefined : decodePayload(payload);
}

function decodePayload(payload: string): ProductMessage {
  const audio = Buffer.from(payload, 'base64');
  const padding = payload.endsWith('==') ? 2 : payload.endsWith('=') ? 1 : 0;
  // Node skips what is not base64, so a shorter result than the text promises means that something was skipped.
  if (payload.length % 4 !== 0 || audio.length !== (payload.length / 4) * 3 - padding || /[-_]/.test(payload)) {
    return broken('stream-payload-invalid', `media.payload is not base64: ${payload.slice(0, 40)}`);
  }
  if (audio.length === 0) return broken('stream-payload-invalid', 'media.payload is empty');
  const head = audio.toString('latin1', 0, 4);
  if (head === 'RIFF' || head.startsWith('ID3') || head === 'OggS') {
    return broken(
      'stream-payload-invalid',
      `media.payload begins with a file header (${head}), which is played as noise`,
    );
  }
  return { event: 'media', audio };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
