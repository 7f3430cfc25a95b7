import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { formatCount } from '../../lib/format.ts';
import { rowsOf } from '../../lib/import-columns.ts';
import { type Import, type ImportTarget, importsQuery } from '../../lib/imports.ts';
import { useUser } from '../../lib/use-user.ts';
import { importText } from '../../strings/imports.ts';
import { EmptyPart } from '../empty-part.tsx';
import { PagedList } from '../paged-list.tsx';
import { type Column, RecordTable } from '../record-table.tsx';
import { type StateKind, StateMark } from '../state-mark.tsx';
import { When } from '../when.tsx';

const words = importText.history;

const marks: Record<Import['state'], StateKind> = {
  uploaded: 'idle',
  waiting: 'ringing',
  running: 'running',
  stopping: 'running',
  stopped: 'blocked',
  done: 'passed',
  failed: 'failed',
};

export function ImportState({ state }: { state: Import['state'] }) {
  return <StateMark kind={marks[state]}>{importText.states[state] ?? state}</StateMark>;
}

/** Every import with who did it and what became of its rows. */
export function ImportHistory({ target }: { target: ImportTarget }) {
  const query = useInfiniteQuery(importsQuery(target));
  const me = useUser();
  const columns: Column<Import>[] = [
    {
      header: words.columns.file,
      phone: 'lead',
      cell: ({ id, fileName }) => (
        <Link
          to="/contacts/imports/$importId"
          params={{ importId: id }}
          search={target === 'contacts' ? {} : { of: target }}
          className="break-all font-medium text-accent hover:underline"
        >
          {fileName}
        </Link>
      ),
    },
    { header: words.columns.when, cell: ({ createdAt }) => <When value={createdAt} /> },
    {
      header: words.columns.by,
      cell: ({ by }) => (by === `user:${me.id}` ? words.byMe : by.startsWith('user:') ? words.byUser : words.byKey),
    },
    { header: words.columns.state, cell: ({ state }) => <ImportState state={state} /> },
    { header: words.columns.rows, align: 'right', cell: each => formatCount(rowsOf(each)) },
    { header: words.columns.added, align: 'right', cell: ({ added }) => formatCount(added) },
    { header: words.columns.merged, align: 'right', cell: ({ merged }) => formatCount(merged) },
    {
      header: words.columns.bad,
      align: 'right',
      cell: ({ rejected }) =>
        rejected === 0 ? '0' : <span className="font-medium text-warn">{formatCount(rejected)}</span>,
    },
  ];
  return (
    <PagedList
      query={query}
      failed={words.failed}
      empty={<EmptyPart what={words.empty} how={target === 'contacts' ? words.emptyHow : words.emptyHowNumbers} />}
      end={words.end}
    >
      {rows => <RecordTable label={importText.title} columns={columns} rows={rows} rowKey={({ id }) => id} />}
    </PagedList>
  );
}
