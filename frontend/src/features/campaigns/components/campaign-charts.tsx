import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Bar, BarChart, Cell, LabelList, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { Button } from '../../../components/button.tsx';
import { ChartFrame } from '../../../components/chart-frame.tsx';
import { chartMargin, chartTick } from '../../../components/chart-look.ts';
import { outcomeTones, outcomeWord } from '../../../components/outcome-mark.tsx';
import { RecordTable } from '../../../components/record-table.tsx';
import { StackedBars } from '../../../components/stacked-bars.tsx';
import { callOutcomes } from '../../../lib/call-values.ts';
import { ownTimeZone } from '../../../lib/date-range.ts';
import { formatCount, formatShare } from '../../../lib/format.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import type { DryRun } from '../api/campaigns.ts';
import { clocksOf, type ForecastClock, type ForecastPoint, forecastPoints, type Try, tries } from '../forecast.ts';

const wideMargin = { ...chartMargin, right: 48 };
const rowPx = 32;

/** How the calls of a campaign ended. Loaded apart from the page, like every chart: Recharts is large. */
export function OutcomeChart({ id, byOutcome }: { id: string; byOutcome: Readonly<Record<string, number>> }) {
  const navigate = useNavigate();
  const words = campaignsText.one;
  const data = callOutcomes.flatMap(outcome => {
    const count = byOutcome[outcome] ?? 0;
    return count > 0 ? [{ outcome, label: outcomeWord(outcome), count }] : [];
  });
  type Point = (typeof data)[number];
  const all = data.reduce((sum, { count }) => sum + count, 0);
  return (
    <ChartFrame
      title={words.outcomes}
      subtitle={words.outcomesBody}
      chart={
        <ResponsiveContainer width="100%" height={data.length * rowPx + 16}>
          <BarChart data={data} layout="vertical" margin={wideMargin} barCategoryGap={6}>
            <XAxis type="number" hide allowDecimals={false} />
            <YAxis type="category" dataKey="label" width={150} tick={chartTick} tickLine={false} axisLine={false} />
            <Bar
              dataKey="count"
              isAnimationActive={false}
              cursor="pointer"
              onClick={(shape: { payload?: unknown }) => {
                const point = shape.payload as Point | undefined;
                if (point) void navigate({ to: '/calls', search: { campaign: id, outcome: point.outcome } });
              }}
            >
              {data.map(({ outcome }) => (
                <Cell key={outcome} fill={`var(--${outcomeTones[outcome] ?? 'o3'})`} stroke="var(--border-strong)" />
              ))}
              <LabelList dataKey="count" position="right" fill="var(--text)" fontSize={12} />
            </Bar>
          </BarChart>
        </ResponsiveContainer>
      }
      table={
        <RecordTable
          flush
          label={words.outcomes}
          columns={[
            { header: words.outcome, phone: 'lead', cell: ({ label }: Point) => label },
            { header: words.count, align: 'right', cell: ({ count }: Point) => formatCount(count) },
            { header: '%', align: 'right', cell: ({ count }: Point) => formatShare(count / all) },
          ]}
          rows={data}
          rowKey={({ outcome }) => outcome}
        />
      }
    />
  );
}

// Points are told by the wall clock, as if that were UTC.
const wall = { timeZone: 'UTC', weekday: 'short' } as const;
const hourFormat = new Intl.DateTimeFormat(undefined, { ...wall, hour: '2-digit', minute: '2-digit' });
const dayFormat = new Intl.DateTimeFormat(undefined, { ...wall, day: 'numeric', month: 'short' });
const labelOf = ({ at, byDay }: ForecastPoint) => (byDay ? dayFormat : hourFormat).format(at);

/** Three tints of the accent: outcomes have colours of their own. */
const tints: Record<Try, string> = {
  first: 'var(--accent)',
  second: 'color-mix(in oklab, var(--accent) 55%, var(--surface))',
  later: 'color-mix(in oklab, var(--accent) 20%, var(--surface))',
};

const parts = tries.map(name => ({ name, label: campaignsText.forecast.tries[name], fill: tints[name] }));

/** What a dry run would dial, along the time: first tries below, repeated ones upon them. */
export function ForecastChart({
  hours,
  hoursThere,
  campaignZone,
}: Pick<DryRun, 'hours' | 'hoursThere'> & {
  /** Of the campaign's hours; `contact` is the clock of whoever is called. */
  campaignZone: string;
}) {
  const words = campaignsText.forecast;
  const mine = ownTimeZone();
  const clocks = clocksOf(campaignZone, mine);
  const [clock, setClock] = useState<ForecastClock>('mine');
  const zone = clock === 'campaign' ? campaignZone : mine;
  const data = forecastPoints(clock === 'theirs' ? hoursThere : hours, zone).map(point => ({
    ...point,
    label: labelOf(point),
  }));
  return (
    <StackedBars
      title={words.title}
      subtitle={clock === 'theirs' ? words.theirClocks : words.zone(zone)}
      actions={
        clocks.length > 1 &&
        clocks.map(each => (
          <Button
            key={each}
            size="dense"
            look={each === clock ? 'pressed' : 'outlined'}
            aria-pressed={each === clock}
            onClick={() => setClock(each)}
          >
            {words.clocks[each]}
          </Button>
        ))
      }
      data={data}
      parts={parts}
      stroke="var(--accent)"
      words={{ time: words.hour, total: words.dials }}
      keyOf={({ at }) => String(at)}
      totalOf={({ dialled }) => dialled}
      headingOf={({ label, dialled }) => `${label} · ${campaignsText.calls(dialled)}`}
    />
  );
}
