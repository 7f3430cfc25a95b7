import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorPart } from './error-part.tsx';
import { Skeleton } from './skeleton.tsx';

/** The states of a list that comes in one piece: loading, failed, empty, there. Old rows stay when a refresh fails. */
export function WholeList<T, R>({
  query,
  rows: rowsOf,
  failed,
  empty,
  children,
}: {
  query: UseQueryResult<T>;
  rows: (answer: T) => R[];
  failed: string;
  empty: ReactNode;
  children: (rows: R[]) => ReactNode;
}) {
  const rows = query.data === undefined ? undefined : rowsOf(query.data);
  return (
    <div className="border-y bg-surface">
      {query.isError && (
        <div className="p-3 tablet:px-4">
          <ErrorPart what={failed} error={query.error} onRetry={() => void query.refetch()} />
        </div>
      )}
      {query.isPending && <Skeleton rows={4} rowClass="h-10 px-4" />}
      {rows?.length === 0 && empty}
      {rows && rows.length > 0 && children(rows)}
    </div>
  );
}
