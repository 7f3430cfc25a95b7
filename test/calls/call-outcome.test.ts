import { test } from 'tap';
import type { SpokenTurn } from '../../src/bridge/bridge.types.ts';
import { decideOnVerdict } from '../../src/calls/amd-decision.ts';
import { type OutcomeFacts, outcomeOf } from '../../src/calls/call-outcome.ts';
import { callOutcomes, finalCallStates, terminationSources } from '../../src/calls/call-state.ts';
import { dialogueIn } from '../../src/calls/dialogue.ts';

const turn = (role: 'agent' | 'caller', text = 'words', heardText?: string): SpokenTurn => ({
  role,
  text,
  ...(heardText === undefined ? {} : { heardText }),
  startMs: 0,
  endMs: 0,
  interrupted: heardText !== undefined,
});
const talk = (letters: string) => dialogueIn([...letters].map(letter => turn(letter === 'a' ? 'agent' : 'caller')));

const facts = (fields: Partial<OutcomeFacts>): OutcomeFacts => ({
  state: 'completed',
  direction: 'outbound',
  answeredBy: null,
  machineDetection: true,
  treatUnknownAsHuman: false,
  terminationSource: 'twilio',
  terminationReason: 'caller-hung-up',
  result: 'none',
  sipCode: null,
  dialogue: talk(''),
  ...fields,
});

const table: [what: string, fields: Partial<OutcomeFacts>, outcome: string][] = [
  ['a person and the agent', { answeredBy: 'human', dialogue: talk('aca') }, 'conversation'],
  ['a person who hears the agent and hangs up', { answeredBy: 'human', dialogue: talk('a') }, 'conversation'],
  ['a person who hears nothing', { answeredBy: 'human', dialogue: talk('c') }, 'abandoned'],
  ['nobody known, hearing nothing', { dialogue: talk('') }, 'abandoned'],
  ['a machine that was hung up', { answeredBy: 'machine_start', terminationSource: 'amd' }, 'voicemail'],
  [
    'a mailbox that the agent understood to be one',
    { answeredBy: 'unknown', terminationReason: 'voicemail-detected', dialogue: talk('acac') },
    'voicemail',
  ],
  ['a machine the agent talked to', { answeredBy: 'machine_end_other', dialogue: talk('ac') }, 'voicemail'],
  ['a fax', { answeredBy: 'fax' }, 'voicemail'],
  ['a person taken for a machine', { answeredBy: 'machine_start', dialogue: talk('cacac') }, 'conversation'],
  [
    'a message left',
    { answeredBy: 'machine_end_beep', terminationSource: 'amd', terminationReason: 'message-left' },
    'message-left',
  ],
  [
    'a message cut off',
    { answeredBy: 'machine_end_beep', terminationSource: 'amd', terminationReason: 'leaving-message' },
    'voicemail',
  ],
  ['unknown and silent', { answeredBy: 'unknown', dialogue: talk('a') }, 'no-answer'],
  ['unknown with one greeting', { answeredBy: 'unknown', dialogue: talk('ac') }, 'voicemail'],
  ['unknown with a dialogue', { answeredBy: 'unknown', dialogue: talk('caca') }, 'conversation'],
  [
    'unknown, counted as a person',
    { answeredBy: 'unknown', treatUnknownAsHuman: true, dialogue: talk('ac') },
    'conversation',
  ],
  [
    'unknown, counted as a person, silent',
    { answeredBy: 'unknown', treatUnknownAsHuman: true, dialogue: talk('a') },
    'no-answer',
  ],
  ['no verdict, one greeting', { dialogue: talk('ac') }, 'voicemail'],
  ['no detection asked for', { machineDetection: false, dialogue: talk('ac') }, 'conversation'],
  ['no detection asked for, silent', { machineDetection: false, dialogue: talk('a') }, 'no-answer'],
  [
    'said stop',
    { answeredBy: 'human', terminationSource: 'elevenlabs', terminationReason: 'opt-out', dialogue: talk('ac') },
    'opt-out',
  ],
  ['pressed stop', { answeredBy: 'human', result: 'opt-out', dialogue: talk('ac') }, 'opt-out'],
  ['rang out', { state: 'no-answer' }, 'no-answer'],
  ['engaged', { state: 'busy' }, 'busy'],
  ['cancelled', { state: 'canceled' }, 'canceled'],
  ['failed', { state: 'failed', sipCode: 503 }, 'failed'],
  ['failed for nothing known', { state: 'failed' }, 'failed'],
  ['no such number, says the network', { state: 'failed', sipCode: 404 }, 'invalid-number'],
  ['no such number, says the carrier', { state: 'failed', terminationReason: 'invalid-number' }, 'invalid-number'],
  ['somebody called', { direction: 'inbound', machineDetection: false, dialogue: talk('ac') }, 'conversation'],
  ['somebody called and heard nothing', { direction: 'inbound', machineDetection: false }, 'abandoned'],
  [
    'somebody called outside of everything',
    { direction: 'inbound', terminationSource: 'system', terminationReason: 'full' },
    'no-answer',
  ],
  [
    'somebody called and pressed 9',
    { direction: 'inbound', result: 'opt-out', terminationReason: 'no-agent' },
    'opt-out',
  ],
];

