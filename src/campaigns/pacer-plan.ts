/** Calls of one campaign that follow each other in this distance are never more than rate + 1 in a second. */
export const leastDistanceMs = (callsPerSecond: number): number => 1_000 / (callsPerSecond + 0.5);

/** In which rate + 1 calls are allowed; slow paces have a longer second. */
export const windowOf = (callsPerSecond: number): number => Math.max(1_000, 1_000 / callsPerSecond);

/** So late is every machine now and then. */
const leastLateMs = 20;

/**
 * So late may calls be that were planned with as much room, and no second has more than rate + 1 of them. Half of the distance of two calls
 * is for that, the other half for waiting for the account; beyond 37 a second it is less than every machine is late now and then.
 */
export function slackOf(callsPerSecond: number): number {
  const intervalMs = 1_000 / callsPerSecond;
  return Math.min(Math.max(leastLateMs, intervalMs / 2), 0.75 * intervalMs);
}

/** Whether one call more at that time leaves every second, and so much more, with no more than rate + 1. */
export function fits(planned: readonly number[], at: number, callsPerSecond: number, slackMs = 0): boolean {
  const spanMs = windowOf(callsPerSecond) + slackMs;
  const most = Math.floor(Math.max(1, callsPerSecond) + 1);
  if (planned.length < most) return true;
  const near = planned.filter(each => Math.abs(each - at) < spanMs);
  if (near.length < most) return true;
  near.push(at);
  near.sort((one, other) => one - other);
  return near.every((each, index) => (near[index + most] ?? Infinity) - each >= spanMs);
}

/** What is planned at one pace. */
export interface PlannedAt {
  readonly planned: readonly number[];
  readonly callsPerSecond: number;
}

/** The next time from then on at which a call can be made without a bunch at any of these paces; it is not looked for longer than `withinMs`. */
export function soonestFit(paces: readonly PlannedAt[], from: number, withinMs: number, slackMs = 0): number {
  const stepMs = Math.max(10, 500 / Math.max(...paces.map(each => each.callsPerSecond)));
  const isFit = (at: number) => paces.every(each => fits(each.planned, at, each.callsPerSecond, slackMs));
  let at = from;
  while (at < from + withinMs && !isFit(at)) at += stepMs;
  return at;
}

/**
 * Whether a call is so late that it would come too close to others, which other processes may dial. `tight` is the account's pace where the
 * campaigns want all of it: its moments follow each other closely, so that a late one meets the next.
 */
export function isMissed(lateMs: number, callsPerSecond: number, tight: number | null = null): boolean {
  const own = slackOf(Math.min(callsPerSecond, tight ?? Infinity));
  return lateMs >= Math.max(leastLateMs, Math.min(own, tight === null ? Infinity : 1_000 / tight));
}
