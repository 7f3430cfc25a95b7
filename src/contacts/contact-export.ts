import { csvCell } from '../ops/csv-cell.ts';
import type { ContactView } from './contact-view.ts';
import type { RejectedRow } from './import-batches.ts';

interface Column {
  readonly name: string;
  /** Ours, so that a leading + is a telephone number and no formula. */
  readonly plain?: true;
  value(contact: Partial<ContactView>): unknown;
}

const columns: readonly Column[] = [
  { name: 'id', plain: true, value: ({ id }) => id },
  { name: 'phone', plain: true, value: ({ phone }) => phone },
  { name: 'firstName', value: ({ firstName }) => firstName },
  { name: 'lastName', value: ({ lastName }) => lastName },
  { name: 'email', value: ({ email }) => email },
  { name: 'company', value: ({ company }) => company },
  { name: 'role', value: ({ role }) => role },
  { name: 'language', value: ({ language }) => language },
  { name: 'timeZone', value: ({ timeZone }) => timeZone },
  { name: 'tags', value: ({ tags }) => tags?.join('|') },
  { name: 'consentKind', value: ({ consent }) => consent?.kind },
  { name: 'consentAt', value: ({ consent }) => consent?.at },
  { name: 'consentSource', value: ({ consent }) => consent?.source },
  { name: 'consentText', value: ({ consent }) => consent?.text },
  {
    name: 'customFields',
    value: ({ customFields = {} }) => (Object.keys(customFields).length > 0 ? customFields : null),
  },
  { name: 'origin', value: ({ origin }) => origin },
  { name: 'createdAt', plain: true, value: ({ createdAt }) => createdAt },
];

export const exportedFields = columns.map(({ name }) => name);

/** Contacts as CSV, piece by piece as their pages come. Our own import reads it back. */
export async function* contactsAsCsv(
  pages: AsyncIterable<readonly Partial<ContactView>[]>,
  fields: readonly string[] = exportedFields,
): AsyncGenerator<string> {
  const wanted = columns.filter(({ name }) => fields.includes(name));
  yield `${wanted.map(({ name }) => name).join(',')}\r\n`;
  for await (const page of pages) {
    yield page
      .map(contact => `${wanted.map(({ value, plain }) => csvCell(value(contact), !plain)).join(',')}\r\n`)
      .join('');
  }
}

/** Rejected rows as CSV: where they stand, why they were not taken, and the row as it was. */
export async function* rejectedAsCsv(
  headers: readonly string[],
  rows: AsyncIterable<Pick<RejectedRow, 'line' | 'column' | 'reason' | 'cells'>>,
): AsyncGenerator<string> {
  yield `${['line', 'column', 'reason', ...headers].map(cell => csvCell(cell, true)).join(',')}\r\n`;
  for await (const { line, column, reason, cells } of rows) {
    yield `${[line, column, reason, ...cells].map(cell => csvCell(cell, true)).join(',')}\r\n`;
  }
}
