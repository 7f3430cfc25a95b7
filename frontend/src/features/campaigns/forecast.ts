import { ownTimeZone } from '../../lib/date-range.ts';
import type { DryRun } from './api/campaigns.ts';

/** Somebody's first, second or a later try, from the bottom of a bar to its top. */
export const tries = ['first', 'second', 'later'] as const;
export type Try = (typeof tries)[number];

/** By whose clock the hours are shown: the viewer's, the one the campaign goes by, or that of each person who is called. */
export type ForecastClock = 'mine' | 'campaign' | 'theirs';

/** The clocks that show something else than the viewer's. */
export const clocksOf = (campaignZone: string, mine: string): readonly ForecastClock[] =>
  campaignZone === 'contact' ? ['mine', 'theirs'] : campaignZone === mine ? ['mine'] : ['mine', 'campaign'];

export interface ForecastPoint extends Readonly<Record<Try, number>> {
  /** What the clock on the wall shows, as if that were UTC. */
  readonly at: number;
  /** The bar is a day, as hours would be too many to see. */
  readonly byDay: boolean;
  readonly dialled: number;
}

const hourMs = 3_600_000;
const mostHours = 72;
const nobody = { dialled: 0, first: 0, second: 0, later: 0 };

/** The hours of a dry run with the quiet ones between them; by day where they would be too many. */
export function forecastPoints(hours: DryRun['hours'], timeZone: string = ownTimeZone()): ForecastPoint[] {
  const dialled = hours
    .filter(each => each.dialled > 0)
    .map(each => ({ ...each, at: wallAt(each.hour, timeZone) }))
    .sort((one, other) => one.at - other.at);
  const [first] = dialled;
  const last = dialled.at(-1);
  if (!first || !last) return [];
  const byDay = (last.at - first.at) / hourMs >= mostHours;
  const points = new Map<number, typeof nobody>();
  if (byDay) for (let at = dayOf(first.at); at <= last.at; at += 24 * hourMs) points.set(at, nobody);
  else for (let at = first.at; at <= last.at; at += hourMs) points.set(at, nobody);
  for (const each of dialled) {
    const at = byDay ? dayOf(each.at) : each.at;
    const point = points.get(at) ?? nobody;
    points.set(at, {
      dialled: point.dialled + each.dialled,
      first: point.first + each.byTry.first,
      second: point.second + each.byTry.second,
      later: point.later + each.byTry.later,
    });
  }
  return [...points].map(([at, counts]) => ({ at, byDay, ...counts }));
}

/** When the day of this moment began. */
const dayOf = (at: number): number => new Date(at).setUTCHours(0, 0, 0, 0);

/** The wall clock of a zone at a moment; an hour without a zone is of a wall already. */
function wallAt(hour: string, timeZone: string): number {
  if (!hour.endsWith('Z')) return Date.parse(`${hour}:00Z`);
  const parts = new Intl.DateTimeFormat('en-GB', { ...wallFields, timeZone }).formatToParts(Date.parse(hour));
  const part = (type: string) => Number(parts.find(each => each.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'));
}

const wallFields = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', hourCycle: 'h23' } as const;

/** How many can be called now, how many wait for their time, and how many are left out until something changes. */
export function standingSums({ dialable, rules }: DryRun['standing']): { now: number; wait: number; never: number } {
  const sum = (waits: boolean) => rules.reduce((all, each) => (each.waits === waits ? all + each.people : all), 0);
  return { now: dialable, wait: sum(true), never: sum(false) };
}
