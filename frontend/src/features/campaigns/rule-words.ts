import { campaignsText } from '../../strings/campaigns.ts';
import type { Campaign } from './api/campaigns.ts';

const words = campaignsText.rules;

type Window = NonNullable<Campaign['schedule']>['windows'][number];

/** "Mon to Fri 09:00–17:30 · Sat 10:00–14:00": days of the same hours together, the week beginning on Monday. */
export function hoursText(windows: readonly Window[]): string {
  const byHours = new Map<string, number[]>();
  for (const { day, from, to } of windows) {
    const hours = `${from}–${to}`;
    byHours.set(hours, [...(byHours.get(hours) ?? []), (day + 6) % 7].sort());
  }
  return [...byHours]
    .sort(([, [a = 0]], [, [b = 0]]) => a - b)
    .map(([hours, days]) => `${runsOf([...new Set(days)]).join(', ')} ${hours}`)
    .join(' · ');
}

/** Days that follow each other, as "Mon to Fri". */
function runsOf(days: readonly number[]): string[] {
  const runs: number[][] = [];
  for (const day of days) {
    const run = runs.at(-1);
    if (run && run.at(-1) === day - 1) run.push(day);
    else runs.push([day]);
  }
  const name = (day: number | undefined) => words.days[((day ?? 0) + 1) % 7] ?? '';
  return runs.flatMap(run => (run.length > 2 ? [`${name(run[0])} to ${name(run.at(-1))}`] : run.map(day => name(day))));
}
