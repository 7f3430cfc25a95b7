import { minuteMs } from './local-time.ts';

/** How long after the time somebody asked for the call still is the one they asked for. */
const bookedForMs = 30 * minuteMs;

/** Whether a call at this moment is the one that somebody asked to get at `bookedFor`. */
export const isAskedFor = (bookedFor: string | null, at: number): boolean => {
  const booked = bookedFor === null ? Number.NaN : Date.parse(bookedFor);
  return booked <= at && at < booked + bookedForMs;
};

/**
 * When a call may be made that would otherwise wait until `next`: a time that the person asked for goes before what is only ours to say,
 * whether it lies in the rule's own times or not. `bound` says from when on, at that time, what is not ours to say allows it.
 */
export function orAskedFor(
  bookedFor: string | null,
  at: number,
  next: number | null,
  until: number,
  bound: (from: number) => number = from => from,
): number | null {
  const booked = bookedFor === null ? Number.NaN : Date.parse(bookedFor);
  if (!(booked + bookedForMs > at)) return next; // none, or over
  const from = bound(Math.max(at, booked));
  if (from >= booked + bookedForMs || (from > until && from !== at)) return next;
  return next === null ? from : Math.min(next, from);
}
