import { useQuery } from '@tanstack/react-query';
import { Band } from '../../components/band.tsx';
import { EmptyPart } from '../../components/empty-part.tsx';
import { ErrorPart } from '../../components/error-part.tsx';
import { Figure, FigureRow } from '../../components/figure.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { When } from '../../components/when.tsx';
import { CapacityPart } from '../../features/operations/components/capacity-part.tsx';
import { ProcessTable } from '../../features/operations/components/process-table.tsx';
import { SideList } from '../../features/status/components/side-list.tsx';
import { systemQuery } from '../../features/system/api/system.ts';
import { DependencyList } from '../../features/system/components/dependency-list.tsx';
import { DrainPart } from '../../features/system/components/drain-part.tsx';
import { LogLevelForm } from '../../features/system/components/log-level-form.tsx';
import { formatBytes, formatClock, formatDuration, formatMs } from '../../lib/format.ts';
import { useMay } from '../../lib/use-user.ts';
import { text } from '../../strings/en.ts';
import { operationsText } from '../../strings/operations.ts';

const REFRESH_MS = 5_000;

export function OperationsPage() {
  const query = useQuery({ ...systemQuery, refetchInterval: REFRESH_MS });
  const mayChange = useMay('system:write');
  const system = query.data;
  return (
    <>
      <PageHeader
        title={text.operations.title}
        facts={
          system && (
            <>
              {text.operations.facts(system.version, system.node.replace(/^v/, ''))}
              <span className={query.isError ? 'font-medium text-warn' : ''}>
                {' · '}
                {text.operations.asOf(formatClock(query.dataUpdatedAt))}
              </span>
            </>
          )
        }
      />
      {query.isError && (
        <div className="px-3 pb-4 tablet:px-4">
          <ErrorPart what={text.operations.failed} error={query.error} onRetry={() => query.refetch()} />
        </div>
      )}
      {query.isPending && (
        <div className="border-y bg-surface">
          <Skeleton rows={8} rowClass="h-10 px-4" />
        </div>
      )}
      {system && (
        <div className={query.isError ? 'text-text-3' : ''}>
          <FigureRow>
            <Figure
              label={text.operations.uptime}
              note={
                <>
                  {text.operations.since} <When value={system.startedAt} />
                </>
              }
            >
              {formatDuration(system.uptimeSeconds)}
            </Figure>
            <Figure
              label={text.operations.memory}
              note={text.operations.heap(formatBytes(system.memory.heapUsedBytes))}
            >
              {formatBytes(system.memory.rssBytes)}
            </Figure>
            <Figure label={text.operations.loop} note={text.operations.loopMedian(formatMs(system.eventLoop.p50Ms))}>
              {formatMs(system.eventLoop.p99Ms)}
            </Figure>
          </FigureRow>
          <Band title={operationsText.capacity.title} body={operationsText.capacity.body}>
            <CapacityPart />
          </Band>
          <Band title={operationsText.processes.title} body={operationsText.processes.body}>
            <ProcessTable />
          </Band>
          <section className="border-t bg-surface">
            <div className="px-3 pt-5 pb-2 tablet:px-4">
              <h2 className="font-semibold text-section">{text.operations.dependencies}</h2>
              <p className="mt-1 text-table text-text-2">{text.operations.dependenciesBody}</p>
            </div>
            {system.dependencies.length > 0 ? (
              <DependencyList dependencies={system.dependencies} />
            ) : (
              <EmptyPart what={text.operations.dependenciesEmpty} />
            )}
          </section>
          <Band title={operationsText.drain.title}>
            <DrainPart drain={system.drain} />
          </Band>
          <Band title={text.operations.sides}>
            <SideList sandbox={system.sandbox} />
          </Band>
          {mayChange && (
            <Band title={text.operations.log} body={text.operations.logBody}>
              <LogLevelForm level={system.logLevel} />
            </Band>
          )}
        </div>
      )}
    </>
  );
}
