import { test } from 'tap';
import { heardPart } from '../../src/bridge/heard-text.ts';
import { PlaybackLedger } from '../../src/bridge/playback-ledger.ts';

const ms = (count: number) => count * 8;
const text = 'one two three four five six seven eight nine ten';

test('an answer is heard as its marks come back', t => {
  const ledger = new PlaybackLedger();
  ledger.addText(1, text);
  ledger.addAudio(1, ms(500), 0);
  const first = ledger.addMark();
  ledger.addAudio(1, ms(500), 1);
  const second = ledger.addMark();
  t.match(ledger.takeNews(0), [{ state: 'queued', heardMs: 0, heardText: '', startsAt: 0 }]);
  t.ok(ledger.reach(first, 520));
  t.match(ledger.takeNews(520), [{ state: 'playing', heardMs: 500, heardText: 'one two three four five' }]);
  t.notOk(ledger.drained);
  t.ok(ledger.reach(second, 1_030));
  t.match(ledger.takeNews(1_030), [{ state: 'heard', heardMs: 1_000, heardText: text }]);
  t.ok(ledger.drained);
  t.end();
});

test('between marks the time that passed says how much was heard, never more than the next mark allows', t => {
  const ledger = new PlaybackLedger();
  ledger.addText(1, text);
  ledger.addAudio(1, ms(500), 100);
  ledger.addMark();
  ledger.addAudio(1, ms(500), 100);
  ledger.addMark();
  t.equal(ledger.takeNews(350)[0]?.heardMs, 250);
  t.equal(ledger.takeNews(5_000)[0]?.heardMs, 500, 'a mark that has not come back was not reached');
  t.equal(ledger.queuedMs(5_000), 500);
  t.end();
});

test('with a quarter of a second left, the last word is being heard; taken away, it was not', t => {
  const ledger = new PlaybackLedger();
  ledger.addText(1, text);
  ledger.addAudio(1, ms(2_000), 0);
  t.match(ledger.takeNews(1_750), [{ state: 'playing', heardText: 'one two three four five six seven eight' }]);
  t.match(ledger.takeNews(1_751), [{ state: 'playing', heardMs: 1_751, heardText: text }]);
  ledger.cut(1_751);
  t.match(ledger.takeNews(1_751), [{ state: 'cut', heardText: 'one two three four five six seven eight' }]);
  t.end();
});

test('a mark that is long overdue will not come: its audio was played when its length says', t => {
  const ledger = new PlaybackLedger();
  ledger.addText(1, text);
  ledger.addAudio(1, ms(500), 100);
  const late = ledger.addMark();
  ledger.addAudio(1, ms(500), 100);
  ledger.addMark();
  t.notOk(ledger.giveUpMarks(600 + 4_999), 'it may still come');
  t.ok(ledger.giveUpMarks(600 + 5_000));
  t.notOk(ledger.drained, 'the next one has its own time');
  t.notOk(ledger.reach(late, 5_700), 'now it says nothing new');
  t.notOk(ledger.giveUpMarks(1_100 + 4_999));
  t.ok(ledger.giveUpMarks(1_100 + 5_000));
  t.ok(ledger.drained);
  t.match(ledger.takeNews(6_100), [{ state: 'heard', heardMs: 1_000, heardText: text }]);
  t.end();
});

test('what is cut was not heard, and its marks mean nothing when the carrier sends them back', t => {
  const ledger = new PlaybackLedger();
  ledger.addText(1, text);
  ledger.addAudio(1, ms(1_000), 0);
  const mark = ledger.addMark();
  ledger.cut(400);
  t.notOk(ledger.reach(mark, 401));
  t.match(ledger.takeNews(9_000), [{ state: 'cut', heardMs: 400, totalMs: 1_000, heardText: 'one two three' }]);
  t.ok(ledger.drained);
  t.end();
});

test('after a cut the next answer starts at once and is counted by itself', t => {
  const ledger = new PlaybackLedger();
  ledger.addText(1, text);
  ledger.addAudio(1, ms(1_000), 0);
  ledger.addMark();
  ledger.cut(400);
  ledger.addText(5, 'Of course.');
  ledger.addAudio(5, ms(300), 450);
  const mark = ledger.addMark();
  t.match(ledger.takeNews(600), [{ state: 'cut' }, { state: 'playing', startsAt: 450, heardMs: 150 }]);
  ledger.reach(mark, 760);
  t.match(ledger.takeNews(760), [{ heardMs: 400 }, { state: 'heard', heardText: 'Of course.' }]);
  t.end();
});

test('an answer that waits behind another starts when that one was played', t => {
  const ledger = new PlaybackLedger();
  ledger.addText(1, 'first');
  ledger.addAudio(1, ms(800), 0);
  ledger.addText(2, 'second');
  ledger.addAudio(2, ms(200), 100);
  ledger.addMark();
  t.match(ledger.takeNews(200), [{ startsAt: 0 }, { startsAt: 800, state: 'queued' }]);
  ledger.cut(300);
  t.match(ledger.takeNews(300), [
    { state: 'cut', heardMs: 300 },
    { state: 'cut', heardMs: 0, heardText: '' },
  ]);
  t.end();
});

