import type { DryRun } from './api/campaigns.ts';

export interface ForecastPoint {
  readonly at: number;
  /** The bar is a day, as hours would be too many to see. */
  readonly byDay: boolean;
  readonly dialled: number;
}

const hourMs = 3_600_000;
const mostHours = 72;

/** The hours of a dry run with the quiet ones between them; by day where they would be too many. */
export function forecastPoints(hours: DryRun['hours']): ForecastPoint[] {
  const dialled = hours.filter(each => each.dialled > 0).map(each => ({ ...each, at: Date.parse(each.hour) }));
  const [first] = dialled;
  const last = dialled.at(-1);
  if (!first || !last) return [];
  const byDay = (last.at - first.at) / hourMs >= mostHours;
  const points = new Map<number, number>();
  if (byDay) for (let at = dayOf(first.at); at <= last.at; at = dayOf(at + 36 * hourMs)) points.set(at, 0);
  else for (let at = first.at; at <= last.at; at += hourMs) points.set(at, 0);
  for (const each of dialled) {
    const at = byDay ? dayOf(each.at) : each.at;
    points.set(at, (points.get(at) ?? 0) + each.dialled);
  }
  return [...points].map(([at, count]) => ({ at, byDay, dialled: count }));
}

/** When the day of this moment began, by the viewer's clock. */
const dayOf = (at: number): number => new Date(at).setHours(0, 0, 0, 0);
