import type { RowBatch } from './import-batches.ts';

/**
 * Writes batches of a file while the ones before them are still being written, so that the store need not wait for us; batches that name
 * the same number follow each other, as of its rows the earlier one counts as the first. What was written is noted in the order of the
 * file: whoever goes on after a crash writes again what was not noted, and every batch is known by its token.
 */
export function createImportOrder<C>(
  write: (batch: RowBatch) => Promise<C>,
  note: (batch: RowBatch, counts: C) => Promise<void>,
): (batch: RowBatch) => Promise<void> {
  /** Numbers of batches that are not noted yet. */
  const open = new Map<Promise<void>, ReadonlySet<string>>();
  /** The batch before; once one of them failed, none behind it is noted. */
  let last = Promise.resolve();

  async function take(batch: RowBatch, before: Promise<void>, earlier: [Promise<void>, ReadonlySet<string>][]) {
    const inTheWay = earlier.findLast(([, phones]) => batch.entries.some(({ phone }) => phones.has(phone)));
    await inTheWay?.[0];
    const counts = await write(batch);
    await before;
    await note(batch, counts);
  }

  return batch => {
    const noted = take(batch, last, [...open]);
    last = noted;
    open.set(noted, new Set(batch.entries.map(({ phone }) => phone)));
    const over = () => open.delete(noted);
    noted.then(over, over);
    return noted;
  };
}
