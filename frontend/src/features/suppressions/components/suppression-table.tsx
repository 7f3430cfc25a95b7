import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { FilterBar, FilterChoice, SearchBox } from '../../../components/filter-bar.tsx';
import { PagedList } from '../../../components/paged-list.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { RowMenu } from '../../../components/row-menu.tsx';
import { When } from '../../../components/when.tsx';
import { present } from '../../../lib/address-words.ts';
import { spacedNumber } from '../../../lib/phone-number.ts';
import { useMay } from '../../../lib/use-user.ts';
import { contactsText } from '../../../strings/contacts.ts';
import { text } from '../../../strings/en.ts';
import { type Suppression, suppressionsQuery } from '../api/suppressions.ts';
import { type SuppressionsSearch, suppressionSources } from '../suppressions-search.ts';
import { LiftDialog } from './suppression-dialogs.tsx';

const words = contactsText.suppressions;

/** The numbers nobody calls, with why and since when; one of them is found by writing it out. */
export function SuppressionTable({
  search,
  onChange,
}: {
  search: SuppressionsSearch;
  onChange: (next: SuppressionsSearch) => void;
}) {
  const { q, source } = search;
  const query = useInfiniteQuery(
    suppressionsQuery(present({ phone: q, source: q === undefined ? source : undefined })),
  );
  const mayLift = useMay('suppressions:lift');
  const [lifting, setLifting] = useState<Suppression | null>(null);
  const numberOf = ({ phone }: Suppression) => (phone === null ? words.erased : spacedNumber(phone));
  const columns: Column<Suppression>[] = [
    {
      header: words.columns.number,
      phone: 'lead',
      width: 'w-44',
      cell: each => <span className={each.phone === null ? 'text-text-2' : 'font-medium'}>{numberOf(each)}</span>,
    },
    {
      header: words.columns.person,
      cell: ({ contact }) =>
        contact ? (
          <Link
            to="/contacts/$contactId"
            params={{ contactId: contact.id }}
            className="inline-flex min-h-6 items-center text-accent hover:underline"
          >
            {contact.name ?? words.unnamed}
          </Link>
        ) : null,
    },
    { header: words.columns.reason, cell: ({ reason }) => <span className="break-words">{reason}</span> },
    { header: words.columns.source, cell: each => words.sources[each.source] ?? each.source },
    { header: words.columns.since, cell: ({ createdAt }) => <When value={createdAt} /> },
  ];
  if (mayLift)
    columns.push({
      header: text.more,
      phone: 'action',
      align: 'right',
      width: 'w-12',
      cell: each => (
        <RowMenu
          label={words.actionsFor(numberOf(each))}
          actions={[{ label: words.lift, danger: true, onSelect: () => setLifting(each) }]}
        />
      ),
    });
  const all = <Button onClick={() => onChange({})}>{words.showAll}</Button>;
  return (
    <>
      <FilterBar
        label={words.filter}
        count={source === undefined ? 0 : 1}
        search={
          <SearchBox
            label={words.find}
            value={q ?? ''}
            afterMs={600}
            onChange={typed => onChange(present({ ...search, q: typed.trim() === '' ? undefined : typed.trim() }))}
          />
        }
      >
        <FilterChoice
          label={words.source}
          value={source ?? ''}
          options={[
            ['', words.anySource],
            ...suppressionSources.map(each => [each, words.sources[each] ?? each] as const),
          ]}
          onChange={next => onChange(next === '' ? {} : { source: next })}
        />
      </FilterBar>
      <PagedList
        query={query}
        failed={words.failed}
        empty={
          q !== undefined ? (
            <EmptyPart what={words.notListed} how={words.notListedHow} action={all} />
          ) : source !== undefined ? (
            <EmptyPart what={words.noneFrom} action={all} />
          ) : (
            <EmptyPart what={words.empty} how={words.emptyHow} />
          )
        }
        {...(q === undefined ? { end: words.end } : {})}
      >
        {rows => <RecordTable label={words.table} columns={columns} rows={rows} rowKey={({ id }) => id} />}
      </PagedList>
      {lifting && <LiftDialog id={lifting.id} number={numberOf(lifting)} onClose={() => setLifting(null)} />}
    </>
  );
}
