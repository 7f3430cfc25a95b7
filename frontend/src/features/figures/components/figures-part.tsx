import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense } from 'react';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { NextCallsAct, NextCallsSentence } from '../../../components/next-calls.tsx';
import { Skeleton } from '../../../components/skeleton.tsx';
import type { RangeSearch } from '../../../lib/date-range.ts';
import { formatClock } from '../../../lib/format.ts';
import { useLiveCount } from '../../../lib/live/use-live.ts';
import { nextCallsQuery } from '../../../lib/next-calls.ts';
import { figuresText as words } from '../../../strings/figures.ts';
import { figuresQuery } from '../api/figures.ts';
import { FigureStrip } from './figure-strip.tsx';
import { OutcomeBands } from './outcome-bands.tsx';

const FigureCharts = lazy(() =>
  import('./figure-charts.tsx').then(({ FigureCharts: charts }) => ({ default: charts })),
);

/** The figures of a range: at a glance, along the time, and by how calls ended. */
export function FiguresPart({
  range,
  children,
}: {
  range: RangeSearch;
  /** What stands between the figures and their charts. */
  children?: ReactNode;
}) {
  const query = useQuery(figuresQuery(range));
  const live = useLiveCount();
  const figures = query.data?.shown;
  const old = query.isError || query.isPlaceholderData ? 'opacity-60' : '';
  return (
    <section aria-label={words.label}>
      {query.isError && (
        <div className="px-3 pb-3 tablet:px-4">
          <ErrorPart
            what={figures ? words.stale(formatClock(query.dataUpdatedAt)) : words.failed}
            error={query.error}
            onRetry={() => void query.refetch()}
          />
        </div>
      )}
      {!figures && query.isPending && (
        <div className="border-y bg-surface">
          <Skeleton rows={4} rowClass="h-18 px-4" />
        </div>
      )}
      {figures && query.data && (
        <div className={old}>
          <FigureStrip
            totals={figures.totals}
            before={query.data.before}
            active={live ?? figures.totals.active}
            range={range}
          />
        </div>
      )}
      {children}
      {figures && query.data && (
        <div className={old}>
          {figures.totals.calls === 0 ? (
            <div className="border-t bg-surface">
              {range.range === 'today' ? <EmptyToday /> : <EmptyPart what={words.empty} how={words.emptyHow} />}
            </div>
          ) : (
            <Suspense fallback={<Skeleton rows={4} rowClass="h-16 px-4" />}>
              <FigureCharts figures={figures}>
                <OutcomeBands totals={figures.totals} range={range} />
              </FigureCharts>
            </Suspense>
          )}
        </div>
      )}
    </section>
  );
}

/** Nobody was called yet: when that begins. */
function EmptyToday() {
  const { data } = useQuery(nextCallsQuery);
  return (
    <EmptyPart
      what={words.emptyToday}
      how={data ? <NextCallsSentence next={data} /> : words.emptyHow}
      action={data && <NextCallsAct next={data} />}
    />
  );
}
