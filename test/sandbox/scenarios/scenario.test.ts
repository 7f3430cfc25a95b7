import { test } from 'tap';
import { readDisclosure } from '../../../src/compliance/spoken-disclosure.ts';
import { ScenarioError } from '../../../src/sandbox/scenarios/read-scenario.ts';
import { loadScenario, parseScenario } from '../../../src/sandbox/scenarios/scenario.ts';
import { testClips } from '../../helpers/carrier.ts';

const problemsOf = (text: string): readonly string[] => {
  try {
    parseScenario(text, testClips);
  } catch (error) {
    if (error instanceof ScenarioError) return error.problems;
    throw error;
  }
  return [];
};

const head = 'name: x\npeople:\n';
const broken: [what: string, text: string, problem: RegExp][] = [
  ['YAML that does not parse', 'name: [', /^line \d+: /],
  ['a missing field', 'name: x', /^line 1: the file lacks people/],
  [
    'an unknown field',
    `${head}  - id: a\n    name: A\n    answer: human\n    rings: 2\n    colour: red`,
    /^line 3: people\.0 .*colour/,
  ],
  [
    'a wrong answer',
    `${head}  - id: a\n    name: A\n    answer: perhaps`,
    /^line 5: people\.0\.answer .*(voicemail|allowed|equal)/,
  ],
  [
    'a number in words',
    `${head}  - id: a\n    name: A\n    answer: human\n    number: "555 0100"`,
    /^line 6: people\.0\.number/,
  ],
  [
    'a step that is none',
    `${head}  - id: a\n    name: A\n    answer: human\n    script:\n      - sings: la`,
    /^line 7: people\.0\.script\.0 must be one of `agent:`/,
  ],
  [
    'a sentence without a clip',
    `${head}  - id: a\n    name: A\n    answer: human\n    greets: bonjour`,
    /^line 6: people\.0\.greets: no clip says "bonjour".*make-clips/,
  ],
  [
    'the same id twice',
    `${head}  - { id: a, name: A, answer: busy }\n  - { id: a, name: B, answer: busy }`,
    /^line 4: the id a is used twice/,
  ],
  [
    'an agent nobody knows',
    `${head}  - id: a\n    name: A\n    answer: human\n    agent: zoe`,
    /^line 6: no agent has the id zoe/,
  ],
  [
    'a weight for nobody',
    `${head}  - { id: a, name: A, answer: busy }\nweights:\n  b: 1`,
    /^line 5: nobody has the id b/,
  ],
  [
    'a campaign without a sign',
    `${head}  - { id: a, name: A, answer: busy }\ncampaigns:\n  - { name: c, weights: { a: 1 } }`,
    /^line 5: .*urlContains/,
  ],
  [
    'a silent voicemail',
    `${head}  - { id: a, name: A, answer: voicemail }`,
    /^line 3: a voicemail needs an announcement/,
  ],
  [
    'a fault that does not exist',
    `${head}  - id: a\n    name: A\n    answer: human\n    faults:\n      - kind: earthquake`,
    /^line 7: .*kind/,
  ],
];

for (const [what, text, problem] of broken) {
  test(`${what} is named with its line`, async t => {
    t.match(problemsOf(text).join('\n'), problem);
  });
}

test('a script is read as a conversation', async t => {
  const scenario = parseScenario(
    `
name: talk
agents:
  - { id: booker, name: Booker, voice: agent, firstMessage: "agent: good morning", otherwise: "agent: thank you", farewell: "agent: thank you" }
people:
  - id: a
    name: A
    answer: human
    agent: booker
    script:
      - says: yes please
      - says: goodbye
        interruptsAfter: 1.5
      - agent: "agent: shall I book it"
        tools: [{ name: book, parameters: { day: tuesday } }]
      - presses: "12"
        afterSilence: 3
      - hangsUp: true
`,
    testClips,
  );
  const [person] = scenario.people;
  t.same(
    person!.dialogue.map(line => (line.who === 'agent' ? line.line.clip.text : line.step.moment)),
    [
      'agent: good morning',
      { kind: 'agent-turn', turn: 'next', patienceMs: 15_000 },
      { kind: 'into-agent-turn', ms: 1_500, patienceMs: 15_000 },
      'agent: shall I book it',
      { kind: 'silence', ms: 3_000 },
      { kind: 'after', ms: 400 },
    ],
  );
  t.match(person!.dialogue[3], { line: { tools: [{ name: 'book', parameters: { day: 'tuesday' } }] } });
});

test('the demo has people enough, of every kind, at every hour', async t => {
  const scenario = loadScenario();
  t.ok(scenario.people.length >= 20);
  t.equal(scenario.businesses?.length, 3);
  t.same([...new Set(scenario.people.map(person => person.answer))].sort(), [
    'busy',
    'fax',
    'human',
    'invalid',
    'no-answer',
    'rejected',
    'screening',
    'voicemail',
  ]);
  for (const person of scenario.people) t.match(person.number, /^\+1[2-9]\d{2}55501\d{2}$/, person.name);
  for (let hour = 0; hour < 24; hour += 1) {
    const awake = scenario.people.filter(person => {
      const parts = { timeZone: person.timeZone!, hour: '2-digit', hourCycle: 'h23' } as const;
      const local = Number(new Intl.DateTimeFormat('en', parts).format(Date.UTC(2026, 10, 20, hour, 30)));
      return person.answer === 'human' && local >= 9 && local < 20;
    });
    t.ok(awake.length > 0, `somebody may be called at ${hour}:30 UTC`);
  }
});

test('every agent that is shipped begins with an AI, the seller, the recording and the way out', t => {
  const { agents, businesses = [] } = loadScenario();
  t.ok(agents.length >= 3);
  for (const { id, business, firstMessage, firstClip } of agents) {
    const seller = businesses.find(each => each.id === business)!.name;
    const told = readDisclosure(firstMessage, { sellers: [seller], recorded: true, wayOut: true });
    t.same(told.missing, [], `${id}: ${firstMessage}`);
    const [sentence] = firstMessage.split(/[.?!] /);
    t.same(
      readDisclosure(sentence!, { sellers: [seller], recorded: true, wayOut: true }).missing,
      [],
      'in its first sentence',
    );
    t.equal(firstClip.text, firstMessage, 'and this is what is heard');
    const others = businesses.filter(each => each.id !== business).map(each => each.name);
    t.same(readDisclosure(firstMessage, { sellers: others }).missing, ['seller'], 'of nobody else');
  }
  t.end();
});
