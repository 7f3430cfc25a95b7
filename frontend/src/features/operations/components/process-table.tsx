import { useQuery } from '@tanstack/react-query';
import { ErrorPart } from '../../../components/error-part.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { Skeleton } from '../../../components/skeleton.tsx';
import { StateMark } from '../../../components/state-mark.tsx';
import { formatBytes, formatCount, formatDuration, formatMs } from '../../../lib/format.ts';
import { operationsText } from '../../../strings/operations.ts';
import { processesQuery, type ServingProcess } from '../api/operations.ts';

const words = operationsText.processes;

const figure = (header: string, shown: (figures: NonNullable<ServingProcess['figures']>) => string) =>
  ({
    header,
    align: 'right',
    cell: ({ figures }) => (figures ? shown(figures) : null),
  }) satisfies Column<ServingProcess>;

const columns: Column<ServingProcess>[] = [
  {
    header: words.columns.id,
    phone: 'lead',
    cell: ({ id, here }) => (
      <>
        <span className="break-all font-mono">{id}</span> {here && <span className="text-text-2">· {words.here}</span>}
      </>
    ),
  },
  { header: words.columns.version, cell: ({ version }) => version ?? words.unknown },
  figure(words.columns.sessions, ({ sessions }) => formatCount(sessions)),
  figure(words.columns.delay, ({ delayMs }) => formatMs(delayMs)),
  figure(words.columns.memory, ({ memoryBytes }) => formatBytes(memoryBytes)),
  figure(words.columns.uptime, ({ uptimeSeconds }) => formatDuration(uptimeSeconds)),
];

/** All processes that serve this installation; that several releases run side by side is said. */
export function ProcessTable() {
  const query = useQuery(processesQuery);
  const { data } = query;
  const versions = new Set(data?.map(({ version }) => version));
  return (
    <>
      {query.isError && (
        <ErrorPart className="mb-3" what={words.failed} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Skeleton rows={1} rowClass="h-10" />}
      {versions.size > 1 && (
        <p className="pb-2">
          <StateMark kind="attention">{words.mixed}</StateMark>
        </p>
      )}
      {data && <RecordTable flush label={words.title} columns={columns} rows={data} rowKey={({ id }) => id} />}
    </>
  );
}
