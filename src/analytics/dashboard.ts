import type { CallFigures } from '../calls/calls.types.ts';
import { invalidField } from '../store/scalar.ts';
import { dayMs, scopeOf } from './contribution-protocol.ts';
import type { Figures, FiguresSum } from './figures-sum.ts';
import type { RollupReader } from './rollup-reader.ts';
import { localHours, quarterAfter, quarterBefore, startOfDay, zoneClock } from './time-slots-protocol.ts';

export interface DashboardQuestion {
  readonly from?: string;
  readonly to?: string;
  readonly timeZone?: string;
  readonly campaignId?: string;
  readonly agentId?: string;
}

export interface DashboardAnswer {
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
  readonly totals: Figures & { readonly active: number };
  readonly previous: Figures & { readonly from: string; readonly to: string };
  readonly hourly: readonly (ReturnType<FiguresSum['brief']> & { readonly at: string })[];
  /** By the hour as long as `hourly` has at most three days, else by the local day: quantiles cannot be added up. */
  readonly delays: readonly (ReturnType<FiguresSum['delays']> & { readonly at: string })[];
  readonly today: Figures;
  readonly last24h: Figures;
}

export interface DashboardOptions {
  readonly reader: RollupReader;
  readonly calls: Pick<CallFigures, 'active'>;
  readonly currency: string;
  /** Where nobody names one. */
  readonly timeZone: string;
  readonly now: () => Date;
}

const longestDays = 366;
const usualDays = 7;
const mostHoursOfDelays = 72;
const zones = new Map<string, (atMs: number) => number>();

/** Answers questions about figures. Stretches are widened to full quarters of an hour, and the answer says to which. */
export function createDashboard({ reader, calls, currency, now, ...defaults }: DashboardOptions) {
  return async (question: DashboardQuestion): Promise<DashboardAnswer> => {
    const timeZone = question.timeZone ?? defaults.timeZone;
    const offsetOf = clockOf(timeZone);
    const nowMs = now().getTime();
    const [fromMs, toMs] = stretchOf(question, nowMs, offsetOf);
    const beforeMs = fromMs - (toMs - fromMs);
    const todayMs = startOfDay(nowMs, offsetOf);
    const untilMs = quarterAfter(nowMs + 1);
    const dayAgoMs = quarterBefore(nowMs - dayMs);
    const { campaignId, agentId } = question;
    const [days, active] = await Promise.all([
      reader.read(scopeOf(campaignId ?? null, agentId ?? null), [
        [beforeMs, toMs],
        [Math.min(todayMs, dayAgoMs), untilMs],
      ]),
      calls.active({ ...(campaignId ? { campaignId } : {}), ...(agentId ? { agentId } : {}) }),
    ]);
    const iso = (ms: number) => new Date(ms).toISOString();
    const hours = localHours(fromMs, toMs, offsetOf);
    return {
      from: iso(fromMs),
      to: iso(toMs),
      timeZone,
      totals: { ...days.sum(fromMs, toMs).figures(currency), active },
      previous: { from: iso(beforeMs), to: iso(fromMs), ...days.sum(beforeMs, fromMs).figures(currency) },
      hourly: hours.map(hour => ({
        at: iso(hour.fromMs),
        ...days.sum(hour.fromMs, hour.toMs).brief(currency),
      })),
      delays: (hours.length > mostHoursOfDelays ? daysOf(hours, offsetOf) : hours).map(each => ({
        at: iso(each.fromMs),
        ...days.sum(each.fromMs, each.toMs).delays(),
      })),
      today: days.sum(todayMs, untilMs).figures(currency),
      last24h: days.sum(dayAgoMs, untilMs).figures(currency),
    };
  };
}

type Stretch = ReturnType<typeof localHours>[number];

/** Hours gathered into the days of the local calendar. */
function daysOf(hours: readonly Stretch[], offsetOf: (atMs: number) => number): Stretch[] {
  const days = new Map<number, Stretch>();
  for (const { fromMs, toMs } of hours) {
    const day = startOfDay(fromMs, offsetOf);
    days.set(day, { fromMs: days.get(day)?.fromMs ?? fromMs, toMs });
  }
  return [...days.values()];
}

function clockOf(timeZone: string): (atMs: number) => number {
  const known = zones.get(timeZone);
  if (known) return known;
  let clock: (atMs: number) => number;
  try {
    clock = zoneClock(timeZone);
  } catch {
    throw invalidField('timeZone', 'must be the name of a time zone, such as Europe/Vienna or UTC');
  }
  // A few hundred names exist, in a few ways of writing them.
  if (zones.size < 1_000) zones.set(timeZone, clock);
  return clock;
}

function stretchOf(
  { from, to }: DashboardQuestion,
  nowMs: number,
  offsetOf: (atMs: number) => number,
): [number, number] {
  const toMs = to === undefined ? quarterAfter(nowMs) : quarterAfter(momentOf('to', to));
  const usual = startOfDay(toMs - 1 - (usualDays - 1) * dayMs, offsetOf);
  const fromMs = from === undefined ? usual : quarterBefore(momentOf('from', from));
  if (fromMs >= toMs) throw invalidField('from', 'must lie before to');
  if (toMs - fromMs > longestDays * dayMs) throw invalidField('from', `must be at most ${longestDays} days before to`);
  return [fromMs, toMs];
}

const earliest = Date.UTC(2000, 0, 1);
const latest = Date.UTC(2200, 0, 1);

function momentOf(field: string, text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw invalidField(field, 'must be a moment such as 2026-03-01T12:00:00Z');
  if (ms < earliest || ms > latest) throw invalidField(field, 'must lie between the years 2000 and 2200');
  return ms;
}
