import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useCallback, useMemo } from 'react';
import { Button } from '../../../components/button.tsx';
import { DataTable } from '../../../components/data-table.tsx';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { Skeleton } from '../../../components/skeleton.tsx';
import { useListNames } from '../../../lib/contact-lists.ts';
import { useMay } from '../../../lib/use-user.ts';
import { contactsText } from '../../../strings/contacts.ts';
import { contactsQuery, type ListedContact } from '../api/contacts.ts';
import { contactColumns } from '../contact-columns.tsx';
import { type ContactsSearch, filters, queryOf, sortOf } from '../contacts-search.ts';

/** The people who match, as many as there are. */
export function ContactsTable({
  search,
  visible,
  openedAt,
  onShowAll,
  start,
}: {
  search: ContactsSearch;
  visible: readonly string[];
  openedAt: number;
  onShowAll: () => void;
  /** How to begin, where nobody is known yet. */
  start: ReactNode;
}) {
  const navigate = useNavigate();
  const lists = useListNames();
  const mayAdd = useMay('contacts:write');
  const asked = useMemo(() => queryOf(search), [search]);
  const query = useInfiniteQuery(contactsQuery(asked, sortOf(search)));
  const columns = useMemo(() => contactColumns(lists, openedAt), [lists, openedAt]);
  const rows = useMemo(() => query.data?.pages.flatMap(page => page.items), [query.data]);
  const open = useCallback(
    ({ id }: ListedContact) => void navigate({ to: '/contacts/$contactId', params: { contactId: id } }),
    [navigate],
  );
  const { fetchNextPage, refetch } = query;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const failure = query.isError && (
    <div className="px-3 pb-2 tablet:px-4">
      <ErrorPart what={contactsText.failed} error={query.error} onRetry={() => void refetch()} />
    </div>
  );
  if (!rows)
    return (
      failure || (
        <div className="min-h-0 overflow-hidden border-y bg-surface">
          <Skeleton rows={12} rowClass="h-15 px-4 tablet:h-8 comfortable:tablet:h-10" />
        </div>
      )
    );
  return (
    <>
      {failure}
      {rows.length > 0 ? (
        <DataTable
          label={contactsText.table}
          columns={columns}
          visible={visible}
          rows={rows}
          rowKey={keyOf}
          onOpen={open}
          hasMore={query.hasNextPage && !query.isFetchNextPageError}
          loadingMore={query.isFetchingNextPage}
          onMore={more}
          end={contactsText.end}
        />
      ) : (
        <div className="border-y bg-surface">
          {filters(search) ? (
            <EmptyPart
              what={contactsText.noneMatch}
              how={contactsText.noneMatchHow}
              action={<Button onClick={onShowAll}>{contactsText.showAll}</Button>}
            />
          ) : (
            <EmptyPart
              what={contactsText.empty}
              how={mayAdd ? contactsText.emptyHow : contactsText.emptyHowLook}
              action={start}
            />
          )}
        </div>
      )}
    </>
  );
}

const keyOf = (contact: ListedContact): string => contact.id;
