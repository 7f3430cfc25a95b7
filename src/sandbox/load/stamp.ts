import { frameBytes } from '../../audio/mulaw.ts';

/**
 * A stamp turns a frame of audio into a probe: which call it belongs to, which frame of that call it is, when the caller's side
 * sent it and when the agent's side sent it back. It is written over the first 50 bytes, in bytes that every mu-law path keeps.
 */
export interface Stamp {
  readonly tag: number;
  readonly sequence: number;
  /** Microseconds since the epoch. */
  readonly sentAt: number;
  /** The same, at the agent's side; 0 until it was there. */
  readonly turnedAt: number;
}

/** No voice holds these bytes in this order. */
const magic = Buffer.from([0xb1, 0x2c, 0xb3, 0x2d, 0xb5, 0x2e, 0xb7, 0x2b]);
/** A digit of 4 bits is one byte of this row: none of them is a zero, of which mu-law has two that linear audio mixes up. */
const digit = 0xa0;
const at = { tag: 8, sequence: 16, sentAt: 24, turnedAt: 37 } as const;
const smallDigits = 8;
const timeDigits = 13;

function write(frame: Buffer, offset: number, digits: number, value: number): void {
  let rest = value;
  for (let place = offset + digits - 1; place >= offset; place -= 1) {
    frame[place] = digit | (rest % 16);
    rest = Math.floor(rest / 16);
  }
}

function read(frame: Buffer, offset: number, digits: number): number {
  let value = 0;
  for (let place = offset; place < offset + digits; place += 1) value = value * 16 + (frame[place]! & 0x0f);
  return value;
}

export function writeStamp(frame: Buffer, { tag, sequence, sentAt, turnedAt }: Stamp): void {
  magic.copy(frame);
  write(frame, at.tag, smallDigits, tag);
  write(frame, at.sequence, smallDigits, sequence);
  write(frame, at.sentAt, timeDigits, sentAt);
  write(frame, at.turnedAt, timeDigits, turnedAt);
}

/** Notes when a stamped frame was sent back. */
export const turnStamp = (frame: Buffer, turnedAt: number): void => write(frame, at.turnedAt, timeDigits, turnedAt);

export const readStamp = (frame: Buffer): Stamp => ({
  tag: read(frame, at.tag, smallDigits),
  sequence: read(frame, at.sequence, smallDigits),
  sentAt: read(frame, at.sentAt, timeDigits),
  turnedAt: read(frame, at.turnedAt, timeDigits),
});

/** Whether a stamp begins anywhere in this audio. */
export const holdsStamp = (audio: Buffer): boolean => audio.indexOf(magic) >= 0;

const isStampedFrame = (audio: Buffer): boolean =>
  audio.length === frameBytes && audio.compare(magic, 0, magic.length, 0, magic.length) === 0;

/** Finds the stamped frames in audio, however it was cut or joined on its way; everything else is passed over. */
export function createStampReader(): (audio: Buffer) => readonly Buffer[] {
  let rest: Buffer = Buffer.alloc(0);
  return audio => {
    if (rest.length === 0 && isStampedFrame(audio)) return [audio];
    const bytes = rest.length ? Buffer.concat([rest, audio]) : audio;
    const found: Buffer[] = [];
    let end = 0;
    let from = bytes.indexOf(magic);
    while (from >= 0 && from + frameBytes <= bytes.length) {
      end = from + frameBytes;
      found.push(bytes.subarray(from, end));
      from = bytes.indexOf(magic, end);
    }
    // A frame that has begun, or a stamp that may have, is looked at again with what comes next.
    rest = Buffer.from(bytes.subarray(from >= 0 ? from : Math.max(end, bytes.length - magic.length + 1)));
    return found;
  };
}
