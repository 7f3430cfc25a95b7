import { useQuery } from '@tanstack/react-query';
import { ErrorPart } from '../../../components/error-part.tsx';
import { RecordTable } from '../../../components/record-table.tsx';
import { Skeleton } from '../../../components/skeleton.tsx';
import { StateMark } from '../../../components/state-mark.tsx';
import { formatCount } from '../../../lib/format.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import { type DryRun, dryRunQuery } from '../api/campaigns.ts';
import { standingSums } from '../forecast.ts';

const words = campaignsText.standing;
type Rule = DryRun['standing']['rules'][number];

/** What the rules mean for the people of a campaign at this moment: who could be called, and how many each rule keeps from it. */
export function PeopleNow({ id }: { id: string }) {
  const query = useQuery(dryRunQuery(id));
  const run = query.data;
  return (
    <section aria-label={words.title} className="border-t bg-surface px-3 py-4 tablet:px-4">
      <h3 className="font-semibold text-section">{words.title}</h3>
      {query.isError && !run && (
        <ErrorPart className="mt-2" what={words.failed} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Skeleton rows={2} rowClass="h-8" />}
      {run && (
        <>
          <p className="text-text-2">
            {run.people === 0 ? words.nobody : words.sentence(run.people, standingSums(run.standing))}{' '}
            {run.sampledOneOf > 1 && campaignsText.forecast.sampled(run.sampledOneOf)}
          </p>
          {run.standing.rules.length > 0 && (
            <div className="mt-2">
              <RecordTable
                flush
                label={words.byRule}
                columns={[
                  {
                    header: words.rule,
                    phone: 'lead',
                    cell: ({ code, message }: Rule) => (
                      <span className="block py-1">{words.codes[code] ?? message}</span>
                    ),
                  },
                  {
                    header: words.effect,
                    cell: ({ waits }: Rule) => (
                      <StateMark kind={waits ? 'ringing' : 'blocked'}>{waits ? words.waits : words.leftOut}</StateMark>
                    ),
                  },
                  { header: words.people, align: 'right', cell: ({ people }: Rule) => formatCount(people) },
                ]}
                rows={run.standing.rules}
                rowKey={({ code }) => code}
              />
            </div>
          )}
        </>
      )}
    </section>
  );
}

/** The running sums beside the steps. */
export function PeopleSums({ id }: { id: string }) {
  const run = useQuery(dryRunQuery(id)).data;
  if (!run || run.people === 0) return null;
  const { now, wait, never } = standingSums(run.standing);
  const lines = [
    [words.sums.people, run.people],
    [words.sums.now, now],
    [words.sums.wait, wait],
    [words.sums.never, never],
  ] as const;
  return (
    <dl className="mx-2 mt-3 hidden border-t pt-2 text-table tablet:block">
      {lines.map(([name, count]) => (
        <div key={name} className="flex justify-between gap-2 py-0.5">
          <dt className="text-text-2">{name}</dt>
          <dd className="font-medium">{formatCount(count)}</dd>
        </div>
      ))}
    </dl>
  );
}
