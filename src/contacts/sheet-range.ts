import { invalidField } from '../store/scalar.ts';

/** A rectangle of cells, counted from 1. */
export interface SheetRange {
  readonly firstColumn: number;
  readonly lastColumn: number;
  readonly firstRow: number;
  readonly lastRow: number;
}

/** `A1:F500`, `B2:F` or `A:F` within a sheet of this size; the whole sheet when nothing is named. */
export function sheetRange(
  written: string | undefined,
  { rowCount, columnCount }: { rowCount: number; columnCount: number },
): SheetRange {
  const whole = { firstColumn: 1, lastColumn: Math.max(1, columnCount), firstRow: 1, lastRow: rowCount };
  if (written === undefined) return whole;
  const found = /^\$?([A-Z]{1,3})\$?(\d{1,8})?:\$?([A-Z]{1,3})\$?(\d{1,8})?$/.exec(written.trim().toUpperCase());
  if (!found)
    throw invalidField(
      'range',
      'must be columns or cells such as A:F, B2:F or A1:F500; the sheet has a field of its own',
    );
  const [, from, top, to, bottom] = found as unknown as [string, string, string?, string?, string?];
  const range = {
    firstColumn: columnNumber(from),
    lastColumn: Math.min(columnNumber(to!), whole.lastColumn),
    firstRow: Number(top ?? 1),
    lastRow: Math.min(Number(bottom ?? rowCount), rowCount),
  };
  if (range.firstColumn > range.lastColumn || range.firstRow < 1 || range.firstRow > range.lastRow)
    throw invalidField('range', `lies outside the sheet, which ends at ${columnLetters(whole.lastColumn)}${rowCount}`);
  return range;
}

/** 1 → A, 27 → AA. */
export function columnLetters(column: number): string {
  const letter = String.fromCharCode(65 + ((column - 1) % 26));
  return column <= 26 ? letter : columnLetters(Math.floor((column - 1) / 26)) + letter;
}

const columnNumber = (letters: string): number =>
  [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
