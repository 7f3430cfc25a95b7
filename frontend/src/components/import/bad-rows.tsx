import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { notify } from '../../lib/announcements.ts';
import { fetchRejected, type Import, type RejectedRow, rejectedQuery } from '../../lib/imports.ts';
import { saveFile } from '../../lib/save-file.ts';
import { importText } from '../../strings/imports.ts';
import { Button } from '../button.tsx';
import { EmptyPart } from '../empty-part.tsx';
import { ErrorPart } from '../error-part.tsx';
import { PagedList } from '../paged-list.tsx';
import { type Column, RecordTable } from '../record-table.tsx';

const words = importText.bad;

/** Rows of a file that were not taken: where they stand, what the file says there and why; to be had as a file. */
export function BadRows({ file }: { file: Pick<Import, 'id' | 'target' | 'columns'> }) {
  const query = useInfiniteQuery(rejectedQuery(file.target, file.id));
  const columns: Column<RejectedRow>[] = [
    { header: words.heads.line, width: 'w-16', cell: ({ line }) => line.toLocaleString() },
    { header: words.heads.column, cell: ({ column }) => column },
    {
      header: words.heads.value,
      cell: row => {
        const said = cellOf(row, file.columns);
        return said === null ? null : <code className="break-all font-mono text-label">{said}</code>;
      },
    },
    { header: words.heads.reason, phone: 'lead', cell: ({ reason }) => reason },
  ];
  return (
    <PagedList query={query} failed={words.failed} empty={<EmptyPart what={words.none} />} end={words.end}>
      {rows => <RecordTable label={words.table} columns={columns} rows={rows} rowKey={({ row }) => String(row)} />}
    </PagedList>
  );
}

/** What the file says in the cell that is to blame; null when no single cell is. */
function cellOf({ column, cells }: RejectedRow, columns: Import['columns']): string | null {
  const place = columns.find(each => each.header === column)?.column ?? Number(column);
  return cells[place - 1]?.slice(0, 120) || null;
}

/** Saves those rows, to be mended and imported again. */
export function BadRowsDownload({ file }: { file: Pick<Import, 'id' | 'target'> }) {
  const save = useMutation({
    mutationFn: () => fetchRejected(file.target, file.id),
    onSuccess: csv => {
      saveFile(csv, words.downloadName);
      notify(words.downloaded);
    },
  });
  return (
    <>
      <Button disabled={save.isPending} onClick={() => save.mutate()}>
        <Download aria-hidden="true" className="size-4" />
        {words.download}
      </Button>
      {save.error && <ErrorPart className="mt-2" what={words.downloadFailed} error={save.error} />}
    </>
  );
}
