import { useQuery } from '@tanstack/react-query';
import { Button } from '../../../components/button.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { Skeleton } from '../../../components/skeleton.tsx';
import { type StateKind, StateMark } from '../../../components/state-mark.tsx';
import { formatWhen } from '../../../lib/format.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import { type Finding, preflightQuery } from '../api/campaigns.ts';

const words = campaignsText.check;
const marks: Record<Finding['level'], StateKind> = { block: 'failed', warn: 'attention', ok: 'passed' };

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

function Findings({ findings }: { findings: readonly Finding[] }) {
  if (findings.length === 0) return null;
  return (
    <ul className="border-t">
      {findings.map(({ check, level, message, remedy }) => (
        <li
          key={`${check} ${message}`}
          className="grid gap-x-4 gap-y-0.5 border-b py-2 last:border-b-0 tablet:grid-cols-[8rem_minmax(0,1fr)]"
        >
          <StateMark kind={marks[level]}>{words.levels[level]}</StateMark>
          <div className="min-w-0 max-w-[78ch]">
            <p className="break-words">{message}</p>
            {remedy && (
              <p className="break-words text-text-2">
                <span className="font-medium">{words.remedy}</span> {remedy}
              </p>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
