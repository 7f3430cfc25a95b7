import { useQuery } from '@tanstack/react-query';
import { Button } from '../../../components/button.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { Findings } from '../../../components/findings.tsx';
import { Skeleton } from '../../../components/skeleton.tsx';
import { formatWhen } from '../../../lib/format.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import { preflightQuery } from '../api/campaigns.ts';

const words = campaignsText.check;

/** Whether a campaign can be started, and what to mend, failing first. */
export function PreflightPart({ id }: { id: string }) {
  const query = useQuery(preflightQuery(id));
  const report = query.data;
  const inOrder = report?.findings.filter(({ level }) => level === 'ok') ?? [];
  const others = report?.findings.filter(({ level }) => level !== 'ok') ?? [];
  return (
    <section aria-label={words.title} className="border-b bg-surface px-3 py-4 tablet:px-4">
      <div className="flex flex-wrap items-start gap-3 pb-2">
        <div className="min-w-0 flex-1">
          <h2 className="font-semibold text-section">{words.title}</h2>
          {report && (
            <p className="text-text-2" role="status">
              {report.blocking > 0
                ? words.blocked(report.blocking)
                : report.warnings > 0
                  ? words.readyWith(report.warnings)
                  : words.ready}{' '}
              {words.at(formatWhen(Date.parse(report.at), { now: Date.now() }))}
            </p>
          )}
        </div>
        <Button size="dense" disabled={query.isFetching} onClick={() => void query.refetch()}>
          {query.isFetching ? words.running : words.again}
        </Button>
      </div>
      {query.isError && !query.isFetching && (
        <ErrorPart what={words.failed} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Skeleton rows={5} rowClass="h-10" />}
      {report && (
        <div className={query.isFetching ? 'opacity-60' : ''}>
          <Findings findings={others} />
          {inOrder.length > 0 && (
            <details className="mt-2">
              <summary className="w-fit cursor-pointer py-1 font-medium text-accent">
                {words.inOrder(inOrder.length)}
              </summary>
              <Findings findings={inOrder} />
            </details>
          )}
        </div>
      )}
    </section>
  );
}
