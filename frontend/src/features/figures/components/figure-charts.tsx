import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useMemo } from 'react';
import {
  Bar,
  BarChart,
  CartesianGrid,
  Line,
  LineChart,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { CallsChart } from '../../../components/calls-chart.tsx';
import { ChartFrame } from '../../../components/chart-frame.tsx';
import { chartMargin, chartTick, timeAxis } from '../../../components/chart-look.ts';
import { RecordTable } from '../../../components/record-table.tsx';
import { type Bucket, bucketLabel, bucketsOf, isByDay } from '../../../lib/call-buckets.ts';
import { ownTimeZone } from '../../../lib/date-range.ts';
import { formatCount, formatMoney, formatMs, formatShare } from '../../../lib/format.ts';
import { figuresText } from '../../../strings/figures.ts';
import type { Dashboard } from '../api/figures.ts';
import { answerRateOf, delaysOf } from '../stretches.ts';

const words = figuresText.chart;
const height = 200;
const valueAxis = { tick: chartTick, tickLine: false, axisLine: false };
/** Later than this, people begin to wonder whether anybody is there. */
const lateMs = 1_500;

/** Calls, answer rate, delay and spend along the time of a range. Loaded apart from the page: Recharts is large. */
export function FigureCharts({
  figures,
  children,
}: {
  figures: Dashboard;
  /** What stands between how many calls there were and how they went. */
  children: ReactNode;
}) {
  const navigate = useNavigate();
  const byDay = isByDay(figures.hourly);
  const data = useMemo(
    () =>
      bucketsOf(figures.hourly, Date.now()).map(bucket => ({
        ...bucket,
        label: bucketLabel(bucket, figures.hourly.length),
        share: answerRateOf(bucket),
        ...delaysOf(figures.delays, bucket.from),
      })),
    [figures.hourly, figures.delays],
  );
  type Point = (typeof data)[number];
  const { currency } = figures.totals.spend;
  const each = byDay ? words.each.day : words.each.hour;
  const money = (amount: number) => formatMoney(String(amount), currency);
  const open = ({ from, to }: Bucket) =>
    void navigate({
      to: '/calls',
      search: { from: new Date(from).toISOString(), to: new Date(to).toISOString() },
    });
  const pressed = (shape: { payload?: unknown }) => shape.payload && open(shape.payload as Point);
  const grid = <CartesianGrid vertical={false} stroke="var(--border)" />;
  /** Lines along the time; a sentence in their place where nothing was measured. */
  const lines = (none: string | false, inside: ReactNode) =>
    none ? (
      <p className="py-8 text-text-2">{none}</p>
    ) : (
      <ResponsiveContainer width="100%" height={height}>
        <LineChart data={data} margin={chartMargin}>
          {grid}
          <XAxis {...timeAxis} />
          {inside}
        </LineChart>
      </ResponsiveContainer>
    );
  const tip = (lines: (point: Point) => string[]) => (
    <Tooltip
      isAnimationActive={false}
      cursor={{ fill: 'var(--hover)' }}
      content={({ payload }) => {
        const point = payload?.[0]?.payload as Point | undefined;
        if (!point) return null;
        return (
          <div className="rounded-chip bg-ink px-2 py-1 text-ink-fg text-label">
            <p className="font-medium">
              {point.label} {point.running && words.soFar}
            </p>
            {lines(point).map(line => (
              <p key={line}>{line}</p>
            ))}
          </div>
        );
      }}
    />
  );
  const time = { header: words.time, phone: 'lead', cell: (point: Point) => point.label } as const;
  const table = (label: string, columns: { header: string; cell: (point: Point) => string }[]) => (
    <RecordTable
      flush
      label={label}
      columns={[time, ...columns.map(column => ({ ...column, align: 'right' as const }))]}
      rows={data}
      rowKey={({ from }) => String(from)}
    />
  );
  return (
    <>
      <CallsChart title={words.calls(each)} subtitle={words.zone(ownTimeZone())} hours={figures.hourly} onOpen={open} />
      {children}
      <div className="grid bg-surface desk:grid-cols-3">
        <ChartFrame
          title={words.rate(each)}
          subtitle={words.rateBody}
          chart={lines(
            data.every(({ share }) => share === null) && words.tooFew,
            <>
              <YAxis
                {...valueAxis}
                width={44}
                domain={[0, 1]}
                ticks={[0, 0.25, 0.5, 0.75, 1]}
                tickFormatter={(share: number) => formatShare(share)}
              />
              {tip(({ share, answered, calls }) => [
                share === null ? '–' : formatShare(share),
                `${formatCount(answered)} / ${formatCount(calls)}`,
              ])}
              <Line dataKey="share" stroke="var(--accent)" strokeWidth={2} dot={dot} isAnimationActive={false} />
            </>,
          )}
          table={table(words.rate(each), [
            { header: words.share, cell: ({ share }) => (share === null ? '–' : formatShare(share)) },
            { header: words.total, cell: ({ calls }) => formatCount(calls) },
          ])}
        />
        <div className="desk:border-l">
          <ChartFrame
            title={words.delay(each)}
            subtitle={words.delayBody(formatMs(lateMs))}
            chart={lines(
              data.every(({ p50 }) => p50 === null) && words.noDelay,
              <>
                <YAxis
                  {...valueAxis}
                  width={72}
                  domain={[0, (highest: number) => Math.max(highest, lateMs + 100)]}
                  tickCount={5}
                  tickFormatter={(ms: number) => formatMs(Math.round(ms))}
                />
                {tip(({ p50, p95, turns }) =>
                  p50 === null || p95 === null
                    ? ['–']
                    : [
                        `${words.half}: ${formatMs(p50)}`,
                        `${words.most}: ${formatMs(p95)}`,
                        `${words.answers}: ${formatCount(turns)}`,
                      ],
                )}
                <ReferenceLine y={lateMs} stroke="var(--m-bad)" strokeDasharray="4 3" />
                <Line dataKey="p50" stroke="var(--accent)" strokeWidth={2} dot={dot} isAnimationActive={false} />
                <Line
                  dataKey="p95"
                  stroke="var(--text-2)"
                  strokeWidth={1.5}
                  strokeDasharray="2 2"
                  dot={{ ...dot, fill: 'var(--text-2)' }}
                  isAnimationActive={false}
                />
              </>,
            )}
            table={table(words.delay(each), [
              { header: words.half, cell: ({ p50 }) => (p50 === null ? '–' : formatMs(p50)) },
              { header: words.most, cell: ({ p95 }) => (p95 === null ? '–' : formatMs(p95)) },
              { header: words.answers, cell: ({ turns }) => formatCount(turns) },
            ])}
          />
        </div>
        <div className="desk:border-l">
          <ChartFrame
            title={words.spend(each)}
            subtitle={words.zone(ownTimeZone())}
            chart={
              <ResponsiveContainer width="100%" height={height}>
                <BarChart data={data} margin={chartMargin}>
                  {grid}
                  <XAxis {...timeAxis} />
                  <YAxis {...valueAxis} width={64} tickCount={5} tickFormatter={money} />
                  {tip(({ spend }) => [money(spend)])}
                  <Bar
                    dataKey="spend"
                    fill="var(--accent)"
                    isAnimationActive={false}
                    cursor="pointer"
                    onClick={pressed}
                  />
                </BarChart>
              </ResponsiveContainer>
            }
            table={table(words.spend(each), [{ header: words.amount, cell: ({ spend }) => money(spend) }])}
          />
        </div>
      </div>
    </>
  );
}

const dot = { r: 2.5, fill: 'var(--accent)' };
