import type { ImportFormat } from './import-format.ts';
import { type FileRow, rowsOf } from './import-rows.ts';
import { openWorkbook } from './workbook-rows.ts';

/** The rows of a file of any kind. */
export interface RowSource {
  readonly rows: AsyncIterable<FileRow> | Iterable<FileRow>;
  /** How many there are; null while nobody knows. */
  readonly count: number | null;
}

/** Opens a file as what it is. Rows are the same whenever it is opened, so that reading can go on where it ended. */
export async function sourceOf(chunks: AsyncIterable<Uint8Array>, format: ImportFormat): Promise<RowSource> {
  if (format.kind === 'csv') return { rows: rowsOf(chunks, format), count: null };
  if (format.kind === 'google-sheet') return { rows: keptRows(chunks), count: null };
  const rows = await (await openWorkbook(chunks)).rows(format.sheet);
  return { rows, count: rows.length };
}

/** One row of a sheet as a line of a file of ours: where it stands there, and its cells. */
export const keptRow = (line: number, cells: readonly string[]): string => `${JSON.stringify([line, cells])}\n`;

async function* keptRows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<FileRow> {
  const decoder = new TextDecoder();
  let [rest, row] = ['', 0];
  const rowOf = (text: string): FileRow => {
    const [line, cells] = JSON.parse(text) as [number, string[]];
    row += 1;
    return { row, firstLine: line, lastLine: line, cells };
  };
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield rowOf(line);
  }
}