test('words find their audio whichever comes first, and whatever numbers it carries', t => {
  const late = new PlaybackLedger();
  late.addAudio(3, ms(100), 0);
  late.addText(3, 'after its audio');
  late.addAudio(3, ms(100), 0);
  late.addAudio(4, ms(100), 0);
  late.addText(4, 'next');
  t.match(late.takeNews(0), [
    { text: 'after its audio', totalMs: 200 },
    { text: 'next', totalMs: 100 },
  ]);

  const numbered = new PlaybackLedger();
  numbered.addText(10, 'every piece has a number of its own');
  numbered.addAudio(11, ms(100), 0);
  numbered.addAudio(12, ms(100), 0);
  numbered.addText(13, 'next');
  numbered.addAudio(14, ms(50), 0);
  t.match(numbered.takeNews(0), [{ totalMs: 200 }, { text: 'next', totalMs: 50 }]);

  const unnumbered = new PlaybackLedger();
  unnumbered.addText(null, 'one');
  unnumbered.addAudio(0, ms(100), 0);
  unnumbered.addText(null, 'two');
  unnumbered.addAudio(0, ms(60), 0);
  t.match(
    unnumbered.takeNews(0).map(each => each.text),
    ['one', 'two'],
  );
  t.end();
});

test('words without audio count as unheard when they are cut', t => {
  const ledger = new PlaybackLedger();
  ledger.addText(1, text);
  ledger.cut(100);
  ledger.addVoid(1, ms(700));
  t.match(ledger.takeNews(100), [{ state: 'cut', heardText: '', totalMs: 700 }]);
  t.end();
});

test('the vendor may correct what was heard downwards only', t => {
  const ledger = new PlaybackLedger();
  ledger.addText(1, text);
  ledger.addAudio(1, ms(1_000), 0);
  ledger.cut(600);
  ledger.correct(1, text, 'one two...');
  t.equal(ledger.takeNews(600)[0]?.heardText, 'one two');
  ledger.correct(1, text, 'one two three four five six seven eight');
  t.equal(ledger.takeNews(600)[0]?.heardText, 'one two three four five six');
  t.end();
});

test('unknown, repeated and forgotten marks change nothing', t => {
  const ledger = new PlaybackLedger();
  ledger.addAudio(1, ms(100), 0);
  const one = ledger.addMark();
  ledger.addAudio(1, ms(100), 0);
  const two = ledger.addMark();
  t.notOk(ledger.reach('theirs', 50));
  t.ok(ledger.reach(two, 210), 'a mark that was skipped was passed');
  t.notOk(ledger.reach(one, 220));
  t.notOk(ledger.reach(two, 220));
  t.ok(ledger.drained);
  t.end();
});

test('a long call is forgotten as it goes', t => {
  const ledger = new PlaybackLedger();
  for (let turn = 0; turn < 500; turn += 1) {
    ledger.addText(turn, `turn ${turn}`);
    ledger.addAudio(turn, ms(1_000), turn * 1_000);
    ledger.reach(ledger.addMark(), turn * 1_000 + 1_000);
    t.ok(ledger.takeNews(turn * 1_000 + 1_000).length <= 9);
  }
  t.equal(ledger.takeNews(500_000).at(-1)?.index, 499);
  t.end();
});

const parts: [share: number, heard: string][] = [
  [0, ''],
  [0.04, ''],
  [0.07, 'one'],
  [0.16, 'one two'],
  [0.99, 'one two three four five six seven eight nine'],
  [1, text],
  [7, text],
];
for (const [share, heard] of parts) {
  test(`of ${share} of the audio "${heard}" was heard`, t => {
    t.equal(heardPart(text, share), heard);
    t.end();
  });
}

test('a script without spaces is cut between characters', t => {
  t.equal(heardPart('明日の十時で如何ですか', 0.5), '明日の十時');
  t.equal(heardPart('a😀', 0.67), 'a');
  t.end();
});

test('whatever happens, what was heard only grows, and is never more than what was sent', t => {
  let state = 42;
  const below = (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  for (let round = 0; round < 300; round += 1) {
    const ledger = new PlaybackLedger();
    const names: string[] = [];
    let now = 0;
    let sent = 0;
    const heardBefore = new Map<number, number>();
    for (let step = 0; step < 60; step += 1) {
      now += below(400);
      const what = below(6);
      if (what <= 1) {
        const bytes = ms(below(900));
        sent += bytes;
        ledger.addAudio(step, bytes, now);
      } else if (what === 2) ledger.addText(below(60), `text ${step}`);
      else if (what === 3) names.push(ledger.addMark());
      else if (what === 4) ledger.reach(names[below(names.length + 1)] ?? 'none', now);
      else if (below(4) === 0) ledger.cut(now);
      let heard = 0;
      for (const answer of ledger.takeNews(now)) {
        heard += answer.heardMs;
        const before = heardBefore.get(answer.index) ?? 0;
        if (answer.heardMs < before - 1e-6) t.fail(`round ${round}: ${answer.heardMs} after ${before}`);
        heardBefore.set(answer.index, answer.heardMs);
        if (answer.heardMs > answer.totalMs + 1e-6) t.fail(`round ${round}: more heard than sent`);
      }
      if (heard * 8 > sent + 1e-6 || ledger.queuedMs(now) < 0) t.fail(`round ${round}: ${heard} of ${sent / 8}`);
    }
  }
  t.end();
});
