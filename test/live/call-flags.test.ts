import { test } from 'tap';
import { CallFlags, withoutWords } from '../../src/live/call-flags.ts';
import { spokenFlags } from '../../src/live/flag-phrases.ts';

const from = Date.parse('2026-11-21T10:00:00Z');
const at = (seconds: number) => new Date(from + seconds * 1_000).toISOString();
let seq = 0;
const event = (type: string, seconds: number, data: Record<string, unknown> = {}) => {
  seq += 1;
  return { seq, type, at: at(seconds), data };
};
const kindsAt = (flags: CallFlags, seconds: number) => flags.at(from + seconds * 1_000).map(({ kind }) => kind);

test('words that a colleague should know of, in four languages, and words that only look like them', async t => {
  for (const [text, kind] of [
    ['Please don’t call me again!', 'opt-out'],
    ['Take me off your list, please.', 'opt-out'],
    ['Stop, calling me', 'opt-out'],
    ['Rufen Sie mich nicht mehr an.', 'opt-out'],
    ['No me llame más', 'opt-out'],
    ["Arrêtez de m'appeler", 'opt-out'],
    ['I think I have chest pain', 'emergency'],
    ["I'm going to kill you", 'emergency'],
    ['Can I speak to a real person', 'asked-for-person'],
    ['Ich möchte mit einem Menschen sprechen', 'asked-for-person'],
    ['Quiero hablar con alguien', 'asked-for-person'],
    ['This is ridiculous', 'upset'],
  ] as const)
    t.match(spokenFlags(text), [{ kind }], text);
  for (const text of [
    'Can you call me back tomorrow?',
    'I never got that call from you',
    'Yes please, I will be there in person',
    'My heart is not in it',
    'Stop for a moment',
    'Remove the old appointment',
  ])
    t.same(spokenFlags(text), [], text);
});

test('what was said is kept with its first moment, urgent ones first', async t => {
  const flags = new CallFlags();
  flags.said({ role: 'caller', text: 'I want to talk to a' }, at(1));
  flags.said({ role: 'caller', text: 'I want to talk to a person' }, at(2));
  flags.said({ role: 'agent', text: 'Shall I stop calling you?' }, at(3));
  flags.said({ role: 'caller', text: 'Yes. Stop calling me. I want to talk to a person.' }, at(4));
  t.match(flags.at(from + 5_000), [
    { kind: 'opt-out', level: 'urgent', reason: 'Asked not to be called: “stop calling”', at: at(4) },
    { kind: 'asked-for-person', level: 'attention', at: at(2) },
  ]);
  flags.happened(event('taken-over', 6));
  t.same(kindsAt(flags, 7), ['opt-out'], 'a colleague is there, and the wish stays');
  t.match(
    flags.all(from + 8_000).map(withoutWords),
    [
      { kind: 'opt-out', reason: 'Asked not to be called', at: at(4) },
      { kind: 'asked-for-person', reason: 'Asked for a person', at: at(2) },
    ],
    'afterwards all is known that ever held, and nothing that was said',
  );
});

test('an agent that is lost, comes back, and is lost for good', async t => {
  const flags = new CallFlags();
  const lost = event('agent-lost', 1);
  flags.happened(lost);
  t.same(kindsAt(flags, 1), ['agent-lost']);
  flags.happened(event('agent-reopened', 2));
  flags.happened(lost);
  t.same(kindsAt(flags, 2), [], 'an entry that is told twice counts once');
  flags.happened(event('agent-lost', 3));
  flags.happened(event('agent-failed', 4));
  t.match(flags.at(from + 4_000), [{ kind: 'agent-lost', level: 'urgent', reason: /could not be called back/ }]);
});

test('three interruptions in a minute, a long silence, and a tool that fails', async t => {
  const flags = new CallFlags();
  for (const seconds of [1, 20, 40]) flags.happened(event('interrupted', seconds));
  t.match(flags.at(from + 41_000), [{ kind: 'interruptions', reason: /3 times in a minute/, at: at(40) }]);
  t.same(kindsAt(flags, 62), [], 'the first is over a minute ago');
  t.match(flags.all(from + 62_000), [{ kind: 'interruptions', at: at(40) }]);

  flags.happened(event('silence', 70, { afterMs: 8_000 }));
  t.same(kindsAt(flags, 71), []);
  t.match(flags.at(from + 72_000), [{ kind: 'silence', at: at(72) }]);
  flags.said({ role: 'agent', text: 'Are you there?' }, at(73));
  t.same(kindsAt(flags, 73), []);

  flags.happened(event('tool-answered', 80, { name: 'book', isError: true }));
  flags.happened(event('tool-answered', 81, { name: 'other', isError: false }));
  t.match(flags.at(from + 82_000), [{ kind: 'tool-failed', reason: 'The tool book failed' }]);
  flags.happened(event('tool-answered', 83, { name: 'book', isError: false }));
  t.same(kindsAt(flags, 84), []);
});

test('an agent is slow when the middle one of its last five answers was', async t => {
  const talk = (...delays: number[]) => {
    let now = 0;
    return delays.flatMap(delay => {
      const said = { role: 'caller', text: 'and?', startMs: now, endMs: now + 500, interrupted: false } as const;
      const startMs = now + 500 + delay;
      now = startMs + 500;
      return [said, { role: 'agent', text: 'so', startMs, endMs: now, interrupted: false } as const];
    });
  };
  const flags = new CallFlags();
  flags.answered(talk(3_000, 3_000, 3_000, 3_000), at(1));
  t.same(kindsAt(flags, 1), [], 'four are too few');
  flags.answered(talk(400, 3_000, 500, 1_800, 1_700, 600), at(2));
  t.match(flags.at(from + 2_000), [{ kind: 'agent-slow', reason: 'The agent answers slowly: 1.7 s', at: at(2) }]);
  flags.answered(talk(3_000, 3_000, 400, 400, 400), at(3));
  t.same(kindsAt(flags, 3), []);
});
