/** How far ahead a process reserves moments; what it reserved and does not use is lost. */
export const reserveAheadMs = 1_000;
/** Clocks of processes may differ by this much. A moment further ahead than that was reserved before the clock was set back. */
const clockSkewMs = 30_000;
/** Whoever comes this little late does not lose pace. */
const graceMs = 250;

export interface Reserved {
  readonly moments: readonly number[];
  /** The first moment that nobody has. */
  readonly next: number;
}

/** Gives out moments no closer than the pace allows, from the first one that nobody has. A pause is not made up for. */
export function reserveMoments(
  free: number,
  now: number,
  intervalMs: number,
  most: number,
  aheadMs: number = reserveAheadMs,
): Reserved {
  const clockWentBack = free > now + aheadMs + intervalMs + clockSkewMs;
  let next = clockWentBack ? now : Math.max(free, now - Math.min(intervalMs, graceMs));
  const moments: number[] = [];
  while (moments.length < most && next <= now + aheadMs) {
    moments.push(next);
    next += intervalMs;
  }
  return { moments, next };
}

/** When it makes sense to reserve again: not for every single moment, and well before there is none left. */
export const reserveAgainAt = (next: number, aheadMs: number = reserveAheadMs): number => next - aheadMs / 2;
