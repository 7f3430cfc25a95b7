import { lineRate, sampleOf } from './mulaw.ts';
import { createResampler } from './resampler.ts';

/** The way from the line to the ear: a small buffer against jitter, then the device's rate. */
export type Playback = {
  push(frame: Uint8Array): void;
  /** Fills one block for the loudspeaker; silence where nothing is there. */
  pull(output: Float32Array): void;
  clear(): void;
  /** How loud it was since the last look, as in a capture. */
  level(): number;
  /** Frames that wait. */
  readonly waiting: number;
  /** Frames that were thrown away because they would have been heard too late. */
  readonly dropped: number;
};

/** 60 ms: what a network and a busy machine are late by now and then. */
const gathered = 3;
/** A quarter of a second: who is further behind than that talks past the other. */
const most = 12;

export function createPlayback(deviceRate: number): Playback {
  const resampler = createResampler(lineRate, deviceRate);
  let frames: Uint8Array[] = [];
  let flowing = false;
  let dropped = 0;
  let ready: Float32Array = new Float32Array(0);
  let power = 0;
  let counted = 0;

  const next = (): Float32Array | undefined => {
    const frame = frames.shift();
    if (!frame) {
      flowing = false;
      return undefined;
    }
    return resampler.push(Float32Array.from(frame, sampleOf));
  };

  return {
    push(frame) {
      frames.push(frame);
      if (frames.length > most) {
        dropped += frames.length - gathered;
        frames = frames.slice(-gathered);
      }
      if (frames.length >= gathered) flowing = true;
    },
    pull(output) {
      let filled = 0;
      while (filled < output.length) {
        if (ready.length === 0) {
          const more = flowing ? next() : undefined;
          if (!more) break;
          ready = more;
        }
        const taken = ready.subarray(0, output.length - filled);
        output.set(taken, filled);
        filled += taken.length;
        ready = ready.subarray(taken.length);
      }
      output.fill(0, filled);
      for (let at = 0; at < filled; at += 1) power += output[at]! * output[at]!;
      counted += output.length;
    },
    clear() {
      frames = [];
      ready = new Float32Array(0);
      flowing = false;
    },
    level() {
      const level = counted === 0 ? 0 : Math.sqrt(power / counted);
      power = counted = 0;
      return level;
    },
    get waiting() {
      return frames.length;
    },
    get dropped() {
      return dropped;
    },
  };
}
