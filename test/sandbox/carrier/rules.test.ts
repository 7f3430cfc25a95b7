import { test } from 'tap';
import type { LineSound } from '../../../src/sandbox/audio/audio-frame.ts';
import { createAmdDetector } from '../../../src/sandbox/carrier/amd-detector.ts';
import { parseCallOrder } from '../../../src/sandbox/carrier/call-order.ts';
import { createCallQueue } from '../../../src/sandbox/carrier/call-queue.ts';
import { type CallState, callStates, isFinal, mayMove } from '../../../src/sandbox/carrier/call-state.ts';
import { dateFilter } from '../../../src/sandbox/carrier/list-page.ts';
import { createTurnTracker } from '../../../src/sandbox/carrier/turn-tracker.ts';
import { TwilioError } from '../../../src/sandbox/carrier/twilio-errors.ts';
import { parseTwiml } from '../../../src/sandbox/carrier/twiml-document.ts';

const own = new Set(['+12125550100']);
const good = { To: '+13125550142', From: '+12125550100', Url: 'https://calls.example.com/twiml' };
const order = (fields: Record<string, string>) => parseCallOrder(new URLSearchParams({ ...good, ...fields }), own);

const refusals: [Record<string, string>, number][] = [
  [{ To: '' }, 21201],
  [{ From: '' }, 21213],
  [{ To: '3125550142' }, 21211],
  [{ To: '+1312555' }, 21211],
  [{ To: '+12125550100' }, 21211],
  [{ To: '+19005550142' }, 21202],
  [{ To: '+15005550001' }, 21217],
  [{ To: '+15005550002' }, 21214],
  [{ To: '+15005550003' }, 21215],
  [{ To: '+15005550004' }, 21216],
  [{ From: '+15005550001' }, 21212],
  [{ From: '+4930123456' }, 21210],
  [{ From: '+12125559999' }, 21210],
  [{ From: 'me' }, 21212],
  [{ Url: '' }, 21205],
  [{ Url: '/twiml' }, 21205],
  [{ Url: 'https://under_score.example.com/' }, 21205],
  [{ Method: 'PUT' }, 21209],
  [{ StatusCallback: 'calls.example.com' }, 21609],
  [{ Timeout: '0' }, 21208],
  [{ Timeout: '601' }, 21208],
  [{ Timeout: 'soon' }, 21208],
  [{ TimeLimit: '14401' }, 20001],
  [{ SendDigits: '12E' }, 21206],
  [{ SendDigits: '1'.repeat(33) }, 21206],
  [{ ApplicationSid: `AP${'0'.repeat(32)}` }, 21218],
  [{ MachineDetection: 'true' }, 21234],
  [{ MachineDetection: 'Enable', MachineDetectionTimeout: '2' }, 21234],
  [{ MachineDetection: 'Enable', MachineDetectionTimeout: '60' }, 21234],
  [{ MachineDetection: 'Enable', MachineDetectionSpeechThreshold: '6001' }, 21234],
  [{ MachineDetection: 'Enable', MachineDetectionSpeechEndThreshold: '499' }, 21234],
  [{ MachineDetection: 'Enable', MachineDetectionSilenceTimeout: '1999' }, 21234],
  [{ Record: 'yes' }, 20001],
  [{ Record: 'true', RecordingChannels: 'stereo' }, 20001],
];

test('a call is refused with the code Twilio gives', async t => {
  for (const [fields, code] of refusals) {
    try {
      order(fields);
      t.fail(`${JSON.stringify(fields)} was accepted`);
    } catch (error) {
      t.ok(error instanceof TwilioError);
      t.match(error, { code, status: 400 }, JSON.stringify(fields));
    }
  }
});

test('what is not said has the documented defaults', async t => {
  t.match(order({}).order, {
    ringTimeoutMs: 60_000,
    timeLimitMs: 14_400_000,
    instructions: { kind: 'url', hook: { method: 'POST' } },
  });
  t.match(order({ MachineDetection: 'Enable' }).order.amd, {
    timeoutMs: 30_000,
    speechThresholdMs: 2_400,
    speechEndThresholdMs: 1_200,
    silenceTimeoutMs: 5_000,
    async: false,
  });
  t.equal(order({ MachineDetection: 'Enable', SendDigits: '1' }).order.amd, undefined, 'keys switch detection off');
  t.match(order({ Record: 'true' }).order.recording, { channels: 1, track: 'both', trim: 'trim-silence' });
  t.equal(order({ From: '+16175550199' }).order.from, '+16175550199', 'any fictional number may call');
  t.equal(order({ From: '+15005550006' }).testOnly, true);
  t.match(order({ Twiml: '<Response/>' }).order.instructions, { kind: 'url' }, 'Url wins over Twiml');
});

test('only a day of calls may wait', async t => {
  const queue = createCallQueue(1);
  t.equal(queue.reserve(0), 0);
  for (let count = 1; count < 86_400; count += 1) queue.reserve(0);
  t.equal(queue.reserve(0), undefined);
  t.equal(queue.reserve(1_000), 86_400_000, 'there is room again a second later');
});

const sounds = (...parts: [LineSound, number][]) =>
  parts.flatMap(([sound, ms]) => Array.from({ length: ms / 20 }, () => sound));
