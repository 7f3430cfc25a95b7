import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ConfirmAct } from '../../../components/confirm-act.tsx';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { RowMenu } from '../../../components/row-menu.tsx';
import { Skeleton } from '../../../components/skeleton.tsx';
import { When } from '../../../components/when.tsx';
import { type ContactList, contactListQuery, contactListsQuery } from '../../../lib/contact-lists.ts';
import { useMay } from '../../../lib/use-user.ts';
import { contactsText } from '../../../strings/contacts.ts';
import { text } from '../../../strings/en.ts';
import { useRemoveList } from '../api/contacts.ts';
import { ListDialog } from './list-dialog.tsx';

const words = contactsText.lists;

/** Every list with how many are on it, and what may be done with it. */
export function ContactListTable() {
  const query = useQuery(contactListsQuery);
  const navigate = useNavigate();
  const mayChange = useMay('contacts:write');
  const mayRemove = useMay('contacts:delete');
  const [asking, setAsking] = useState<{ what: 'change' | 'remove'; list: ContactList } | null>(null);
  const columns: Column<ContactList>[] = [
    {
      header: words.columns.name,
      phone: 'lead',
      cell: ({ id, name }) => (
        <Link to="/contacts" search={{ list: id }} className="break-words font-medium text-accent hover:underline">
          {name}
        </Link>
      ),
    },
    { header: words.columns.description, cell: ({ description }) => description || null },
    { header: words.columns.size, cell: ({ id }) => <Size id={id} /> },
    { header: words.columns.created, cell: ({ createdAt }) => <When value={createdAt} /> },
  ];
  if (mayChange || mayRemove)
    columns.push({
      header: text.more,
      phone: 'action',
      align: 'right',
      width: 'w-12',
      cell: list => (
        <RowMenu
          label={words.actionsFor(list.name)}
          actions={[
            { label: words.see, onSelect: () => void navigate({ to: '/contacts', search: { list: list.id } }) },
            ...(mayChange ? [{ label: words.rename, onSelect: () => setAsking({ what: 'change', list }) }] : []),
            ...(mayRemove
              ? [{ label: words.remove, danger: true, onSelect: () => setAsking({ what: 'remove', list }) }]
              : []),
          ]}
        />
      ),
    });
  return (
    <div className="border-y bg-surface">
      {query.isError && (
        <div className="p-3 tablet:px-4">
          <ErrorPart what={words.failed} error={query.error} onRetry={() => void query.refetch()} />
        </div>
      )}
      {query.isPending && <Skeleton rows={4} rowClass="h-8 px-4 comfortable:h-10" />}
      {query.data?.length === 0 && (
        <EmptyPart what={words.empty} how={mayChange ? words.emptyHow : contactsText.emptyHowLook} />
      )}
      {query.data && query.data.length > 0 && (
        <RecordTable label={words.table} columns={columns} rows={query.data} rowKey={({ id }) => id} />
      )}
      {asking?.what === 'change' && <ListDialog list={asking.list} onClose={() => setAsking(null)} />}
      {asking?.what === 'remove' && <RemoveList list={asking.list} onClose={() => setAsking(null)} />}
    </div>
  );
}

function Size({ id }: { id: string }) {
  const { data, isError } = useQuery(contactListQuery(id));
  if (isError) return <span className="text-text-3">{words.uncounted}</span>;
  return <span className="inline-block min-w-16">{data && words.size(data.size)}</span>;
}

function RemoveList({ list, onClose }: { list: ContactList; onClose: () => void }) {
  const { data } = useQuery(contactListQuery(list.id));
  const remove = useRemoveList(list.id);
  return (
    <ConfirmAct
      title={words.removeTitle(list.name)}
      body={words.removeBody(data?.size)}
      act={words.remove}
      failed={words.removeFailed}
      onClose={onClose}
      mutation={remove}
      input={undefined}
      said={() => words.removed(list.name)}
    />
  );
}
