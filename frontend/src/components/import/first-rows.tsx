import { customName, isCustom } from '../../lib/import-columns.ts';
import type { Import } from '../../lib/imports.ts';
import { importText } from '../../strings/imports.ts';

const words = importText.preview;
const mostRows = 5;

/** The first rows of a file as they stand there, each column under what it becomes. */
export function FirstRows({ file }: { file: Import }) {
  const rows = (file.firstRows ?? []).slice(file.hasHeader ? 1 : 0).slice(0, mostRows);
  if (rows.length === 0) return <p className="text-text-2">{words.none}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section aria-label={words.title} tabIndex={0} className="relative overflow-x-auto focus-visible:-outline-offset-2">
      <table aria-label={words.title} className="border-collapse text-table">
        <thead>
          <tr className="border-b">
            {file.columns.map(({ column, to, header }) => (
              <th
                key={column}
                scope="col"
                className="h-8 whitespace-nowrap pr-5 text-left font-medium text-label text-text-2"
              >
                {to === null ? (
                  <span className="font-normal text-text-3">
                    {header || importText.columns.unnamed(column)}, {words.leftOut}
                  </span>
                ) : isCustom(to) ? (
                  customName(to)
                ) : (
                  importText.columns.fields[to]
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a file are told apart by their place
            <tr key={at} className="border-b last:border-b-0">
              {file.columns.map(({ column, to }) => (
                <td
                  key={column}
                  className={`h-8 max-w-64 truncate pr-5 font-mono text-label ${to === null ? 'text-text-3' : ''}`}
                >
                  {row[column - 1]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
