import { spawnSync } from 'node:child_process';
import { test } from 'tap';
import { heapFlags } from '../../src/ops/heap-flags.ts';

const gigabyte = 2 ** 30;

test('the heap may grow where there is memory to spare, also on a machine of 8 GB that reports a little less', async t => {
  t.strictSame(heapFlags(0.5 * gigabyte), []);
  t.strictSame(heapFlags(4 * gigabyte), []);
  t.not(heapFlags(7.6 * gigabyte).length, 0);
  t.strictSame(heapFlags(64 * gigabyte), heapFlags(7.6 * gigabyte));
});

test('this Node knows the flags', async t => {
  const { status, stderr } = spawnSync(process.execPath, [...heapFlags(64 * gigabyte), '--eval', ''], {
    encoding: 'utf8',
  });
  t.equal(status, 0, stderr);
});
