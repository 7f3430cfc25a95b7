import { frameBytes } from '../../audio/mulaw.ts';
import type { Clip } from './clip-library.ts';

/** An unbroken stretch of one clip that arrived bit by bit as it was recorded. */
export interface RecognisedStretch {
  readonly clipId: string;
  /** The part of the clip that was heard, in bytes of the clip. */
  readonly from: number;
  readonly to: number;
  /** The whole clip, from its first byte to its last. */
  readonly complete: boolean;
  /** Where in the received audio the stretch began, in bytes since the recogniser was made. */
  readonly at: number;
}

export interface Recogniser {
  /** Takes the next piece of audio, cut anywhere, and returns the stretches that came to their end in it. */
  push(audio: Uint8Array): RecognisedStretch[];
  /** The stretch that is still going on, as heard so far. */
  current(): RecognisedStretch | undefined;
  /** Ends the stretch that is going on, for instance because the call ended. */
  flush(): RecognisedStretch[];
}

/** Which bytes begin which clip, and where; made once and shared by all recognisers. */
export interface FingerprintIndex {
  /** The clip whose window lies in the ring of received audio right before position `end`. */
  lookUp(hash: number, ring: Uint8Array, end: number): { clip: Clip; offset: number } | undefined;
}

const windowBytes = 64;
/** So much of what was received is remembered, in order to find where a stretch began; a power of two. */
const ringBytes = 2_048;
const ringMask = ringBytes - 1;
const multiplier = 257;
const leadingFactor = power(multiplier, windowBytes - 1);
/** A window of near-silence occurs in many clips and would point anywhere. */
const fewestDistinctBytes = 10;

/**
 * Indexes the clips by a hash of the 64 bytes at every frame boundary. After a gap or a cut, recognition therefore takes up
 * again at the next boundary of the clip, however the audio is cut on the way.
 */
export function createFingerprintIndex(clips: readonly Clip[]): FingerprintIndex {
  const known = indexes.get(clips);
  if (known) return known;
  const index = buildIndex(clips);
  indexes.set(clips, index);
  return index;
}

/** Twins that play the same scenario share its index. */
const indexes = new WeakMap<readonly Clip[], FingerprintIndex>();

function buildIndex(clips: readonly Clip[]): FingerprintIndex {
  const byHash = new Map<number, { clip: Clip; offset: number }[]>();
  for (const clip of clips) {
    for (let offset = 0; offset + windowBytes <= clip.bytes.length; offset += frameBytes) {
      const window = clip.bytes.subarray(offset, offset + windowBytes);
      if (new Set(window).size < fewestDistinctBytes) continue;
      const hash = hashOf(window);
      const known = byHash.get(hash);
      if (known) known.push({ clip, offset });
      else byHash.set(hash, [{ clip, offset }]);
    }
  }
  return {
    lookUp(hash, ring, end) {
      return byHash.get(hash)?.find(({ clip, offset }) => {
        for (let at = 0; at < windowBytes; at += 1) {
          if (clip.bytes[offset + at] !== ring[(end - windowBytes + at) & ringMask]) return false;
        }
        return true;
      });
    },
  };
}

/** Follows one direction of one call and says which clips were in it. */
export function createRecogniser(index: FingerprintIndex): Recogniser {
  const ring = new Uint8Array(ringBytes);
  let hash = 0;
  let filled = 0; // bytes in the rolling hash
  let received = 0;
  let tracking: { clip: Clip; from: number; to: number; at: number } | undefined;

  const stretch = (): RecognisedStretch | undefined =>
    tracking && {
      clipId: tracking.clip.id,
      from: tracking.from,
      to: tracking.to,
      complete: tracking.from === 0 && tracking.to === tracking.clip.bytes.length,
      at: tracking.at,
    };
  const restartSearch = () => {
    tracking = undefined;
    hash = 0;
    filled = 0;
  };
  /** The window that was found may lie behind the true beginning: the first bytes may have looked like a continuation of another clip. */
  const track = ({ clip, offset }: { clip: Clip; offset: number }) => {
    let from = offset;
    let at = received - windowBytes;
    while (from > 0 && at > 0 && received - at < ringBytes && clip.bytes[from - 1] === ring[(at - 1) & ringMask]) {
      from -= 1;
      at -= 1;
    }
    tracking = { clip, from, to: offset + windowBytes, at };
  };
  const search = (byte: number) => {
    if (filled === windowBytes) {
      hash = (hash - Math.imul(ring[(received - windowBytes - 1) & ringMask]! + 1, leadingFactor)) | 0;
    } else filled += 1;
    hash = (Math.imul(hash, multiplier) + byte + 1) | 0;
    if (filled < windowBytes) return;
    const found = index.lookUp(hash, ring, received);
    if (found) track(found);
  };

  return {
    push(audio) {
      const ended: RecognisedStretch[] = [];
      for (let at = 0; at < audio.length; at += 1) {
        const byte = audio[at]!;
        ring[received & ringMask] = byte;
        received += 1;
        if (tracking && tracking.clip.bytes[tracking.to] === byte) {
          tracking.to += 1;
        } else {
          if (tracking) {
            ended.push(stretch()!);
            restartSearch();
          }
          search(byte);
        }
        if (tracking && tracking.to === tracking.clip.bytes.length) {
          ended.push(stretch()!);
          restartSearch();
        }
      }
      return ended;
    },
    current: stretch,
    flush() {
      const ended = stretch();
      restartSearch();
      return ended ? [ended] : [];
    },
  };
}

function hashOf(window: Uint8Array): number {
  let hash = 0;
  for (const byte of window) hash = (Math.imul(hash, multiplier) + byte + 1) | 0;
  return hash;
}

function power(base: number, exponent: number): number {
  let result = 1;
  for (let index = 0; index < exponent; index += 1) result = Math.imul(result, base);
  return result;
}
