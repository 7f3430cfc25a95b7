/** How far ahead a process reserves moments; what it reserved and does not use is lost. */
export const reserveAheadMs = 1_000;
/** Clocks of processes may differ by this much. A moment further ahead than that was reserved before the clock was set back. */
export const clockSkewMs = 30_000;
/** Whoever comes this little late does not lose pace. */
const graceMs = 250;

export interface Reserved {
  readonly moments: readonly number[];
  /** The first moment that nobody has. */
  readonly next: number;
}

/**
 * Gives out moments no closer than the pace allows, from the first one that nobody has. A pause is not made up for; with a phase, what
 * begins after one does so at its own place in the interval.
 */
export function reserveMoments(
  free: number,
  now: number,
  intervalMs: number,
  most: number,
  aheadMs: number = reserveAheadMs,
  phase?: number,
): Reserved {
  const clockWentBack = free > now + aheadMs + intervalMs + clockSkewMs;
  const isAnew = clockWentBack || free < now - Math.max(intervalMs, graceMs);
  let next = clockWentBack ? now : Math.max(free, now - Math.min(intervalMs, graceMs));
  let latest = now + aheadMs;
  if (isAnew && phase !== undefined) {
    next = inPhase(now, intervalMs, phase);
    // However far ahead it lies, so that it is somebody's.
    latest = Math.max(latest, next);
  }
  const moments: number[] = [];
  while (moments.length < most && next <= latest) {
    moments.push(next);
    next += intervalMs;
  }
  return { moments, next };
}

/** Moments passed over, from the first to the last of them: a call at any of these keeps its distance from its neighbours. */
export type Gap = readonly [first: number, last: number];

/** What nobody has of a pace: everything from `next` on, and what was passed over before it. */
export interface Free {
  readonly next: number;
  /** Earliest first. */
  readonly gaps: readonly Gap[];
}

/** Beyond that the earliest are lost: no pace has so many within the time for which moments are reserved. */
const mostGaps = 64;

/**
 * Gives out for each wish, earliest first, the first free moment not before it, as far as those lie not too far ahead. Processes ask
 * so long ahead as each of them needs: whoever asks late gets what those before passed over, and not what lies behind theirs.
 */
export function reserveAt(
  { next, gaps }: Free,
  wishes: readonly number[],
  now: number,
  intervalMs: number,
  aheadMs: number = reserveAheadMs,
): Free & { readonly moments: readonly number[] } {
  const clockWentBack = next > now + aheadMs + intervalMs + clockSkewMs;
  const earliest = now - Math.min(intervalMs, graceMs);
  let free = clockWentBack ? now : Math.max(next, earliest);
  let open = clockWentBack ? [] : gaps.filter(([, last]) => last >= earliest);
  const moments: number[] = [];
  for (const wish of wishes) {
    const from = Math.max(wish, earliest);
    const place = open.findIndex(([, last]) => last >= from);
    const gap = open[place];
    const at = Math.max(from, gap ? gap[0] : free);
    if (at > now + aheadMs) break;
    moments.push(at);
    const [first, last] = gap ?? [free, at];
    const left = [[first, at - intervalMs] as const, [at + intervalMs, last] as const];
    open = [...open.slice(0, gap ? place : open.length), ...left, ...(gap ? open.slice(place + 1) : [])];
    open = open.filter(([first, last]) => last >= first);
    if (!gap) free = at + intervalMs;
  }
  return { moments, next: free, gaps: open.slice(-mostGaps) };
}

/** Paces that begin in one moment, such as when the windows of many campaigns open, must not all have their moments in the same one. */
const longestPhaseMs = 10_000;

const inPhase = (now: number, intervalMs: number, phase: number): number => {
  const cycleMs = Math.min(intervalMs, longestPhaseMs);
  return now + ((((phase * cycleMs - now) % cycleMs) + cycleMs) % cycleMs);
};

/** Where in its interval a campaign begins: the same in every process, and evenly spread over campaigns. */
export const phaseOf = ({ id }: { readonly id: string }): number => {
  // The golden ratio spreads neighbours; the ends of ids count up.
  const share = (Number.parseInt(id.slice(-6), 16) || 0) * 0.618_033_988_749_895;
  return share - Math.floor(share);
};

/** When it makes sense to reserve again: not for every single moment, and well before there is none left. */
export const reserveAgainAt = (next: number, aheadMs: number = reserveAheadMs): number => next - aheadMs / 2;
