import { test } from 'tap';
import { SilenceWatch } from '../../src/bridge/silence-watch.ts';

const beatMs = 100;

type Part = readonly ['agent' | 'caller' | 'busy' | 'quiet', number];

/** Plays the parts one after another, looking ten times a second as sessions do; what came due, with the second it came. */
function watched(silenceMs: number, parts: readonly Part[]): string[] {
  const watch = new SilenceWatch(silenceMs, 0);
  const due: string[] = [];
  let now = 0;
  let soundAt: number | null = null;
  for (const [who, seconds] of parts) {
    for (const until = now + seconds * 1_000; now < until; ) {
      now += beatMs;
      if (who === 'caller') soundAt = now;
      // Sessions tell of the last sound again and again.
      if (soundAt !== null) watch.callerHeard(soundAt);
      if (who === 'agent') watch.agentHeard(now);
      if (who === 'busy') watch.busy(now);
      const found = watch.look(now);
      if (found) due.push(`${found} at ${now / 1_000}`);
      if (found === 'end') return due;
    }
  }
  return due;
}

const prompted: Part[] = [
  ['quiet', 7],
  ['agent', 2],
];

const cases: [string, Part[], string[]][] = [
  ['nobody ever speaks: asked, then ended', [['quiet', 30]], ['ask at 8', 'end at 16']],
  [
    'an agent that asks gets the caller the whole time again',
    [
      ['agent', 2],
      ['quiet', 9],
      ['agent', 2],
      ['quiet', 20],
    ],
    ['ask at 10', 'end at 21'],
  ],
  [
    'a caller who answers is asked anew the next time',
    [
      ['quiet', 9],
      ['agent', 1],
      ['caller', 1],
      ['agent', 3],
      ['quiet', 9],
    ],
    ['ask at 8', 'ask at 22'],
  ],
  [
    'a caller who has spoken once is not there for ever',
    [
      ['caller', 1],
      ['agent', 2],
      ['quiet', 30],
    ],
    ['ask at 11', 'end at 19'],
  ],
  [
    'an agent that speaks up by itself, always sooner than we would, keeps no silent caller',
    [['agent', 2], ...prompted, ...prompted, ...prompted, ...prompted],
    ['end at 22'],
  ],
  [
    'one sound begins the count anew',
    [['agent', 2], ...prompted, ...prompted, ['caller', 0.2], ['agent', 1], ...prompted, ...prompted],
    [],
  ],
  [
    'waiting for a slow agent is not the caller’s silence',
    [
      ['caller', 1],
      ['quiet', 7],
      ['agent', 1],
      ['caller', 1],
      ['quiet', 7],
      ['agent', 1],
      ['quiet', 7.9],
    ],
    [],
  ],
  [
    'neither are tools that run and lines that are mended',
    [
      ['agent', 2],
      ['busy', 60],
      ['quiet', 7],
      ['busy', 60],
    ],
    [],
  ],
];

for (const [name, parts, due] of cases) {
  test(name, async t => {
    t.same(watched(8_000, parts), due);
  });
}

test('zero switches it off', async t => {
  t.same(watched(0, [['quiet', 600]]), []);
});
