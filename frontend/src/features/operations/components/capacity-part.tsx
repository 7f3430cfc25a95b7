import { useQuery } from '@tanstack/react-query';
import clsx from 'clsx';
import type { ReactNode } from 'react';
import { ErrorPart } from '../../../components/error-part.tsx';
import { Skeleton } from '../../../components/skeleton.tsx';
import { StateMark } from '../../../components/state-mark.tsx';
import { When } from '../../../components/when.tsx';
import { formatBytes, formatCount, formatMs } from '../../../lib/format.ts';
import { operationsText } from '../../../strings/operations.ts';
import { capacityQuery } from '../api/operations.ts';

const words = operationsText.capacity;

/** How much there is of how much there may be; from four fifths on the bar warns, full it says so. */
function Gauge({
  label,
  taken,
  limit,
  shown,
  note,
}: {
  label: string;
  taken: number;
  limit: number | null;
  shown: (amount: number) => string;
  note?: ReactNode;
}) {
  const share = limit === null ? 0 : Math.min(1, limit === 0 ? 1 : taken / limit);
  return (
    <div className="grid gap-x-4 gap-y-1 border-b py-2 last:border-b-0 tablet:grid-cols-[14rem_minmax(0,1fr)]">
      <dt className="font-medium">{label}</dt>
      <dd className="grid gap-1">
        <span className="tabular-nums">{limit === null ? shown(taken) : words.of(shown(taken), shown(limit))}</span>
        {limit !== null && (
          <span data-track aria-hidden="true" className="block h-1.5 max-w-120 overflow-hidden rounded-chip bg-sunken">
            <span
              data-mark
              className={clsx(
                'block h-full origin-left',
                share >= 1 ? 'bg-m-bad' : share >= 0.8 ? 'bg-m-warn' : 'bg-m-live',
              )}
              style={{ width: `${share * 100}%` }}
            />
          </span>
        )}
        {note && <span className="text-label text-text-2">{note}</span>}
      </dd>
    </div>
  );
}

/** Calls against limits, and how near this process is to taking no new one. */
export function CapacityPart() {
  const query = useQuery(capacityQuery);
  const { data } = query;
  return (
    <>
      {query.isError && (
        <ErrorPart className="mb-3" what={words.failed} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Skeleton rows={4} rowClass="h-12" />}
      {data && (
        <>
          {data.here.busy && (
            <p className="pb-3">
              <StateMark kind="attention">{words.busy[data.here.busy]}</StateMark>
            </p>
          )}
          <dl className={clsx('border-t', query.isError && 'text-text-3')}>
            <Gauge
              label={words.calls}
              taken={data.calls.taken}
              limit={data.calls.limit}
              shown={formatCount}
              note={
                data.calls.limit === null
                  ? words.noLimit
                  : data.calls.keptForInbound > 0 && words.keptForInbound(data.calls.keptForInbound)
              }
            />
            {data.engines.map(({ engine, taken, limit, until }) => (
              <Gauge
                key={engine}
                label={words.engine(engine)}
                taken={taken}
                limit={limit}
                shown={formatCount}
                note={
                  limit === null ? (
                    words.engineFree
                  ) : (
                    <>
                      {words.engineFull} <When value={until} />
                    </>
                  )
                }
              />
            ))}
            <Gauge
              label={words.delay}
              taken={data.here.delayMs}
              limit={data.here.delayLimitMs}
              shown={formatMs}
              note={words.guard}
            />
            <Gauge
              label={words.memory}
              taken={data.here.memoryBytes}
              limit={data.here.memoryLimitBytes}
              shown={formatBytes}
              note={data.here.memoryLimitBytes === null ? words.memoryFree : words.guard}
            />
          </dl>
        </>
      )}
    </>
  );
}
