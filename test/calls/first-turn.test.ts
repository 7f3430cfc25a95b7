import { type Test, test } from 'tap';
import type { SpokenTurn } from '../../src/bridge/bridge.types.ts';
import { newSid, startCallSite } from '../helpers/call-site.ts';
import { liveCall, policy } from '../helpers/live-call.ts';

const turn = (text: string): SpokenTurn => ({ role: 'agent', text, startMs: 300, endMs: 4_000, interrupted: false });
const cut = (text: string, heardText: string): SpokenTurn => ({ ...turn(text), heardText, interrupted: true });
const proper = 'Hello, this is an AI assistant calling for Northwind Dental.';
const whole = `${proper} This call is recorded. To stop calls, say stop or press 9.`;

/** A call that is to be recorded, and what its session would ask. */
async function recordedCall(t: Test) {
  const { site, id, sid } = await liveCall(t, { policy: policy(true), recording: 'off' });
  const hears = (said: SpokenTurn, live = true) => site.app.callDesk.openingHeard(id, said, live);
  const shown = async () => (await site.calls.findById(id))!;
  return { site, id, sid, hears, shown };
}

test('the first sentence is checked once, and only then a recording begins', async t => {
  const { site, id, sid, hears, shown } = await recordedCall(t);
  t.equal((await shown()).recording, 'off');
  t.equal(await hears(turn(proper)), 'said');
  t.match(await shown(), {
    recording: 'recording',
    firstTurn: { seller: true, ai: true, startMs: 300, endMs: 4_000, cutOff: false, saidAtMs: 4_000 },
  });
  t.equal(await hears(turn('Hi.')), 'said');
  await site.app.callDesk.end(id, { source: 'elevenlabs', reason: 'agent-ended' });
  await site.carrier.control.reached(sid, 'completed');
  await site.until(id, each => each.recording === 'recorded');
  t.match((await shown()).firstTurn, { seller: true, ai: true }, 'the first one stays');
  await site.counted('first_turn_checks_total{seller="said",ai="said"}', 1);
  await site.counted('recording_starts_total{result="started"}', 1);
});

test('what was cut off does not count as said: it has to be said again, and nothing is recorded before', async t => {
  const { site, hears, shown } = await recordedCall(t);
  t.equal(await hears(cut(whole, 'Hello, this is an AI assistant')), 'say-again');
  t.match(await shown(), {
    recording: 'off',
    firstTurn: { seller: false, ai: true, cutOff: true, lacks: ['seller', 'recording', 'way-out'], saidAtMs: null },
  });
  await site.counted('first_turn_checks_total{seller="missing",ai="said"}', 1);
  t.equal(await hears(turn('Yes, how can I help?')), 'say-again', 'a sentence that says nothing of it');
  t.equal((await shown()).recording, 'off');
  t.equal(await hears(cut(whole, `${proper} This call`)), 'say-again', 'cut off once more');
  t.match(await shown(), { recording: 'off', firstTurn: { seller: true, lacks: ['recording', 'way-out'] } });
  t.equal(await hears({ ...turn(whole), startMs: 9_000, endMs: 15_000 }), 'said');
  t.match(await shown(), { recording: 'recording', firstTurn: { endMs: 4_000, lacks: [], saidAtMs: 15_000 } });
  const types = await site.typesOf(await shown(), 'recording.recording');
  t.same(
    types.filter(type => /^(first-turn|recording)/.test(type)),
    ['first-turn.heard', 'first-turn.said-again', 'recording.requested', 'recording.recording'],
  );
  t.equal(await hears(turn('Goodbye.')), 'said');
  await site.counted('recording_starts_total{result="started"}', 1);
});

test('what was cut off after all that must be said was heard', async t => {
  const { hears, shown } = await recordedCall(t);
  t.equal(await hears(cut(`${whole} Is this a good moment?`, `${whole} Is this`)), 'said');
  t.match(await shown(), { recording: 'recording', firstTurn: { seller: true, ai: true, cutOff: true, lacks: [] } });
});

test('a first sentence that says nothing of what must be said, cut off: the next whole one counts', async t => {
  const { hears, shown } = await recordedCall(t);
  t.equal(await hears(cut('Hello, good morning to you.', 'Hello,')), 'go-on');
  t.equal((await shown()).recording, 'off');
  t.equal(await hears(cut('How are you?', 'How')), 'go-on');
  t.equal(await hears(turn('How may I help you?')), 'said');
  t.match(await shown(), { recording: 'recording', firstTurn: { seller: false, ai: false, cutOff: true } });
});

test('a call that ends in its first sentence is noted and not recorded', async t => {
  const { hears, shown } = await recordedCall(t);
  t.equal(await hears(cut(`${whole} Is this a good moment?`, whole), false), 'said');
  t.match(await shown(), { recording: 'off', firstTurn: { cutOff: true, saidAtMs: 4_000 } });
});

test('two processes, or one of them twice, hear the same first sentence: one recording', async t => {
  const { site, hears, shown } = await recordedCall(t);
  const steps = await Promise.all([hears(turn(whole)), hears(turn(whole)), hears(cut(whole, 'Hello'))]);
  t.ok(steps.includes('ask-again'), steps.join());
  for (const said of [turn(whole), turn(whole)]) t.equal(await hears(said), 'said');
  t.equal((await shown()).recording, 'recording');
  await site.counted('recording_starts_total{result="started"}', 1);
});

test('whoever takes over asks for the recording when the one before died between hearing it all and asking', async t => {
  const { site, hears, shown } = await recordedCall(t);
  t.equal(await hears(turn(whole), false), 'said', 'written down, and that was all');
  t.match(await shown(), { recording: 'off', firstTurn: { saidAtMs: 4_000 } });
  t.same(await Promise.all([hears(turn('As I said.')), hears(turn('As I said.'))]), ['said', 'said']);
  t.equal((await shown()).recording, 'recording');
  await site.counted('recording_starts_total{result="started"}', 1);
});

test('a recording that cannot be started is noted, and the call goes on', async t => {
  const site = await startCallSite(t);
  const attempt = await site.attempt({
    sid: newSid(),
    policy: policy(true),
    state: 'in-progress',
    answeredAt: new Date(),
  });
  t.equal(await site.app.callDesk.openingHeard(attempt._id.toHexString(), turn(proper), true), 'said');
  const call = await site.until(attempt, each => each.recording === 'failed');
  t.match(call, { terminationSource: null, endedAt: null });
  t.ok((await site.typesOf(attempt, 'recording.failed')).includes('first-turn.heard'));
});
