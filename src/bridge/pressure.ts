import { performance } from 'node:perf_hooks';
import type { Pulse } from './pulse.ts';

/** On average so late, this process sends fewer and longer messages: two frames at once, three when that does not help. */
const lateMs = 8;
/** Three frames are 60 ms, of which the first waits 40: more would be heard. */
const mostTogether = 3;
/** One standstill is over before anything could help against it: frames wait because there is too much to do when they still do a look later. */
const lateLooks = 2;
/** Measured at 700 calls, going from two frames at once to one takes a tenth of a core again, from three to two less: below so much use that fits in. */
const calmUse = [0, 0, 0.78, 0.85] as const;
const calmLooks = 10;
/** Use is a mean over about half a second: what is written every quarter of a second must not look like having no time. */
const share = 0.25;
/** How many beats there are between two looks, about a tenth of a second, and how long a step is given to show what it brings. */
const beatsPerLook = 10;
const looksPerStep = 3;

/**
 * How many frames of audio go into one message, or one write: one as long as there is time for it, more when frames wait here
 * because there is none. It is given up only when the time is there, not when frames do not wait any more: they do not because of it.
 */
export function createPressure(
  pulse: Pick<Pulse, 'beats' | 'meanLatenessMs'>,
  usage: () => number = usageSinceLast(),
): () => number {
  let together = 1;
  let lookedAt = 0;
  let calm = 0;
  let late = 0;
  let looks = 0;
  let meanUse = 0;
  const look = () => {
    meanUse += (usage() - meanUse) * share;
    looks += 1;
    calm = meanUse < calmUse[together]! ? calm + 1 : 0;
    late = pulse.meanLatenessMs >= lateMs ? late + 1 : 0;
    if (late >= lateLooks && together < mostTogether && looks >= looksPerStep) {
      together += 1;
      looks = 0;
    } else if (calm >= calmLooks && together > 1) {
      together -= 1;
      calm = looks = 0;
    }
  };
  return () => {
    // Asked for every frame, so nothing is worked out more often than it can have changed.
    if (pulse.beats - lookedAt >= beatsPerLook) {
      lookedAt = pulse.beats;
      look();
    }
    return together;
  };
}

function usageSinceLast(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
