import type { FileRow } from './import-rows.ts';

const rowsShown = 11;

/** The first rows, for looking at: long cells are cut. */
export async function shownRows(rows: AsyncIterable<FileRow> | Iterable<FileRow>): Promise<string[][]> {
  const shown: string[][] = [];
  for await (const { cells } of rows) {
    shown.push(cells.map(cell => cell.slice(0, 200)));
    if (shown.length === rowsShown) break;
  }
  return shown;
}
