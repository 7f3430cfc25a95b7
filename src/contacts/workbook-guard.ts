import { SaxesParser } from 'saxes';
import { mostColumns, refused } from './import-rows.ts';
import { type ArchiveEntry, asCsv, unpack } from './workbook-archive.ts';

export const mostWorkbookRows = 100_000;
/** Sheets are read as a rectangle: a few cells far out cost as much as if all before them were full. */
const mostCells = 8_000_000;
const deepest = 64;

export interface XmlWatcher {
  open?(name: string, attributes: Readonly<Record<string, string>>): void;
  text?(text: string): void;
  close?(name: string): void;
}

/** Reads a part of a workbook piece by piece and tells what it has; a part that is hostile or no XML is refused. */
export async function watchXml(entry: ArchiveEntry, watcher: XmlWatcher): Promise<void> {
  const parser = new SaxesParser({ position: false, xmlns: false });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let depth = 0;
  const wrong = (what: string) => refused(`is a workbook whose part ${plain(entry.name)} ${what}; ${asCsv}`);
  parser.on('error', error => {
    throw wrong(`is no XML (${error.message.slice(0, 120)})`);
  });
  parser.on('doctype', () => {
    throw wrong('declares a document type, which workbooks never do');
  });
  parser.on('opentag', ({ name, attributes }) => {
    depth += 1;
    if (depth > deepest) throw wrong('is nested too deeply');
    watcher.open?.(localName(name), attributes);
  });
  parser.on('closetag', ({ name }) => {
    depth -= 1;
    watcher.close?.(localName(name));
  });
  if (watcher.text) {
    parser.on('text', text => watcher.text!(text));
    parser.on('cdata', text => watcher.text!(text));
  }
  const decode = (piece?: Buffer): string => {
    try {
      return decoder.decode(piece, { stream: piece !== undefined });
    } catch {
      throw wrong('is not UTF-8');
    }
  };
  for await (const piece of unpack(entry)) parser.write(decode(piece));
  parser.write(decode()).close();
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);
const plain = (name: string): string => name.replace(/[^\w./-]/g, '?').slice(0, 80);

/**
 * Looks at every cell of a sheet before it is read as a whole: where it is, and whether it has a value. Reading makes a rectangle of the
 * rows, which one cell at the far end of a hostile sheet would blow up beyond any memory.
 */
export async function checkSheet(entry: ArchiveEntry): Promise<void> {
  let cell: { place: string; row: number; column: number; formula: boolean; value: boolean } | null = null;
  let [lastRow, lastColumn] = [0, 0];
  await watchXml(entry, {
    open(name, attributes) {
      const address = attributes['r'];
      if (name === 'row' && address !== undefined && !/^[1-9]\d{0,6}$/.test(address))
        throw refused(`has a sheet with a row that does not exist; ${asCsv}`);
      if (name === 'c') cell = { ...placeOf(address), formula: false, value: false };
      else if (cell && name === 'f') cell.formula = true;
      else if (cell && (name === 'v' || name === 'is')) cell.value = true;
    },
    close(name) {
      if (name !== 'c' || !cell) return;
      const { place, row, column, formula, value } = cell;
      cell = null;
      if (formula && !value)
        throw refused(
          `has a formula in cell ${place} whose result was not saved; open it in Excel and save it, or ${asCsv}`,
        );
      if (!value) return;
      // One more for the header.
      if (row > mostWorkbookRows + 1) throw tooManyRows();
      if (column > mostColumns) throw refused(`has a value in cell ${place}; at most ${mostColumns} columns are read`);
      lastRow = Math.max(lastRow, row);
      lastColumn = Math.max(lastColumn, column);
    },
  });
  if (lastRow * lastColumn > mostCells)
    throw refused(`has a sheet of ${lastRow} rows and ${lastColumn} columns, more than a workbook may have; ${asCsv}`);
}

const tooManyRows = () =>
  refused(`has a sheet of more than ${mostWorkbookRows.toLocaleString('en-US')} rows; ${asCsv}`);

function placeOf(address: string | undefined): { place: string; row: number; column: number } {
  const found = /^([A-Z]{1,3})([1-9]\d{0,6})$/.exec(address ?? '');
  if (!found) throw refused(`has a sheet whose cells do not say where they are; ${asCsv}`);
  const [place, letters, row] = found as unknown as [string, string, string];
  const column = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
  return { place, row: Number(row), column };
}
