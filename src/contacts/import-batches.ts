import type { ContactEntry } from './contact-entry.ts';
import type { ImportFormat } from './import-format.ts';
import { mapRow, type RowRules } from './import-mapping.ts';
import { firstLineOf } from './import-rows.ts';
import { sourceOf } from './import-source.ts';

export interface RejectedRow {
  readonly row: number;
  readonly line: number;
  readonly column: string;
  readonly reason: string;
  readonly cells: readonly string[];
}

/** Some rows of a file, checked. Batches begin at the same rows whenever the file is read, so that one can be known again. */
export interface RowBatch {
  readonly firstRow: number;
  readonly lastRow: number;
  readonly entries: readonly ContactEntry[];
  readonly rejected: readonly RejectedRow[];
  /** How much of the file this and all before it is; null where only the bytes tell. */
  readonly share: number | null;
}

export interface BatchRules extends RowRules {
  readonly format: ImportFormat;
  readonly hasHeader: boolean;
  /** Rows up to this one were written before. */
  readonly afterRow: number;
}

export const rowsPerBatch = 1_000;

/** A file as batches of people, from behind the last row that was written. */
export async function* batchesOf(chunks: AsyncIterable<Uint8Array>, rules: BatchRules): AsyncGenerator<RowBatch> {
  const { rows, count } = await sourceOf(chunks, rules.format);
  const shared = (each: ReturnType<typeof emptyBatch>): RowBatch => ({ ...each, share: count && each.lastRow / count });
  let batch = emptyBatch(0);
  for await (const each of rows) {
    const { row, cells } = each;
    if (row <= rules.afterRow) continue;
    if (batch.firstRow === 0) batch = emptyBatch(row);
    batch.lastRow = row;
    if (!(rules.hasHeader && row === 1)) {
      const mapped = mapRow(cells, rules);
      if (mapped.ok) batch.entries.push(mapped.entry);
      else batch.rejected.push({ row, line: firstLineOf(each), column: mapped.column, reason: mapped.reason, cells });
    }
    if (row % rowsPerBatch === 0) {
      yield shared(batch);
      batch = emptyBatch(0);
    }
  }
  if (batch.firstRow !== 0) yield shared(batch);
}

const emptyBatch = (firstRow: number) => ({
  firstRow,
  lastRow: firstRow,
  entries: [] as ContactEntry[],
  rejected: [] as RejectedRow[],
});
