import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import iconv from 'iconv-lite';
import { AppError } from '../errors.ts';
import type { ImportFormat } from './import-format.ts';

/** One row of a file, as it stands there. */
export interface FileRow {
  /** From 1, without rows that are empty; the header is one. */
  readonly row: number;
  /** Where it begins, if that is known; else it follows from where it ends. */
  readonly firstLine?: number;
  /** Where it ends in the file; a quoted break makes a row of several lines. */
  readonly lastLine: number;
  readonly cells: readonly string[];
}

export const mostColumns = 500;
export const longestRow = 256 * 1024;

/** The rows of a CSV file in constant memory; a file that is no table is refused with `IMPORT_FILE_REFUSED`. */
export async function* rowsOf(
  chunks: AsyncIterable<Uint8Array>,
  { encoding, delimiter }: ImportFormat,
): AsyncGenerator<FileRow> {
  const parser = parse({
    delimiter,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: longestRow,
  });
  const source = Readable.from(decoded(chunks, encoding));
  source.on('error', error => parser.destroy(error));
  source.pipe(parser);
  let row = 0;
  try {
    for await (const { info, record } of parser as AsyncIterable<{ info: { lines: number }; record: string[] }>) {
      row += 1;
      if (record.length > mostColumns)
        throw refused(`has ${record.length} columns in line ${info.lines}; at most ${mostColumns} are read`);
      yield { row, lastLine: info.lines, cells: record };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw refused(problemOf(error, row), error);
  } finally {
    source.destroy();
  }
}

async function* decoded(chunks: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<string> {
  const decoder = iconv.getDecoder(encoding);
  let first = true;
  for await (const chunk of chunks) {
    let text = decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    if (text === '') continue;
    if (first && text.startsWith('\ufeff')) text = text.slice(1);
    first = false;
    if (text.includes('\0')) throw refused('is a binary file, not a table of text; save it as CSV');
    yield text;
  }
  const rest = decoder.end();
  if (rest) yield rest;
}

export const refused = (problem: string, cause?: unknown): AppError =>
  new AppError('IMPORT_FILE_REFUSED', `The file ${problem}`, {
    details: [{ field: 'file', problem }],
    ...(cause === undefined ? {} : { cause }),
  });

function problemOf({ code, ['lines']: lines }: CsvError & { lines?: number }, row: number): string {
  if (code === 'CSV_MAX_RECORD_SIZE')
    return `has a row of more than ${longestRow / 1024} KB behind row ${row}; a quotation mark may be open there`;
  if (code === 'CSV_QUOTE_NOT_CLOSED') return `ends within quotation marks that open behind row ${row}`;
  return `cannot be read behind row ${row}${lines === undefined ? '' : ` (line ${lines})`} (${code})`;
}

/** In which line a row begins: quoted breaks lie between it and where the row ends. */
export const firstLineOf = ({ firstLine, lastLine, cells }: FileRow): number =>
  firstLine ?? lastLine - cells.reduce((sum, cell) => sum + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0);
