import t from 'tap';
import type { Turn } from '../../src/calls/transcript-repository.ts';
import { transcriptAsText, transcriptAsVtt } from '../../src/calls/transcript-texts.ts';

const turn = (text: string, startMs: number, more: Partial<Turn> = {}): Turn => ({
  role: 'caller',
  text,
  startMs,
  endMs: startMs + 1_000,
  interrupted: false,
  ...more,
});

t.test('a transcript as WebVTT', async t => {
  const turns = [
    turn('Yes, go on.', 3_725_480),
    turn('Hello, this is Ava. Is this a good moment?', 320, {
      role: 'agent',
      heardText: 'Hello, this is',
      endMs: 1_480,
    }),
  ];
  t.equal(
    transcriptAsVtt(turns),
    'WEBVTT\n\n1\n00:00:00.320 --> 00:00:01.480\n<v Agent>Hello, this is\n\n' +
      '2\n01:02:05.480 --> 01:02:06.480\n<v Caller>Yes, go on.\n',
  );
});

t.test('what was said cannot leave its cue', async t => {
  const hostile = '</v><script>alert(1)</script>\n\n00:00:00.000 --> 99:00:00.000\nNOTE & more\u2028x\u0000y';
  const vtt = transcriptAsVtt([turn(hostile, 0)]);
  t.equal(vtt.split('\n').length, 6, 'one cue of one line');
  t.notMatch(vtt, /<script|<\/v>/);
  t.equal(vtt.match(/-->/g)?.length, 1);
  t.match(vtt, /&lt;script&gt;.*--&gt;.*&amp; more x y/);
});

t.test('beside a recording, cues begin where its sound does', async t => {
  const vtt = transcriptAsVtt([turn('before', 0), turn('across', 1_500), turn('after', 4_000)], 2_000);
  t.notMatch(vtt, /before/);
  t.match(vtt, /00:00:00.000 --> 00:00:00.500\n<v Caller>across/);
  t.match(vtt, /00:00:02.000 --> 00:00:03.000\n<v Caller>after/);
});

t.test('a cue is never empty of time', async t => {
  t.match(transcriptAsVtt([turn('short', 5_000, { endMs: 5_000 })]), /00:00:05.000 --> 00:00:05.001/);
});

t.test('a transcript as text: one line for each turn, in the order of their beginnings', async t => {
  t.equal(
    transcriptAsText([turn('second\nline', 2_000), turn('first', 500, { role: 'agent' })]),
    '[00:00:00.500] Agent: first\n[00:00:02.000] Caller: second line\n',
  );
  t.equal(transcriptAsText([]), '');
  const unheard = turn('Hello, this is', 0, { role: 'agent', heardText: '', interrupted: true });
  t.equal(transcriptAsText([unheard]), '', 'what nobody heard was not said');
  t.equal(transcriptAsVtt([unheard]), 'WEBVTT\n\n');
});
