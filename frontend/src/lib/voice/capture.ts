import { frameSamples, lineRate, mulawOf, silenceByte } from './mulaw.ts';
import { createResampler } from './resampler.ts';

/** The way from the microphone to the line. */
export type Capture = {
  /** Takes what was recorded at the device's rate; gives each finished frame of 20 ms away. */
  push(samples: Float32Array, give: (frame: Uint8Array) => void): void;
  /** Muted, the line hears silence: frames that are missing would be taken for a bad connection. */
  mute(on: boolean): void;
  /** How loud it was since the last look: the effective value, between 0 and 1; muted it is silent. */
  level(): number;
};

export function createCapture(deviceRate: number): Capture {
  const resampler = createResampler(deviceRate, lineRate);
  let frame = new Uint8Array(frameSamples);
  let filled = 0;
  let muted = false;
  let power = 0;
  let counted = 0;
  return {
    push(samples, give) {
      for (const sample of resampler.push(samples)) {
        power += sample * sample;
        counted += 1;
        frame[filled] = muted ? silenceByte : mulawOf(sample);
        filled += 1;
        if (filled < frameSamples) continue;
        give(frame);
        frame = new Uint8Array(frameSamples);
        filled = 0;
      }
    },
    mute(on) {
      muted = on;
    },
    level() {
      const level = counted === 0 || muted ? 0 : Math.sqrt(power / counted);
      power = counted = 0;
      return level;
    },
  };
}
