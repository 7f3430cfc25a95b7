import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo, useRef } from 'react';
import { Button } from '../../../components/button.tsx';
import { DataTable } from '../../../components/data-table.tsx';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { Skeleton } from '../../../components/skeleton.tsx';
import { useAgentNames } from '../../../lib/agents.ts';
import { useLiveCalls } from '../../../lib/live/use-live.ts';
import { useMay } from '../../../lib/use-user.ts';
import { callsText } from '../../../strings/calls.ts';
import { callsQuery, type ListedCall } from '../api/calls.ts';
import { callColumns } from '../call-columns.tsx';
import { type CallsSearch, filters, queryOf, sortOf } from '../calls-search.ts';
import { NoneMatch } from './none-match.tsx';

/** The calls that match, as many as there are, with what became of each. */
export function CallsTable({
  search,
  visible,
  openedAt,
  onChange,
  onShowAll,
}: {
  search: CallsSearch;
  visible: readonly string[];
  /** What "today" means, for as long as the page is looked at. */
  openedAt: number;
  onChange: (next: CallsSearch) => void;
  onShowAll: () => void;
}) {
  const navigate = useNavigate();
  const agents = useAgentNames();
  const asked = useMemo(() => queryOf(search, openedAt), [search, openedAt]);
  const query = useInfiniteQuery(callsQuery(asked, sortOf(search)));
  const [seesPeople, seesCampaigns] = [useMay('contacts:read'), useMay('campaigns:read')];
  const columns = useMemo(
    () => callColumns(agents, openedAt, { people: seesPeople, campaigns: seesCampaigns }),
    [agents, openedAt, seesPeople, seesCampaigns],
  );
  const rows = useLiveRows(useMemo(() => query.data?.pages.flatMap(page => page.items), [query.data]));
  const open = useCallback(
    (call: ListedCall) => void navigate({ to: '/calls/$sid', params: { sid: call.id } }),
    [navigate],
  );
  const { fetchNextPage, refetch } = query;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const fresh = useFreshCalls(search, rows);

  if (query.isError && !rows)
    return (
      <div className="p-3 tablet:px-4">
        <ErrorPart what={callsText.failed} error={query.error} onRetry={() => void refetch()} />
      </div>
    );
  if (!rows)
    return (
      <div className="border-y bg-surface">
        <Skeleton rows={12} rowClass="h-15 px-4 tablet:h-8 comfortable:tablet:h-10" />
      </div>
    );
  return (
    <>
      {query.isError && (
        <div className="px-3 pb-2 tablet:px-4">
          <ErrorPart what={callsText.failed} error={query.error} onRetry={() => void refetch()} />
        </div>
      )}
      {fresh > 0 && (
        <div className="px-3 pb-2 tablet:px-4">
          <Button size="dense" onClick={() => void refetch()}>
            {callsText.fresh(fresh)}
          </Button>
        </div>
      )}
      {rows.length === 0 ? (
        <div className="border-y bg-surface">
          {filters(search) ? (
            <NoneMatch search={search} openedAt={openedAt} onChange={onChange} onShowAll={onShowAll} />
          ) : (
            <EmptyPart what={callsText.empty} how={callsText.emptyHow} />
          )}
        </div>
      ) : (
        <DataTable
          label={callsText.title}
          columns={columns}
          visible={visible}
          rows={rows}
          rowKey={keyOf}
          onOpen={open}
          hasMore={query.hasNextPage && !query.isFetchNextPageError}
          loadingMore={query.isFetchingNextPage}
          onMore={more}
          end={callsText.end}
        />
      )}
    </>
  );
}

const keyOf = (call: ListedCall): string => call.id;

/** The rows as the live connection knows them now: a call that goes on changes where it stands. */
function useLiveRows(rows: readonly ListedCall[] | undefined): readonly ListedCall[] | undefined {
  const live = useLiveCalls();
  const told = useRef<{ calls: Map<string, ListedCall>; version: number }>({ calls: new Map(), version: 0 });
  for (const row of rows ?? []) {
    const { calls } = told.current;
    const now = live?.entries.get(row.id)?.call as Partial<ListedCall> | undefined;
    const before = calls.get(row.id) ?? row;
    // Words and loudness change all the time, and are no part of a row.
    if (!now || before.endedAt !== null || (now.status === before.status && now.outcome === before.outcome)) continue;
    calls.set(row.id, { ...before, ...now });
    told.current.version += 1;
  }
  const { version } = told.current;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was told is counted by its version
  return useMemo(
    () => rows?.map(row => (row.endedAt === null ? (told.current.calls.get(row.id) ?? row) : row)),
    [rows, version],
  );
}

/** How many calls began since the list was read: they wait to be asked for, so that no row moves under the pointer. */
function useFreshCalls(search: CallsSearch, rows: readonly ListedCall[] | undefined): number {
  const live = useLiveCalls();
  if (!live || !rows || filters(search) || search.order) return 0;
  const newest = rows[0]?.createdAt ?? '';
  const known = new Set(rows.slice(0, 200).map(({ id }) => id));
  let count = 0;
  for (const { call } of live.entries.values()) if (call.createdAt >= newest && !known.has(call.id)) count += 1;
  return count;
}
