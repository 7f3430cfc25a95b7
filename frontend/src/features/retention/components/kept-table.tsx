import { useQuery } from '@tanstack/react-query';
import { ErrorPart } from '../../../components/error-part.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { Skeleton } from '../../../components/skeleton.tsx';
import { retentionText as words } from '../../../strings/settings.ts';
import { type Kept, retentionQuery } from '../api/retention.ts';

const columns: Column<Kept>[] = [
  {
    header: words.columns.what,
    phone: 'lead',
    cell: ({ what }) => <span className="font-medium">{words.kinds[what] ?? what}</span>,
  },
  {
    header: words.columns.long,
    cell: ({ what, days }) => {
      if (days !== null) return words.long(days);
      return what === 'audit' ? words.alwaysKept : words.forGood;
    },
  },
  {
    header: words.columns.by,
    cell: ({ setting }) =>
      setting ? <code className="font-mono">{setting}</code> : <span className="text-text-2">{words.fixed}</span>,
  },
];

/** Every kind of data, and how long it stays. */
export function KeptTable() {
  const query = useQuery(retentionQuery);
  return (
    <>
      {query.isError && (
        <ErrorPart className="mb-3" what={words.failed} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Skeleton rows={12} rowClass="h-8" />}
      {query.data && query.data.length > 0 && (
        <RecordTable flush label={words.kept} columns={columns} rows={query.data} rowKey={({ what }) => what} />
      )}
    </>
  );
}