for (const [what, fields, outcome] of table) {
  test(`${what}: ${outcome}`, async t => {
    t.equal(outcomeOf(facts(fields)), outcome);
  });
}

test('every outcome of the list is reached, and no combination of facts falls outside of it', async t => {
  t.same([...new Set(table.map(([, , outcome]) => outcome))].sort(), [...callOutcomes].sort());
  let combinations = 0;
  for (const state of finalCallStates) {
    for (const direction of ['outbound', 'inbound'] as const) {
      for (const answeredBy of [
        null,
        'human',
        'fax',
        'unknown',
        'machine_start',
        'machine_end_beep',
        'something_new',
      ]) {
        for (const terminationSource of [null, ...terminationSources]) {
          for (const dialogue of ['', 'a', 'c', 'ac', 'caca'].map(talk)) {
            combinations += 1;
            const outcome = outcomeOf(facts({ state, direction, answeredBy, terminationSource, dialogue }));
            if (!callOutcomes.includes(outcome)) t.fail(`${outcome} is not in the list`);
            if (
              answeredBy === 'unknown' &&
              outcome === 'conversation' &&
              direction === 'outbound' &&
              !dialogue.exchange
            ) {
              t.fail('unknown was read as a person');
            }
          }
        }
      }
    }
  }
  t.equal(combinations, 5 * 2 * 7 * 7 * 5);
});

test('what was not heard was not said', async t => {
  t.same(dialogueIn([turn('agent', 'Hello, this is', '')]), { agentHeard: false, callerSpoke: false, exchange: false });
  t.same(dialogueIn([turn('agent', 'Hello, this is', 'Hello')]), {
    agentHeard: true,
    callerSpoke: false,
    exchange: false,
  });
  t.equal(talk('ccc').exchange, false, 'several sentences in a row are one');
  t.equal(talk('acac').exchange, true);
});

const machine = { mode: 'detect', onMachine: 'hang-up' } as const;
for (const [what, given, action] of [
  ['a person', { verdict: 'human' }, 'none'],
  ['unknown', { verdict: 'unknown' }, 'none'],
  ['a word that is new', { verdict: 'something_new' }, 'none'],
  ['a machine', { verdict: 'machine_start' }, 'hang-up'],
  ['a fax', { verdict: 'fax' }, 'hang-up'],
  ['a machine, to be told to the agent', { policy: { ...machine, onMachine: 'continue' } }, 'tell-agent'],
  ['a machine, the agent leaves a message', { policy: { ...machine, onMachine: 'leave-message' } }, 'agent-message'],
  [
    'a machine, a text is left',
    { policy: { ...machine, onMachine: 'leave-message', message: 'Hello.' } },
    'play-message',
  ],
  [
    'a fax takes no message',
    { verdict: 'fax', policy: { ...machine, onMachine: 'leave-message', message: 'Hello.' } },
    'hang-up',
  ],
  ['nobody asked', { policy: { ...machine, mode: 'off' } }, 'none'],
  ['the call has ended', { ended: true }, 'none'],
  ['the call is being ended', { ending: true }, 'none'],
  ['a machine that converses', { dialogue: talk('cac') }, 'none'],
  ['a machine that greets', { dialogue: talk('ac') }, 'hang-up'],
] as [string, Partial<Parameters<typeof decideOnVerdict>[0]>, string][]) {
  test(`verdict of ${what}: ${action}`, async t => {
    const decision = decideOnVerdict({
      policy: machine,
      verdict: 'machine_end_beep',
      ended: false,
      ending: false,
      dialogue: talk(''),
      ...given,
    });
    t.equal(decision.action, action);
  });
}
