import { nextCallsText as words } from '../strings/next-calls.ts';
import { formatWhen } from './format.ts';
import type { NextCalls } from './next-calls.ts';
import { clockIn } from './zones.ts';

/** Why nobody is on the line and when somebody will be; the campaign, where there is one, is named behind it. */
export function expectedCalls(
  { state, at, timeZone, about, paused }: Pick<NextCalls, 'state' | 'at' | 'timeZone' | 'about' | 'paused'>,
  options: { readonly now: number; readonly locale?: string; readonly timeZone?: string },
): string {
  if (state === 'calling-stopped') return words.stopped;
  if (state === 'nothing-runs') return words.nothingRuns(paused);
  if (state === 'nobody-waits') return words.nobodyWaits;
  if (state === 'now' || at === null) return words.soon;
  const moment = Date.parse(at);
  const { locale, timeZone: own } = options;
  const there = clockIn(timeZone, moment, { ...(locale && { locale }), ...(own && { own }) });
  const sentence = about ? words.about : words.later;
  return sentence(formatWhen(moment, options), there && words.there(there.time, there.place));
}
