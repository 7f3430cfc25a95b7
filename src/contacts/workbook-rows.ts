import { readSheet } from 'read-excel-file/universal';
import { type FileRow, longestRow, refused } from './import-rows.ts';
import { type ArchiveEntry, asCsv, mostPackedBytes, packAgain, readArchive } from './workbook-archive.ts';
import { checkSheet, watchXml } from './workbook-guard.ts';

/** A workbook that was checked as far as its list of sheets. */
export interface Workbook {
  readonly sheets: readonly string[];
  /** The rows of a sheet that have anything in them; the first sheet when none is named. */
  rows(sheet: string | null): Promise<FileRow[]>;
}

const bookPart = 'xl/workbook.xml';
const linksPart = 'xl/_rels/workbook.xml.rels';

/** Opens an Excel workbook (.xlsx); what is none, is too large, broken, hostile or protected throws `IMPORT_FILE_REFUSED`. */
export async function openWorkbook(chunks: AsyncIterable<Uint8Array>): Promise<Workbook> {
  const archive = readArchive(await collected(chunks));
  const [book, links] = [archive.get(bookPart), archive.get(linksPart)];
  if (!book || !links) throw refused(`is a ZIP archive but no Excel workbook (.xlsx); ${asCsv}`);
  const { sheets, paths, shared } = await contentsOf(book, links);
  const needed = [...new Set(shared)].flatMap(path => archive.get(path) ?? []);
  // Sheets of charts have a name, too, but no cells.
  const readable = sheets.flatMap(({ name, link }, place) => {
    const entry = archive.get(paths.get(link) ?? '');
    return entry ? [{ name, place, entry }] : [];
  });
  if (readable.length === 0) throw refused('is a workbook without sheets of cells');
  return {
    sheets: readable.map(({ name }) => name),
    async rows(wanted) {
      const sheet = wanted === null ? readable[0] : readable.find(({ name }) => name === wanted);
      if (!sheet) throw refused('has no sheet of cells with this name');
      for (const each of needed) await watchXml(each, {});
      await checkSheet(sheet.entry);
      const parts = [book, links, ...needed, sheet.entry];
      return filledRows(await tableOf(packAgain(parts), sheet.place + 1));
    },
  };
}

async function collected(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    pieces.push(chunk);
    bytes += chunk.length;
    if (bytes > mostPackedBytes) break;
  }
  return Buffer.concat(pieces);
}

async function contentsOf(book: ArchiveEntry, links: ArchiveEntry) {
  const sheets: { name: string; link: string }[] = [];
  const paths = new Map<string, string>();
  const shared: string[] = [];
  await watchXml(book, {
    open(name, attributes) {
      if (name !== 'sheet' || !attributes['name']) return;
      const link = Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1];
      sheets.push({ name: attributes['name'], link: link ?? '' });
    },
  });
  await watchXml(links, {
    open(name, { Id, Type, Target }) {
      if (name !== 'Relationship' || !Id || !Type || !Target) return;
      const path = Target.startsWith('/') ? Target.slice(1) : `xl/${Target}`;
      if (Type.endsWith('/worksheet')) paths.set(Id, path);
      else if (/\/(styles|sharedStrings)$/.test(Type)) shared.push(path);
    },
  });
  return { sheets, paths, shared };
}

async function tableOf(packed: ArrayBuffer, sheet: number): Promise<readonly (readonly unknown[])[]> {
  try {
    return await readSheet<string>(packed, sheet, { parseNumber: digitsOf });
  } catch (error) {
    const said = error instanceof Error ? error.message.slice(0, 120) : '';
    throw refused(`cannot be read as an Excel workbook (${said}); ${asCsv}`, error);
  }
}

function filledRows(table: readonly (readonly unknown[])[]): FileRow[] {
  const rows: FileRow[] = [];
  for (const [index, values] of table.entries()) {
    const cells = values.map(textOf);
    const length = cells.reduce((sum, cell) => sum + cell.length, 0);
    if (length === 0) continue;
    const line = index + 1;
    if (length > longestRow) throw refused(`has more than ${longestRow / 1024} KB in row ${line}`);
    rows.push({ row: rows.length + 1, firstLine: line, lastLine: line, cells });
  }
  return rows;
}

/** A number as digits: what a workbook keeps as 2.0255501E9 is 2025550100, and 0.30000000000000004 is no news to anybody. */
function digitsOf(written: string): string {
  const value = Number(written);
  return /^-?\d+$/.test(written) || !Number.isFinite(value) ? written : String(value);
}

const dayMs = 24 * 60 * 60_000;
/** What workbooks count days from; a time without a day lies within this one. */
const dayZero = Date.UTC(1899, 11, 30);

/** A cell as a person would write it into a CSV file, days and moments in ISO 8601. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (!(value instanceof Date)) return String(value);
  // Fractions of days come out a thousandth of a second short.
  const at = Math.round(value.getTime() / 1000) * 1000;
  if (Number.isNaN(at)) return '';
  const written = new Date(at).toISOString();
  if (at < dayZero + dayMs) return written.slice(11, 19);
  return at % dayMs === 0 ? written.slice(0, 10) : written.replace('.000Z', 'Z');
}
