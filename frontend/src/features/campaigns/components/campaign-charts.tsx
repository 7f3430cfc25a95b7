import { useNavigate } from '@tanstack/react-router';
import { Bar, BarChart, CartesianGrid, Cell, LabelList, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { ChartFrame } from '../../../components/chart-frame.tsx';
import { chartMargin, chartTick, countAxis, timeAxis } from '../../../components/chart-look.ts';
import { outcomeTones, outcomeWord } from '../../../components/outcome-mark.tsx';
import { RecordTable } from '../../../components/record-table.tsx';
import { callOutcomes } from '../../../lib/call-values.ts';
import { ownTimeZone } from '../../../lib/date-range.ts';
import { formatCount, formatShare } from '../../../lib/format.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import type { DryRun } from '../api/campaigns.ts';
import { type ForecastPoint, forecastPoints } from '../forecast.ts';

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

const hourFormat = new Intl.DateTimeFormat(undefined, { weekday: 'short', hour: '2-digit', minute: '2-digit' });
const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' });
const labelOf = ({ at, byDay }: ForecastPoint) => (byDay ? dayFormat : hourFormat).format(at);

/** What a dry run would dial, along the time. */
export function ForecastChart({ hours }: { hours: DryRun['hours'] }) {
  const words = campaignsText.forecast;
  const data = forecastPoints(hours).map(point => ({ ...point, label: labelOf(point) }));
  type Point = (typeof data)[number];
  return (
    <ChartFrame
      title={words.title}
      subtitle={words.zone(ownTimeZone())}
      chart={
        <ResponsiveContainer width="100%" height={200}>
          <BarChart data={data} margin={chartMargin}>
            <CartesianGrid vertical={false} stroke="var(--border)" />
            <XAxis {...timeAxis} />
            <YAxis {...countAxis} />
            <Tooltip
              isAnimationActive={false}
              cursor={{ fill: 'var(--hover)' }}
              content={({ payload }) => {
                const point = payload?.[0]?.payload as Point | undefined;
                return point ? (
                  <div className="rounded-chip bg-ink px-2 py-1 text-ink-fg text-label">
                    <p className="font-medium">{point.label}</p>
                    <p>{campaignsText.calls(point.dialled)}</p>
                  </div>
                ) : null;
              }}
            />
            <Bar dataKey="dialled" fill="var(--accent)" maxBarSize={72} isAnimationActive={false} />
          </BarChart>
        </ResponsiveContainer>
      }
      table={
        <RecordTable
          flush
          label={words.title}
          columns={[
            { header: words.hour, phone: 'lead', cell: ({ label }: Point) => label },
            { header: words.dials, align: 'right', cell: ({ dialled }: Point) => formatCount(dialled) },
          ]}
          rows={data}
          rowKey={({ at }) => String(at)}
        />
      }
    />
  );
}
