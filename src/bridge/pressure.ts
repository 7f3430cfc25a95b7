import type { Pulse } from './pulse.ts';

/** How late this process may be before it sends fewer and longer messages. A caller's frame is 20 ms. */
const twoAtOnceMs = 20;
const threeAtOnceMs = 40;

/** How many caller frames go into one message: one as long as there is time for it, up to 60 ms of audio when there is none. */
export const createPressure = (pulse: Pick<Pulse, 'latenessMs'>) => (): number =>
  pulse.latenessMs < twoAtOnceMs ? 1 : pulse.latenessMs < threeAtOnceMs ? 2 : 3;
