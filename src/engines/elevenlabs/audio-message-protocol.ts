/** Audio found in a server message. */
export interface AudioMessage {
  readonly kind: 'audio';
  /** In canonical base64; a part of the frame itself, or text where the message had an unusual form. Empty in markers. */
  readonly base64: Buffer | string;
  readonly eventId: number | null;
  /** Where in the frame the audio begins, when it is a part of it. */
  readonly from?: number;
}

const key = Buffer.from('"audio_base_64"');
const quote = 0x22;
const colon = 0x3a;

/**
 * Stands in for the audio while the rest of the message is parsed. Finding it again in the one right place proves that what
 * was cut out was the message's audio, whatever the order of its keys.
 */
export const standIn = -7.210923e-301;

/**
 * Finds the audio of an `audio` message without parsing the long text: it is cut out of the frame, and only the short rest is
 * parsed as JSON. Gives the same as parsing the whole; undefined when this is no audio message, or none that can be played.
 */
export function readAudioMessage(frame: Buffer): AudioMessage | undefined {
  const at = frame.indexOf(key);
  return at < 0 ? undefined : (readSpliced(frame, at + key.length) ?? readWhole(frame));
}

function readSpliced(frame: Buffer, afterKey: number): AudioMessage | undefined {
  const opening = openingQuote(frame, afterKey);
  if (opening < 0) return undefined;
  const start = opening + 1;
  const end = frame.indexOf(quote, start);
  if (end < 0 || !isCanonicalBase64(frame, start, end)) return undefined;
  const rest = `${frame.toString('utf8', 0, opening)}${standIn}${frame.toString('utf8', end + 1)}`;
  const event = audioEventOf(rest);
  if (event?.['audio_base_64'] !== standIn) return undefined;
  return { kind: 'audio', base64: frame.subarray(start, end), eventId: idOf(event), from: start };
}

/** The place of the quote that opens the value, -1 when it is no text. */
function openingQuote(frame: Buffer, from: number): number {
  let at = skipBlank(frame, from);
  if (frame[at] !== colon) return -1;
  at = skipBlank(frame, at + 1);
  return frame[at] === quote ? at : -1;
}

function skipBlank(frame: Buffer, from: number): number {
  let at = from;
  while (frame[at] === 0x20 || frame[at] === 0x0a || frame[at] === 0x0d || frame[at] === 0x09) at += 1;
  return at;
}

/** Escapes, line breaks, another alphabet: parsed whole, and brought into the form that carriers take. */
function readWhole(frame: Buffer): AudioMessage | undefined {
  const event = audioEventOf(frame.toString());
  const given = event?.['audio_base_64'];
  if (!event || typeof given !== 'string' || !/^[\w+/=\s-]*$/.test(given)) return undefined;
  return { kind: 'audio', base64: Buffer.from(given, 'base64').toString('base64'), eventId: idOf(event) };
}

/** The `audio_event` of an audio message. */
export function audioEventOf(json: string): Readonly<Record<string, unknown>> | undefined {
  let message: unknown;
  try {
    message = JSON.parse(json);
  } catch {
    return undefined;
  }
  const { type, audio_event: event } = (message ?? {}) as { type?: unknown; audio_event?: unknown };
  return type === 'audio' && typeof event === 'object' && event !== null
    ? (event as Readonly<Record<string, unknown>>)
    : undefined;
}

const idOf = (event: Readonly<Record<string, unknown>>): number | null =>
  Number.isSafeInteger(event['event_id']) ? (event['event_id'] as number) : null;

const alphabet = new Uint8Array(256).fill(1);
for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/') {
  alphabet[letter.charCodeAt(0)] = 0;
}

/** Whether these bytes are standard base64 of whole groups. A quick look: nothing else can pass into a carrier's message. */
function isCanonicalBase64(bytes: Buffer, start: number, end: number): boolean {
  if ((end - start) % 4 !== 0) return false;
  let stop = end;
  if (stop > start && bytes[stop - 1] === 0x3d) stop -= bytes[stop - 2] === 0x3d ? 2 : 1;
  let wrong = 0;
  let at = start;
  // Four at a time is faster by half, and this is the only look at every byte of audio.
  for (; at + 4 <= stop; at += 4) {
    wrong |= alphabet[bytes[at]!]! | alphabet[bytes[at + 1]!]! | alphabet[bytes[at + 2]!]! | alphabet[bytes[at + 3]!]!;
  }
  for (; at < stop; at += 1) wrong |= alphabet[bytes[at]!]!;
  return wrong === 0;
}
