import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from '../../../components/button.tsx';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { FilterChoice } from '../../../components/filter-bar.tsx';
import { PagedList } from '../../../components/paged-list.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { When } from '../../../components/when.tsx';
import { present } from '../../../lib/address-words.ts';
import { auditText as words } from '../../../strings/audit.ts';
import { text } from '../../../strings/en.ts';
import { type AuditEntry, auditQuery } from '../api/audit.ts';
import type { AuditSearch } from '../audit-search.ts';
import { describeChange } from '../describe-change.ts';

const actions = Object.entries(words.actions).sort(([, a], [, b]) => a.localeCompare(b));
const narrowing = 'break-all rounded-chip text-left hover:underline';

/** Every changing action; who and what in a row narrow the list to themselves. */
export function AuditList({ search, onChange }: { search: AuditSearch; onChange: (next: AuditSearch) => void }) {
  const { action, by, on } = search;
  const query = useInfiniteQuery(auditQuery(present({ action, actorId: by, targetId: on })));
  const columns: Column<AuditEntry>[] = [
    { header: words.columns.when, cell: entry => <When value={entry.at} /> },
    {
      header: words.columns.who,
      cell: ({ actor }) => (
        <button
          type="button"
          title={words.onlyBy(actor.label || actor.kind)}
          className={narrowing}
          onClick={() => onChange({ ...search, by: actor.id })}
        >
          {actor.label || actor.kind}
        </button>
      ),
    },
    {
      header: words.columns.what,
      phone: 'lead',
      cell: entry => {
        const change = describeChange(entry.before, entry.after);
        return (
          <>
            <span className="whitespace-nowrap font-medium">{words.actions[entry.action] ?? entry.action}</span>
            {change && <span className="ml-2 break-words text-text-2">{change}</span>}
          </>
        );
      },
    },
    {
      header: words.columns.target,
      cell: ({ target }) => {
        if (!target) return null;
        const what = words.targets[target.type] ?? target.type;
        return (
          <button
            type="button"
            title={words.onlyOn(`${what} ${target.id}`)}
            className={narrowing}
            onClick={() => onChange({ ...search, on: target.id })}
          >
            {what} <code className="font-mono text-label text-text-2">{target.id}</code>
          </button>
        );
      },
    },
    { header: words.columns.from, cell: entry => <code className="font-mono text-label">{entry.ip}</code> },
  ];
  const all = <Button onClick={() => onChange({})}>{words.showAll}</Button>;
  const narrowed = action !== undefined || by !== undefined || on !== undefined;
  return (
    <>
      <search aria-label={words.filter} className="flex flex-wrap items-center gap-2 px-3 pb-2 tablet:px-4">
        <FilterChoice
          label={words.action}
          value={action ?? ''}
          options={[
            ['', words.anyAction],
            ...actions,
            ...(action === undefined || words.actions[action] ? [] : [[action, action] as const]),
          ]}
          onChange={next => onChange(present({ ...search, action: next === '' ? undefined : next }))}
        />
        {by !== undefined && <span className="text-text-2">{words.byOne}</span>}
        {on !== undefined && <span className="text-text-2">{words.onOne}</span>}
        {(by !== undefined || on !== undefined) && all}
      </search>
      <PagedList
        query={query}
        failed={words.failed}
        empty={
          narrowed ? (
            <EmptyPart what={words.noneMatch} action={all} />
          ) : (
            <EmptyPart what={words.empty} how={words.emptyBody} />
          )
        }
        moreLabel={text.loadEarlier}
        {...(narrowed ? {} : { end: words.end })}
      >
        {entries => <RecordTable label={words.title} columns={columns} rows={entries} rowKey={entry => entry.id} />}
      </PagedList>
    </>
  );
}
