import type { EarSide } from './ear-messages.ts';
import { createPlayback, type Playback } from './playback.ts';

/** Both sides of a call for two ears: the person left, whoever speaks for us right. A third of each is on the other ear, too. */
export interface Stereo {
  push(side: EarSide, mulaw: Uint8Array): void;
  pull(left: Float32Array, right: Float32Array): void;
  clear(): void;
  levels(): Record<EarSide, number>;
}

const near = 0.8;
const far = 0.3;
const gains = {
  caller: [near, far],
  agent: [far, near],
  person: [far, near],
} as const satisfies Record<EarSide, readonly [number, number]>;
const sides = Object.keys(gains) as EarSide[];

/** Listeners may be a little late, and a network that stutters is heard less. */
const slack = { gatheredMs: 120, mostMs: 800 };

export function createStereo(deviceRate: number): Stereo {
  const playbacks = Object.fromEntries(sides.map(side => [side, createPlayback(deviceRate, slack)])) as Record<
    EarSide,
    Playback
  >;
  let block = new Float32Array(128);
  return {
    push: (side, mulaw) => playbacks[side]?.push(mulaw),
    pull(left, right) {
      if (block.length !== left.length) block = new Float32Array(left.length);
      left.fill(0);
      right.fill(0);
      for (const side of sides) {
        playbacks[side].pull(block);
        const [toLeft, toRight] = gains[side];
        for (let at = 0; at < block.length; at += 1) {
          left[at]! += block[at]! * toLeft;
          right[at]! += block[at]! * toRight;
        }
      }
    },
    clear() {
      for (const side of sides) playbacks[side].clear();
    },
    levels: () => Object.fromEntries(sides.map(side => [side, playbacks[side].level()])) as Record<EarSide, number>,
  };
}
