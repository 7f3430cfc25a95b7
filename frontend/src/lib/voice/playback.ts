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

/** What is gathered before it begins, and from where on somebody is too far behind. */
export interface Slack {
  readonly gatheredMs: number;
  readonly mostMs: number;
}

/** Who talks must not be further behind than a quarter of a second; a network and a busy machine are late by 60 ms now and then. */
const talking: Slack = { gatheredMs: 60, mostMs: 240 };
const bytesPerMs = lineRate / 1_000;

export function createPlayback(deviceRate: number, { gatheredMs, mostMs }: Slack = talking): Playback {
  const resampler = createResampler(lineRate, deviceRate);
  let frames: Uint8Array[] = [];
  let bytes = 0;
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
    bytes -= frame.length;
    return resampler.push(Float32Array.from(frame, sampleOf));
  };

  return {
    push(frame) {
      frames.push(frame);
      bytes += frame.length;
      if (bytes > mostMs * bytesPerMs) {
        while (frames.length > 1 && bytes - frames[0]!.length >= gatheredMs * bytesPerMs) {
          bytes -= frames.shift()!.length;
          dropped += 1;
        }
      }
      if (bytes >= gatheredMs * bytesPerMs) flowing = true;
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
      bytes = 0;
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
