import {
  columnChange,
  contactFields,
  customName,
  customTarget,
  isCustom,
  samplesOf,
} from '../../lib/import-columns.ts';
import { type Import, type ImportColumn, useChangeImport } from '../../lib/imports.ts';
import { importText } from '../../strings/imports.ts';
import { ErrorPart } from '../error-part.tsx';
import { type Column, RecordTable } from '../record-table.tsx';

const words = importText.columns;
const select =
  'h-6.5 w-full min-w-44 rounded-control border border-border-strong bg-surface px-2 text-table pointer-coarse:h-11';
const nameOf = ({ header, column }: ImportColumn): string => header || words.unnamed(column);

/** What each column of a file becomes: guessed, shown with its first values, and changed here. */
export function ColumnMap({ file }: { file: Import }) {
  const change = useChangeImport(file.target, file.id);
  const { columns } = file;
  const numbersOnly = file.target === 'suppressions';
  const becomes = (column: ImportColumn, to: string | null) =>
    change.mutate({ columns: columnChange(columns, column.column, to) });
  const shown: Column<ImportColumn>[] = [
    {
      header: words.heads.column,
      phone: 'lead',
      cell: column => <span className="break-words font-medium">{nameOf(column)}</span>,
    },
    {
      header: words.heads.samples,
      cell: ({ column }) => {
        const samples = samplesOf(file, column);
        return samples.length === 0 ? (
          <span className="text-text-3">{words.empty}</span>
        ) : (
          <span className="line-clamp-2 max-w-[36ch] break-words font-mono text-label text-text-2">
            {samples.join(' · ')}
          </span>
        );
      },
    },
    {
      header: words.heads.to,
      cell: column => (
        <select
          aria-label={words.becomes(nameOf(column))}
          value={column.to ?? ''}
          onChange={event => becomes(column, event.target.value || null)}
          className={select}
        >
          <option value="">{words.nothing}</option>
          {(numbersOnly ? (['phone'] as const) : contactFields).map(field => (
            <option key={field} value={field}>
              {words.fields[field]}
            </option>
          ))}
          {!numbersOnly && (
            <option value={isCustom(column.to) ? column.to : customTarget(column)}>
              {words.custom(customName(isCustom(column.to) ? column.to : customTarget(column)))}
            </option>
          )}
        </select>
      ),
    },
  ];
  if (!numbersOnly)
    shown.push({
      header: words.heads.type,
      cell: column =>
        isCustom(column.to) ? (
          <select
            aria-label={words.keptAs(nameOf(column))}
            value={column.type}
            onChange={event =>
              change.mutate({
                columns: [{ column: column.column, to: column.to, type: event.target.value as ImportColumn['type'] }],
              })
            }
            className={`${select} min-w-28`}
          >
            {Object.entries(words.types).map(([type, label]) => (
              <option key={type} value={type}>
                {label}
              </option>
            ))}
          </select>
        ) : null,
    });
  return (
    <div className="grid gap-3">
      {change.error && <ErrorPart what={words.changeFailed} error={change.error} />}
      {!columns.some(({ to }) => to === 'phone') && (
        <p role="status" className="rounded-control border bg-warn-soft px-3 py-2">
          {words.noPhone}
        </p>
      )}
      <RecordTable
        flush
        label={words.table}
        columns={shown}
        rows={[...columns]}
        rowKey={({ column }) => String(column)}
        quiet={({ to }) => to === null}
      />
    </div>
  );
}
