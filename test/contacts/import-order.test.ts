import { test } from 'tap';
import type { RowBatch } from '../../src/contacts/import-batches.ts';
import { createImportOrder } from '../../src/contacts/import-order.ts';

const batch = (firstRow: number, ...phones: string[]): RowBatch => ({
  firstRow,
  lastRow: firstRow + phones.length - 1,
  entries: phones.map(phone => ({ phone })),
  rejected: [],
  share: null,
});

/** An order over writes that end when the test says so. */
function watched() {
  const log: string[] = [];
  const ends = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  const take = createImportOrder(
    ({ firstRow }) =>
      new Promise<void>((resolve, reject) => {
        log.push(`write ${firstRow}`);
        ends.set(firstRow, { resolve, reject });
      }),
    async ({ firstRow }) => {
      log.push(`note ${firstRow}`);
    },
  );
  return {
    log,
    take,
    end: (row: number) => ends.get(row)!.resolve(),
    fail: (row: number) => ends.get(row)!.reject(new Error('away')),
  };
}

const turn = () => new Promise(resolve => setImmediate(resolve));

test('batches without a number in common are written at once and noted in the order of the file', async t => {
  const { log, take, end } = watched();
  const taken = [take(batch(1, '+12125550101')), take(batch(2, '+12125550102')), take(batch(3, '+12125550103'))];
  await turn();
  t.strictSame(log, ['write 1', 'write 2', 'write 3']);
  end(3);
  end(2);
  await turn();
  t.notOk(
    log.some(each => each.startsWith('note')),
    'nothing is noted before what comes before it',
  );
  end(1);
  await Promise.all(taken);
  t.strictSame(log.slice(3), ['note 1', 'note 2', 'note 3']);
});

test('a batch waits for an earlier one that names a number of its own, and for no other', async t => {
  const { log, take, end } = watched();
  const taken = [
    take(batch(1, '+12125550101', '+12125550104')),
    take(batch(3, '+12125550102')),
    take(batch(4, '+12125550104')),
  ];
  await turn();
  t.strictSame(log, ['write 1', 'write 3']);
  end(1);
  await turn();
  t.strictSame(log.slice(2), ['note 1', 'write 4']);
  end(3);
  end(4);
  await Promise.all(taken);
  t.strictSame(log.slice(4), ['note 3', 'note 4']);
});

test('nothing behind a batch that could not be written is noted', async t => {
  const { log, take, end, fail } = watched();
  const taken = [take(batch(1, '+12125550101')), take(batch(2, '+12125550102'))];
  await turn();
  end(2);
  fail(1);
  const results = await Promise.allSettled(taken);
  t.strictSame(
    results.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  t.notOk(log.some(each => each.startsWith('note')));
  const late = take(batch(3, '+12125550103'));
  await turn();
  end(3);
  await t.rejects(late, { message: 'away' }, 'however late it comes');
});
