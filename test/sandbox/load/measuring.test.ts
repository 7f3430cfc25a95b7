import { test } from 'tap';
import { linearOfMulaw, mulawOfLinear } from '../../../src/audio/mulaw.ts';
import { createLatencies } from '../../../src/sandbox/load/latencies.ts';
import { createLoadMeter, stampTime } from '../../../src/sandbox/load/load-meter.ts';
import { loadNumber, loadNumbers } from '../../../src/sandbox/load/load-numbers.ts';
import { createStampReader, holdsStamp, readStamp, turnStamp, writeStamp } from '../../../src/sandbox/load/stamp.ts';

const stamped = (sequence: number, tag = 7, sentAt = 1_795_234_567_890_123) => {
  const frame = Buffer.alloc(160, 0x55);
  writeStamp(frame, { tag, sequence, sentAt, turnedAt: 0 });
  return frame;
};

test('a stamp comes back as it was written, also through linear audio', t => {
  const frame = stamped(4_000_000_000);
  t.same(readStamp(frame), { tag: 7, sequence: 4_000_000_000, sentAt: 1_795_234_567_890_123, turnedAt: 0 });
  turnStamp(frame, 1_795_234_567_999_999);
  const linear = Buffer.from(frame.map(byte => mulawOfLinear(linearOfMulaw[byte]!)));
  t.same(readStamp(linear), readStamp(frame));
  t.equal(readStamp(frame).turnedAt, 1_795_234_567_999_999);
  t.ok(holdsStamp(Buffer.concat([Buffer.alloc(33), frame])));
  t.notOk(holdsStamp(Buffer.alloc(160, 0xff)));
  t.end();
});

test('stamped frames are found however the audio was cut or joined', t => {
  const frames = [0, 1, 2, 3, 4].map(sequence => stamped(sequence));
  const whole = Buffer.concat([
    Buffer.alloc(61, 0xff),
    ...frames.slice(0, 3),
    Buffer.alloc(40, 0x7f),
    ...frames.slice(3),
  ]);
  for (const size of [1, 7, 20, 159, 160, 161, 480, 2_000]) {
    const read = createStampReader();
    const found: number[] = [];
    for (let at = 0; at < whole.length; at += size) {
      for (const frame of read(Buffer.from(whole.subarray(at, at + size)))) found.push(readStamp(frame).sequence);
    }
    t.same(found, [0, 1, 2, 3, 4], `pieces of ${size} bytes`);
  }
  t.end();
});

test('times are told as quantiles, within a tenth of a millisecond', t => {
  const latencies = createLatencies();
  t.equal(latencies.quantiles(), null);
  for (let ms = 1; ms <= 1_000; ms += 1) latencies.add(ms);
  t.same(latencies.quantiles(), { count: 1_000, p50: 500, p95: 950, p99: 990, max: 1_000 });
  latencies.add(-3);
  latencies.add(1_000_000);
  t.match(latencies.quantiles(), { count: 1_002, max: 20_000 });
  t.end();
});

test('loss, order and repetition are counted by call', t => {
  const meter = createLoadMeter();
  const call = meter.call();
  const other = meter.call();
  const back = (sequence: number, tag = call.tag) => call.returned(stamped(sequence, tag, stampTime() - 5_000));
  for (let index = 0; index < 6; index += 1) call.next();
  back(0);
  back(2);
  back(1); // late
  back(2); // again
  back(9); // never sent
  back(3, other.tag); // somebody else's
  t.equal(call.underway, 3, 'behind the last one that came back');
  t.equal(other.underway, 0, 'nothing is waited for where nothing ever came back');
  call.over(false);
  back(5); // after the end
  t.same(meter.frames(), { expected: 6, returned: 3, lost: 3, lostAtEnd: 3, reordered: 1, doubled: 1, foreign: 2 });

  for (let index = 0; index < 10; index += 1) other.next();
  other.returned(stamped(7, other.tag, stampTime() - 5_000));
  other.over(true); // cut: what came after the last one may have been on its way
  t.match(meter.frames(), { expected: 14, returned: 4, lost: 10, lostAtEnd: 3 });

  const third = meter.call();
  for (let index = 0; index < 4; index += 1) third.next();
  third.returned(stamped(0, third.tag, stampTime()));
  third.returned(stamped(2, third.tag, stampTime()));
  third.returned(stamped(3, third.tag, stampTime()));
  t.equal(third.underway, 0);
  third.over(false);
  t.match(meter.frames(), { expected: 18, lost: 11, lostAtEnd: 3 }, 'one was lost in the middle');

  const { roundTrip, toAgent } = meter.latencies();
  t.ok(roundTrip!.p50 >= 5 && roundTrip!.p50 < 50, 'five milliseconds ago and a little');
  t.equal(toAgent, null, 'an echo that does not stamp tells nothing about one way');
  t.end();
});

test('every simulated person has an invented number of their own', t => {
  const numbers = Array.from({ length: loadNumbers }, (_, index) => loadNumber(index));
  t.equal(new Set(numbers).size, loadNumbers);
  t.ok(numbers.every(number => /^\+1[2-9]\d\d55501\d\d$/.test(number)));
  t.equal(loadNumber(loadNumbers), loadNumber(0));
  t.end();
});
