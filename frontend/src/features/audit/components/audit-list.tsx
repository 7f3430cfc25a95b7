import { useInfiniteQuery } from '@tanstack/react-query';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { PagedList } from '../../../components/paged-list.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { When } from '../../../components/when.tsx';
import { text } from '../../../strings/en.ts';
import { type AuditEntry, auditQuery } from '../api/audit.ts';
import { describeChange } from '../describe-change.ts';

const columns: Column<AuditEntry>[] = [
  { header: text.audit.columns.when, cell: entry => <When value={entry.at} /> },
  {
    header: text.audit.columns.who,
    cell: entry => <span className="break-all">{entry.actor.label || entry.actor.kind}</span>,
  },
  {
    header: text.audit.columns.what,
    phone: 'lead',
    cell: entry => {
      const change = describeChange(entry.before, entry.after);
      return (
        <>
          <span className="whitespace-nowrap font-medium">{text.audit.actions[entry.action] ?? entry.action}</span>
          {change && <span className="ml-2 text-text-2">{change}</span>}
        </>
      );
    },
  },
  {
    header: text.audit.columns.target,
    cell: entry =>
      entry.target ? (
        <>
          {text.audit.targets[entry.target.type] ?? entry.target.type}{' '}
          <code className="break-all font-mono text-label text-text-2">{entry.target.id}</code>
        </>
      ) : null,
  },
  { header: text.audit.columns.from, cell: entry => <code className="font-mono text-label">{entry.ip}</code> },
];

export function AuditList() {
  const query = useInfiniteQuery(auditQuery);
  return (
    <PagedList
      query={query}
      failed={text.audit.failed}
      empty={<EmptyPart what={text.audit.empty} how={text.audit.emptyBody} />}
      moreLabel={text.loadEarlier}
      end={text.audit.end}
    >
      {entries => <RecordTable label={text.audit.title} columns={columns} rows={entries} rowKey={entry => entry.id} />}
    </PagedList>
  );
}
