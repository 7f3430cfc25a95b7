import type { ReactNode } from 'react';
import { Bar, BarChart, CartesianGrid, Cell, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { formatCount } from '../lib/format.ts';
import { ChartFrame } from './chart-frame.tsx';
import { chartMargin, countAxis, timeAxis } from './chart-look.ts';
import { RecordTable } from './record-table.tsx';

/** A part of every bar; the first one stands at the bottom. */
export interface BarPart<Name extends string> {
  readonly name: Name;
  readonly label: string;
  readonly fill: string;
}

type Counted<Name extends string> = { readonly label: string } & Readonly<Record<Name, number>>;

const height = 200;

/** Counts along the time in bars of several parts, with the names of the parts above, and the same as a table. Loaded with the charts. */
export function StackedBars<Name extends string, Point extends Counted<Name>>({
  title,
  subtitle,
  actions,
  data,
  parts,
  stroke,
  words,
  keyOf,
  totalOf,
  headingOf,
  unfinished = () => false,
  onOpen,
}: {
  title: string;
  subtitle: string;
  actions?: ReactNode;
  data: Point[];
  parts: readonly BarPart<Name>[];
  /** The edge of each part, where its fill alone would be too pale. */
  stroke?: string;
  /** Of the table: its first column and its last. */
  words: { readonly time: string; readonly total: string };
  keyOf: (point: Point) => string;
  totalOf: (point: Point) => number;
  /** What stands first where somebody points at a bar. */
  headingOf: (point: Point) => ReactNode;
  /** Its time is not over yet: drawn half opaque. */
  unfinished?: (point: Point) => boolean;
  /** A bar was pressed. */
  onOpen?: (point: Point) => void;
}) {
  const opens = onOpen && {
    cursor: 'pointer',
    onClick: (shape: { payload?: unknown }) => shape.payload && onOpen(shape.payload as Point),
  };
  return (
    <ChartFrame
      title={title}
      subtitle={subtitle}
      {...(actions ? { actions } : {})}
      chart={
        <>
          <ul className="flex flex-wrap gap-x-4 pb-1 text-label text-text-2">
            {parts.map(({ name, label, fill }) => (
              <li key={name} className="inline-flex items-center gap-1.5">
                <span
                  aria-hidden="true"
                  data-mark
                  className="size-2.5 rounded-[2px] border border-border-strong"
                  style={{ background: fill }}
                />
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
                      <p className="font-medium">{headingOf(point)}</p>
                      {parts.map(({ name, label }) => (
                        <p key={name}>{`${label}: ${formatCount(point[name])}`}</p>
                      ))}
                    </div>
                  ) : null;
                }}
              />
              {parts.map(({ name, fill }) => (
                <Bar
                  key={name}
                  dataKey={name}
                  stackId="parts"
                  fill={fill}
                  {...(stroke ? { stroke, strokeWidth: 1 } : {})}
                  maxBarSize={72}
                  isAnimationActive={false}
                  {...opens}
                >
                  {data.map(point => (
                    <Cell key={keyOf(point)} fillOpacity={unfinished(point) ? 0.5 : 1} />
                  ))}
                </Bar>
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
            { header: words.time, phone: 'lead', cell: ({ label }: Point) => label },
            ...parts.map(({ name, label }) => ({
              header: label,
              align: 'right' as const,
              cell: (point: Point) => formatCount(point[name]),
            })),
            { header: words.total, align: 'right' as const, cell: (point: Point) => formatCount(totalOf(point)) },
          ]}
          rows={data}
          rowKey={keyOf}
        />
      }
    />
  );
}
