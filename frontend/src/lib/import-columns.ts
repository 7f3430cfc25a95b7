import type { Import, ImportChange, ImportColumn } from './imports.ts';

/** Fields that a column can become, besides the person's own ones. */
export const contactFields = [
  'phone',
  'name',
  'firstName',
  'lastName',
  'email',
  'company',
  'role',
  'language',
  'timeZone',
  'tags',
  'consent.kind',
  'consent.at',
  'consent.source',
  'consent.text',
] as const;

const customPrefix = 'customFields.';
export const isCustom = (to: string | null): to is string => to?.startsWith(customPrefix) ?? false;
export const customName = (to: string): string => to.slice(customPrefix.length);

/** The first values of a column, as they stand in the file, without empty ones. */
export function samplesOf(
  { firstRows = [], hasHeader }: Pick<Import, 'firstRows' | 'hasHeader'>,
  column: number,
  most = 3,
): string[] {
  return firstRows
    .slice(hasHeader ? 1 : 0)
    .map(row => row[column - 1]?.trim() ?? '')
    .filter(cell => cell !== '')
    .slice(0, most);
}

/** How a column's name becomes the name of a field of one's own; null where nothing is left of it. */
export function customTarget({ header, column }: Pick<ImportColumn, 'header' | 'column'>): string {
  const name = header
    .replace(/[^\p{L}\p{N}_ -]+/gu, ' ')
    .replace(/^[^\p{L}]+/u, '')
    .trim()
    .slice(0, 60);
  return `${customPrefix}${name || `column ${column}`}`;
}

/**
 * What is sent so that one column becomes this: whichever column was it before is left out, since each field comes from one column.
 */
export function columnChange(
  columns: readonly ImportColumn[],
  column: number,
  to: string | null,
): NonNullable<ImportChange['columns']> {
  const before = to === null ? undefined : columns.find(each => each.to === to && each.column !== column);
  return [...(before ? [{ column: before.column, to: null }] : []), { column, to }];
}

/** Whether numbers of the file are read in the import's country: those that begin with no plus. */
export function numbersWithoutPlus(file: Pick<Import, 'columns' | 'firstRows' | 'hasHeader'>): string[] {
  const phone = file.columns.find(({ to }) => to === 'phone');
  return phone ? samplesOf(file, phone.column, 10).filter(number => !/^'?\+/.test(number)) : [];
}

/** How far the file is read, between 0 and 1. */
export const shareRead = ({ bytesRead, bytes, state }: Pick<Import, 'bytesRead' | 'bytes' | 'state'>): number =>
  state === 'done' ? 1 : bytes === 0 ? 0 : Math.min(1, bytesRead / bytes);

/** How many people or numbers of the file were looked at: the row that names the columns is none. */
export const rowsOf = ({ rowsRead, hasHeader }: Pick<Import, 'rowsRead' | 'hasHeader'>): number =>
  Math.max(0, rowsRead - (hasHeader ? 1 : 0));