const verdicts: [name: string, mode: 'Enable' | 'DetectMessageEnd', LineSound[], verdict: string, atMs: number][] = [
  ['a short greeting', 'Enable', sounds(['silence', 500], ['speech', 600], ['silence', 5_000]), 'human', 2_300],
  [
    'a greeting with a pause',
    'Enable',
    sounds(['speech', 600], ['silence', 400], ['speech', 600], ['silence', 5_000]),
    'human',
    2_800,
  ],
  ['a long greeting', 'Enable', sounds(['speech', 4_000]), 'machine_start', 2_420],
  ['silence', 'Enable', sounds(['silence', 9_000]), 'unknown', 5_000],
  ['a fax', 'Enable', sounds(['silence', 1_000], ['fax', 3_000]), 'fax', 1_500],
  [
    'a machine with a beep',
    'DetectMessageEnd',
    sounds(['speech', 4_000], ['silence', 500], ['beep', 500], ['silence', 500]),
    'machine_end_beep',
    5_020,
  ],
  [
    'a machine without one',
    'DetectMessageEnd',
    sounds(['speech', 4_000], ['silence', 5_000]),
    'machine_end_silence',
    6_700,
  ],
  ['a machine that does not end', 'DetectMessageEnd', sounds(['speech', 40_000]), 'machine_end_other', 30_000],
  ['a person, waiting for the end', 'DetectMessageEnd', sounds(['speech', 600], ['silence', 5_000]), 'human', 1_800],
];

test('answering machines are told from people by the documented thresholds', async t => {
  const thresholds = {
    timeoutMs: 30_000,
    speechThresholdMs: 2_400,
    speechEndThresholdMs: 1_200,
    silenceTimeoutMs: 5_000,
    async: false,
  };
  for (const [name, mode, line, verdict, atMs] of verdicts) {
    const detector = createAmdDetector({ mode, ...thresholds });
    const found = line.map(sound => detector.push(sound)).filter(each => each !== undefined);
    t.same(found, [verdict], `${name}, once`);
    t.equal(detector.elapsedMs, atMs, `${name}, after ${atMs} ms`);
  }
});

test('no call leaves a final state, and every state can be reached', async t => {
  const reachable = new Set<CallState>(['queued']);
  for (const from of callStates) for (const to of callStates) if (mayMove(from, to)) reachable.add(to);
  t.same([...reachable].sort(), [...callStates].sort());
  for (const state of callStates.filter(isFinal))
    t.notOk(
      callStates.some(to => mayMove(state, to)),
      state,
    );
});

test('turns are counted by what is heard, not by frames', async t => {
  const turns = createTurnTracker();
  const hear = (ms: number, speech: boolean) => {
    for (let at = 0; at < ms; at += 20) turns.push(speech);
  };
  hear(60, true);
  hear(2_000, false);
  t.equal(turns.started, 0, 'a click is no turn');
  hear(900, true);
  hear(500, false);
  hear(900, true);
  t.match(turns, { started: 1, ended: 0 }, 'a breath does not end one');
  t.equal(turns.speakingMs, 2_300);
  hear(800, false);
  t.match(turns, { started: 1, ended: 1, speakingMs: 0 });
});

test('documents that Twilio runs are accepted without a word', async t => {
  const documents = [
    '<?xml version="1.0" encoding="UTF-8"?><Response/>',
    '<Response><Connect action="/next"><Stream url="wss://a.example.com/m" name="s" statusCallback="https://a.example.com/s"><Parameter name="a" value=""/></Stream></Connect><Pause length="3"/><Redirect>/stream-ended</Redirect></Response>',
    '<Response><Gather input="dtmf speech" numDigits="1" timeout="3" action="/keys"><Say voice="Polly.Joanna">Press one &amp; wait</Say></Gather><Hangup/></Response>',
    '<Response><Dial timeout="20" callerId="+12125550100"><Number statusCallback="https://a.example.com/d" statusCallbackEvent="answered completed">+13125550142</Number></Dial></Response>',
    `<Response><Enqueue workflowSid="WW${'0'.repeat(32)}"><Task priority="5">{"reason":"asked"}</Task></Enqueue></Response>`,
    '<Response><Connect><ConversationRelay url="wss://a.example.com/r" welcomeGreeting="Hi" interruptible="any" events="speaker-events tokens-played"><Language code="es-ES"/><Parameter name="a" value="b"/></ConversationRelay></Connect></Response>',
    '<Response><Start><Recording channels="dual" trim="do-not-trim"/></Start><Play>https://a.example.com/a.wav</Play></Response>',
  ];
  for (const document of documents)
    t.match(parseTwiml(document, 'text/xml; charset=utf-8'), { problems: [] }, document);
  t.match(
    parseTwiml('<!DOCTYPE x [<!ENTITY a "b">]><Response>&a;</Response>'),
    { fatal: { code: 12100 } },
    'no entities',
  );
});

test('lists are filtered by day or by moment', async t => {
  const filter = (query: string) => dateFilter(new URLSearchParams(query), 'StartTime');
  const noon = Date.parse('2026-11-20T12:00:00Z');
  t.equal(filter(''), undefined);
  t.same(
    ['StartTime=2026-11-20', 'StartTime%3E=2026-11-20T11:00:00Z', 'StartTime%3C=2026-11-20'].map(each =>
      filter(each)!(noon),
    ),
    [true, true, true],
  );
  t.same(
    ['StartTime=2026-11-19', 'StartTime%3E=2026-11-20T13:00:00Z', 'StartTime%3C=2026-11-19'].map(each =>
      filter(each)!(noon),
    ),
    [false, false, false],
  );
  t.equal(filter('StartTime%3E=2020-01-01')!(undefined), false, 'a queued call has no start time');
  t.throws(() => filter('StartTime=yesterday'), { code: 20001 });
});
