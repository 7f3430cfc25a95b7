import { useQuery } from '@tanstack/react-query';
import { Suspense } from 'react';
import { Button } from '../../../components/button.tsx';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { outcomeWord } from '../../../components/outcome-mark.tsx';
import { RecordTable } from '../../../components/record-table.tsx';
import { Skeleton } from '../../../components/skeleton.tsx';
import { formatCount, formatMoney, formatShare, formatWhen } from '../../../lib/format.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import { type Campaign, type DryRun, dryRunQuery } from '../api/campaigns.ts';
import { ForecastChart } from './lazy-charts.tsx';

const words = campaignsText.forecast;

/** What the campaign would do from now on, hour by hour, without calling anybody. */
export function ForecastPart({ campaign }: { campaign: Campaign }) {
  const query = useQuery(dryRunQuery(campaign.id));
  const run = query.data;
  return (
    <div className="border-b bg-surface">
      {query.isError && !query.isFetching && (
        <div className="p-3 tablet:px-4">
          <ErrorPart what={words.failed} error={query.error} onRetry={() => void query.refetch()} />
        </div>
      )}
      {!run && query.isFetching && (
        <>
          <p role="status" className="px-3 py-3 text-text-2 tablet:px-4">
            {words.making}
          </p>
          <Skeleton rows={4} rowClass="h-12 px-4" />
        </>
      )}
      {run && (
        <div className={query.isFetching ? 'opacity-60' : ''}>
          <div className="flex flex-wrap items-start gap-3 px-3 py-4 tablet:px-4">
            <Sentences run={run} />
            <Button size="dense" disabled={query.isFetching} onClick={() => void query.refetch()}>
              {query.isFetching ? words.making : words.again}
            </Button>
          </div>
          {run.dialled === 0 ? (
            <EmptyPart what={words.nobody} how={words.nobodyHow} />
          ) : (
            <Suspense fallback={<Skeleton rows={4} rowClass="h-12 px-4" />}>
              <ForecastChart
                hours={run.hours}
                hoursThere={run.hoursThere}
                campaignZone={campaign.schedule?.timeZone ?? 'contact'}
              />
            </Suspense>
          )}
          {run.notDialled.length > 0 && <NotDialled rows={run.notDialled} />}
        </div>
      )}
    </div>
  );
}

function Sentences({ run }: { run: DryRun }) {
  const end = run.estimatedEndAt && formatWhen(Date.parse(run.estimatedEndAt), { now: Date.now() });
  const all = run.assumptions.reduce((sum, { share }) => sum + share, 0);
  const shares = run.assumptions
    .filter(({ share }) => share > 0)
    .map(({ outcome, share }) => `${outcomeWord(outcome)} ${formatShare(share / all)}`);
  return (
    <div className="min-w-48 flex-1 text-text-2">
      {run.dialled > 0 && (
        <p className="font-medium text-text">
          {words.sentence(run.dialled, run.people, end)}{' '}
          {words.spend(formatMoney(String(run.spend.amount), run.spend.currency))}
        </p>
      )}
      {run.left > 0 && <p>{words.left(run.left)}</p>}
      <p>{words.assumed(shares.join(', '))}</p>
      {run.sampledOneOf > 1 && <p>{words.sampled(run.sampledOneOf)}</p>}
    </div>
  );
}

function NotDialled({ rows }: { rows: DryRun['notDialled'] }) {
  return (
    <section className="border-t px-3 py-4 tablet:px-4">
      <h2 className="pb-2 font-semibold text-section">{words.notDialled}</h2>
      <RecordTable
        flush
        label={words.notDialled}
        columns={[
          { header: words.reason, phone: 'lead', cell: ({ message }) => <span className="block py-1">{message}</span> },
          { header: words.people, align: 'right', cell: ({ people }) => formatCount(people) },
        ]}
        rows={rows}
        rowKey={({ code, message }) => `${code} ${message}`}
      />
    </section>
  );
}
