import clsx from 'clsx';
import type { ReactNode } from 'react';
import { useMedia } from '../lib/use-media.ts';

export type Column<T> = {
  header: string;
  /** null where this row has nothing to say. */
  cell: (row: T) => ReactNode;
  /** On phones a row becomes two lines: the first holds the leading column, the second these facts; `omit` leaves one out. */
  phone?: 'lead' | 'fact' | 'action' | 'omit';
  width?: string;
  align?: 'right';
};

/** A list of records: a real table where there is room, two-line entries on phones. */
export function RecordTable<T>({
  label,
  columns,
  rows,
  rowKey,
  flush = false,
  quiet,
  current,
}: {
  label: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string;
  /** Inside a band, whose padding it shares. */
  flush?: boolean;
  /** Rows that no longer count, such as disabled users. */
  quiet?: (row: T) => boolean;
  /** The row that the page shows more of. */
  current?: (row: T) => boolean;
}) {
  const phone = useMedia('(max-width: 47.99rem)');
  return phone ? (
    <PhoneList
      label={label}
      columns={columns}
      rows={rows}
      rowKey={rowKey}
      flush={flush}
      quiet={quiet}
      current={current}
    />
  ) : (
    // Relative, so that words for screen readers in a wide row are cut off with it instead of widening the page.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section aria-label={label} tabIndex={0} className="relative overflow-x-auto focus-visible:-outline-offset-2">
      <table aria-label={label} className="w-full border-collapse text-table">
        <thead>
          <tr className="border-b">
            {columns.map(column => (
              <th
                key={column.header}
                scope="col"
                className={clsx(
                  'h-8 whitespace-nowrap px-3 text-left font-medium text-label text-text-2 last:pr-4',
                  flush ? 'first:pl-0' : 'first:pl-4',
                  column.align === 'right' && 'text-right',
                  column.width,
                )}
              >
                {column.phone === 'action' ? <span className="visually-hidden">{column.header}</span> : column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <tr
              key={rowKey(row)}
              aria-current={current?.(row) || undefined}
              className={clsx(
                'border-b last:border-b-0',
                current?.(row) ? 'bg-accent-soft' : 'hover:bg-hover',
                quiet?.(row) && 'text-text-3',
              )}
            >
              {columns.map(column => (
                <td
                  key={column.header}
                  className={clsx(
                    'h-8 px-3 last:pr-4 comfortable:h-10 pointer-coarse:h-11',
                    flush ? 'first:pl-0' : 'first:pl-4',
                    column.align === 'right' && 'text-right',
                  )}
                >
                  {column.cell(row) ?? (column.phone !== 'action' && <span className="text-text-3">–</span>)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function PhoneList<T>({
  label,
  columns,
  rows,
  rowKey,
  flush,
  quiet,
  current,
}: {
  label: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string;
  flush: boolean;
  quiet?: ((row: T) => boolean) | undefined;
  current?: ((row: T) => boolean) | undefined;
}) {
  const of = (kind: Column<T>['phone']) => columns.filter(column => (column.phone ?? 'fact') === kind);
  return (
    <ul aria-label={label}>
      {rows.map(row => (
        <li
          key={rowKey(row)}
          aria-current={current?.(row) || undefined}
          className={clsx(
            'flex items-center gap-2 border-b py-2.5 last:border-b-0',
            !flush && 'px-3',
            current?.(row) && 'bg-accent-soft',
            quiet?.(row) && 'text-text-3',
          )}
        >
          <div className="min-w-0 flex-1">
            <div className="break-words font-medium">
              {of('lead').map(column => (
                <span key={column.header}>{column.cell(row)}</span>
              ))}
            </div>
            <dl className="mt-0.5 flex flex-wrap gap-x-3 gap-y-0.5 text-table text-text-2">
              {of('fact').map(column => {
                const content = column.cell(row);
                return content === null ? null : (
                  <div key={column.header} className="flex min-w-0 items-baseline gap-1">
                    <dt className="shrink-0 text-text-3">{column.header}</dt>
                    <dd className="min-w-0 break-words">{content}</dd>
                  </div>
                );
              })}
            </dl>
          </div>
          {of('action').map(column => (
            <div key={column.header}>{column.cell(row)}</div>
          ))}
        </li>
      ))}
    </ul>
  );
}
