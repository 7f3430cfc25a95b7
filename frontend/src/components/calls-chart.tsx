import { useMemo } from 'react';
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { type Bucket, bucketLabel, bucketsOf, type HourFigures } from '../lib/call-buckets.ts';
import { formatCount } from '../lib/format.ts';
import { figuresText } from '../strings/figures.ts';
import { ChartFrame } from './chart-frame.tsx';
import { chartMargin, countAxis, timeAxis } from './chart-look.ts';
import { OutcomeSwatch } from './outcome-mark.tsx';
import { RecordTable } from './record-table.tsx';

const words = figuresText.chart;
const height = 200;
const parts = [
  ['conversations', 'o1', words.conversations],
  ['otherwise', 'o2', words.answered],
  ['unanswered', 'o3', words.unanswered],
] as const;

/** How many calls there were along the time, and how far they came. Loaded apart from the page: Recharts is large. */
export function CallsChart({
  title,
  subtitle,
  hours,
  onOpen,
}: {
  title: string;
  subtitle: string;
  hours: readonly HourFigures[];
  /** A bar was pressed. */
  onOpen: (bucket: Bucket) => void;
}) {
  const data = useMemo(
    () =>
      bucketsOf(hours, Date.now()).map(bucket => ({
        ...bucket,
        label: bucketLabel(bucket, hours.length),
        otherwise: bucket.answered - bucket.conversations,
        unanswered: bucket.calls - bucket.answered,
      })),
    [hours],
  );
  type Point = (typeof data)[number];
  const stack = {
    stackId: 'calls',
    isAnimationActive: false,
    cursor: 'pointer',
    maxBarSize: 72,
    onClick: (shape: { payload?: unknown }) => shape.payload && onOpen(shape.payload as Point),
  } as const;
  return (
    <ChartFrame
      title={title}
      subtitle={subtitle}
      chart={
        <>
          <ul className="flex flex-wrap gap-x-4 pb-1 text-label text-text-2">
            {parts.map(([name, tone, label]) => (
              <li key={name} className="inline-flex items-center gap-1.5">
                <OutcomeSwatch tone={tone} />
                {label}
              </li>
            ))}
          </ul>
          <ResponsiveContainer width="100%" height={height}>
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
                      <p className="font-medium">
                        {point.label} {point.running && words.soFar}
                      </p>
                      {parts.map(([name, , label]) => (
                        <p key={name}>{`${label}: ${formatCount(point[name])}`}</p>
                      ))}
                    </div>
                  ) : null;
                }}
              />
              {parts.map(([name, tone]) => (
                <Bar key={name} {...stack} dataKey={name} fill={`var(--${tone})`} />
              ))}
            </BarChart>
          </ResponsiveContainer>
        </>
      }
      table={
        <RecordTable
          flush
          label={title}
          columns={[
            { header: words.time, phone: 'lead', cell: (point: Point) => point.label },
            ...parts.map(([name, , label]) => ({
              header: label,
              align: 'right' as const,
              cell: (point: Point) => formatCount(point[name]),
            })),
            { header: words.total, align: 'right' as const, cell: ({ calls }: Point) => formatCount(calls) },
          ]}
          rows={data}
          rowKey={({ from }) => String(from)}
        />
      }
    />
  );
}
