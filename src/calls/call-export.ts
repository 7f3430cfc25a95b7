import { csvCell } from '../ops/csv-cell.ts';
import type { CallView } from './calls.types.ts';

interface Column {
  readonly name: string;
  /** Written by people or machines outside: a spreadsheet must not take it for a formula. */
  readonly free?: true;
}

/** What is exported of a call, in this order. */
const columns: readonly Column[] = [
  { name: 'id' },
  { name: 'sid' },
  { name: 'direction' },
  { name: 'status' },
  { name: 'outcome' },
  { name: 'result', free: true },
  { name: 'from' },
  { name: 'to' },
  { name: 'createdAt' },
  { name: 'answeredAt' },
  { name: 'endedAt' },
  { name: 'durationSeconds' },
  { name: 'answeredBy', free: true },
  { name: 'terminationSource' },
  { name: 'terminationReason', free: true },
  { name: 'agentId' },
  { name: 'engine' },
  { name: 'campaignId' },
  { name: 'campaignName', free: true },
  { name: 'contactId' },
  { name: 'contactName', free: true },
  { name: 'contentClass', free: true },
  { name: 'recording' },
  { name: 'erasedAt' },
  { name: 'attempt' },
];
export const exportedFields = columns.map(({ name }) => name);

/** Calls as CSV, piece by piece as their pages come. */
export async function* callsAsCsv(
  pages: AsyncIterable<Partial<CallView>[]>,
  fields: readonly string[] = exportedFields,
): AsyncGenerator<string> {
  const wanted = columns.filter(({ name }) => fields.includes(name));
  yield `${wanted.map(({ name }) => name).join(',')}\r\n`;
  for await (const page of pages) {
    yield page.map(call => `${wanted.map(({ name, free }) => csvCell(call[name], free)).join(',')}\r\n`).join('');
  }
}
