/** Calls of one campaign that follow each other in this distance are never more than rate + 1 in a second. */
export const leastDistanceMs = (callsPerSecond: number): number => 1_000 / (callsPerSecond + 0.5);

/** In which rate + 1 calls are allowed; slow paces have a longer second. */
export const windowOf = (callsPerSecond: number): number => Math.max(1_000, 1_000 / callsPerSecond);

/** Whether one call more at that time leaves every second with no more than rate + 1. */
export function fits(planned: readonly number[], at: number, callsPerSecond: number): boolean {
  const windowMs = windowOf(callsPerSecond);
  const most = Math.floor(Math.max(1, callsPerSecond) + 1);
  const near = [...planned.filter(each => Math.abs(each - at) < windowMs), at].sort((one, other) => one - other);
  return near.every((each, index) => (near[index + most] ?? Infinity) - each >= windowMs);
}

/** The next time from then on at which a call that missed its moment can be made without a bunch; it is not looked for longer than `withinMs`. */
export function soonestFit(planned: readonly number[], from: number, callsPerSecond: number, withinMs: number): number {
  const stepMs = Math.max(10, 500 / callsPerSecond);
  let at = from;
  while (at < from + withinMs && !fits(planned, at, callsPerSecond)) at += stepMs;
  return at;
}

/** Whether a call is so late that other processes may have dialled at the moments which came meanwhile. */
export const isMissed = (lateMs: number, callsPerSecond: number): boolean =>
  lateMs >= Math.max(leastLateMs, 1_000 / callsPerSecond);

/**
 * So late is every machine now and then. As long as no call is late by a whole interval, no second has more than rate + 1 of them: beyond
 * 50 a second some more may fall into one, where several processes dial.
 */
const leastLateMs = 20;
