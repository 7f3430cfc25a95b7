import { test } from 'tap';
import { CallerBuffer, durationOf, joinBase64 } from '../../src/bridge/caller-buffer.ts';

const frame = (fill: number, bytes = 160) => Buffer.from(Buffer.alloc(bytes, fill).toString('base64'));

for (const bytes of [0, 1, 2, 3, 159, 160, 161]) {
  test(`the duration of ${bytes} bytes is known without decoding them`, async t => {
    t.equal(durationOf(frame(1, bytes)), bytes / 8);
  });
}

test('a full buffer lets the oldest go, and says how many', async t => {
  const buffer = new CallerBuffer(60);
  t.same(
    [1, 2, 3, 4, 5].map(fill => buffer.push(frame(fill))),
    [0, 0, 0, 1, 1],
  );
  t.equal(buffer.ms, 60);
  t.same(buffer.take(), [frame(3), frame(4), frame(5)]);
  t.equal(buffer.ms, 0);
  t.same(buffer.take(), []);
});

test('a frame longer than the whole buffer is not kept', async t => {
  const buffer = new CallerBuffer(60);
  buffer.push(frame(1));
  t.equal(buffer.push(frame(2, 1_600)), 2);
  t.same(buffer.take(), []);
});

test('what is kept stays as it was when its memory is used again', async t => {
  const buffer = new CallerBuffer(60);
  const shared = frame(1);
  buffer.push(shared);
  shared.fill(0x41);
  t.same(buffer.take(), [frame(1)]);
});

test('frames with padding are joined byte for byte', async t => {
  const joined = joinBase64([frame(1), frame(2, 161), frame(3, 2)]);
  t.same(
    Buffer.from(joined, 'base64'),
    Buffer.concat([Buffer.alloc(160, 1), Buffer.alloc(161, 2), Buffer.alloc(2, 3)]),
  );
});
