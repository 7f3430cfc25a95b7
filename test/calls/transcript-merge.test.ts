import t from 'tap';
import { instructions } from '../../src/bridge/agent-instructions-contract.ts';
import { inOrder, mergeTranscripts } from '../../src/calls/transcript-merge.ts';
import type { Turn } from '../../src/calls/transcript-repository.ts';
import type { ReportedTurn } from '../../src/engines/conversation-contract.ts';

const ours = (role: Turn['role'], text: string, startMs: number, more: Partial<Turn> = {}): Turn => ({
  role,
  text,
  startMs,
  endMs: startMs + 900,
  interrupted: false,
  ...more,
});
const theirs = (
  role: ReportedTurn['role'],
  text: string,
  seconds: number,
  more: Partial<ReportedTurn> = {},
): ReportedTurn => ({
  role,
  text,
  original: null,
  atMs: seconds * 1_000,
  interrupted: false,
  ...more,
});
const lines = (turns: readonly Turn[]) => inOrder(turns).map(({ role, text }) => `${role}: ${text}`);

t.test('what we prompted the agent with is nobody’s words', async t => {
  const { askIfThere, goodbye, goOn, lineWasCut } = instructions;
  const prompts = [askIfThere, goodbye(null), goodbye('Have a good day.'), goOn, lineWasCut(true)];
  const record = [
    theirs('caller', 'Hello?', 0),
    ...prompts.map((text, index) => theirs('caller', text, 3 + index)),
    theirs('caller', '(You have the call again.) said a caller', 20),
  ];
  t.same(lines(mergeTranscripts([ours('caller', 'Hello?', 300)], record, 0)), [
    'caller: Hello?',
    'caller: (You have the call again.) said a caller',
  ]);
});

t.test('two records of the same words are one transcript, and ours says what was heard', async t => {
  const mine = [
    ours('agent', 'Good morning, this is Nova.', 300, { heardText: 'Good morning', interrupted: true }),
    ours('caller', 'Wait a moment', 1_200),
    ours('agent', 'Of course.', 2_400),
  ];
  const merged = mergeTranscripts(
    mine,
    [
      theirs('agent', 'Good morning...', 0, { original: 'Good morning, this is Nova.', interrupted: true }),
      theirs('caller', 'wait a moment!', 1),
      theirs('agent', 'Of course.', 2),
    ],
    300,
  );
  t.same(merged, mine, 'nothing of ours is changed');
});

t.test('what we did not write down is added where it belongs', async t => {
  const mine = [ours('agent', 'Good morning.', 300), ours('agent', 'At ten thirty?', 9_000)];
  const reported = [
    theirs('agent', 'Good morning.', 0),
    theirs('caller', 'I need an appointment.', 3),
    theirs('agent', 'Which day?', 5),
    theirs('caller', 'Tomorrow.', 7),
    theirs('agent', 'At ten thirty?', 9),
    theirs('caller', 'Yes.', 11),
  ];
  const merged = mergeTranscripts(mine, reported, 300);
  t.same(merged.slice(0, 2), mine, 'ours stay at their places');
  t.same(
    lines(merged),
    reported.map(({ role, text }) => `${role}: ${text}`),
  );
  t.ok(
    merged.slice(2).every(({ source }) => source === 'vendor'),
    'and are told apart',
  );
  t.same(mergeTranscripts(merged, reported, 300), merged, 'merging again changes nothing');
});

t.test('without a record of ours, the vendor’s is the transcript', async t => {
  const reported = [theirs('agent', 'Hello.', 0), theirs('caller', 'Hello?', 1), theirs('agent', 'Goodbye.', 1)];
  t.same(lines(mergeTranscripts([], reported, 0)), ['agent: Hello.', 'caller: Hello?', 'agent: Goodbye.']);
});

t.test('words that broke off are completed, without claiming that more was heard', async t => {
  const merged = mergeTranscripts(
    [ours('agent', 'Good morning, this', 300), ours('caller', 'I would', 2_000), ours('caller', 'Yes', 3_000)],
    [theirs('agent', 'Good morning, this is Nova.', 0), theirs('caller', 'I would like to book.', 2)],
    0,
  );
  t.match(merged[0], { text: 'Good morning, this is Nova.', heardText: 'Good morning, this' });
  t.equal(merged[1]!.text, 'I would like to book.');
  t.equal(merged[2]!.text, 'Yes', 'what the vendor does not know stays');
  t.equal(merged.length, 3);
});

t.test('a place that was never written is passed by', async t => {
  const merged = mergeTranscripts([null as never, ours('caller', 'Hello there', 900)], [theirs('agent', 'Hi!', 0)], 0);
  t.same(lines(merged), ['agent: Hi!', 'caller: Hello there']);
});

t.test('the second conversation of a call begins where it began', async t => {
  const first = Array.from({ length: 60 }, (_, at) =>
    ours(at % 2 ? 'caller' : 'agent', `sentence number ${at}`, at * 2_000),
  );
  const second = [ours('agent', 'Where were we?', 125_000), ours('caller', 'At the time.', 127_000)];
  const mine = [...first, ...second];
  const merged = mergeTranscripts(
    mine,
    [theirs('agent', 'Where were we?', 0), theirs('caller', 'At the time.', 2), theirs('agent', 'Right.', 4)],
    125_000,
  );
  t.same(merged.slice(0, mine.length), mine);
  t.same(lines(merged).slice(-2), ['caller: At the time.', 'agent: Right.']);
});

t.test('thousands of turns that have nothing in common take no time', async t => {
  const text = 'word '.repeat(200);
  const mine = Array.from({ length: 5_000 }, (_, at) => ours('agent', `${text}${at}`, at * 100));
  const reported = Array.from({ length: 5_000 }, (_, at) => theirs('agent', `${'other '.repeat(200)}x${at}`, at / 10));
  const began = process.cpuUsage();
  t.equal(mergeTranscripts(mine, reported, 0).length, 10_000);
  t.ok(process.cpuUsage(began).user < 20e6, 'each with each would be minutes');
});
