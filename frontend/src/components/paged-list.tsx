import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Page } from '../lib/http.ts';
import { text } from '../strings/en.ts';
import { Button } from './button.tsx';
import { ErrorPart } from './error-part.tsx';
import { Skeleton } from './skeleton.tsx';

/** The states every list has: loading, failed, empty, and pages that are fetched on demand. Old rows stay when a refresh fails. */
export function PagedList<T>({
  query,
  failed,
  empty,
  end,
  moreLabel = text.loadMore,
  children,
}: {
  query: UseInfiniteQueryResult<InfiniteData<Page<T>>>;
  failed: string;
  empty: ReactNode;
  end?: string;
  moreLabel?: string;
  children: (rows: T[]) => ReactNode;
}) {
  const rows = query.data?.pages.flatMap(page => page.items);
  return (
    <div className="border-y bg-surface">
      {query.isError && (
        <div className="p-3 tablet:px-4">
          <ErrorPart what={failed} error={query.error} onRetry={() => query.refetch()} />
        </div>
      )}
      {!rows && query.isPending && <Skeleton rows={6} rowClass="h-8 px-4 comfortable:h-10" />}
      {rows?.length === 0 && empty}
      {rows && rows.length > 0 && children(rows)}
      {query.hasNextPage && (
        <div className="border-t p-3 text-center">
          <Button disabled={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
            {query.isFetchingNextPage ? text.loadingMore : moreLabel}
          </Button>
        </div>
      )}
      {end && rows && rows.length > 0 && !query.hasNextPage && (
        <p className="border-t px-4 py-2.5 text-center text-label text-text-2">{end}</p>
      )}
    </div>
  );
}
