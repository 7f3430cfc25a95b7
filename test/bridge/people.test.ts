import { test } from 'tap';
import { startCallSite } from './call-site.ts';
import { dana, ears, microphone, sam } from './people.ts';

/** People who go on speaking whatever the agent does, and an agent that would explain for long. */
const busyLine = `
name: a line that is watched
agents:
  - id: talker
    name: Talker
    voice: agent
    firstMessage: "agent: a long explanation"
    otherwise: "agent: shall I book it"
    farewell: "agent: thank you"
people:
  - id: patient
    name: Somebody who speaks now and then
    answer: human
    agent: talker
    script:
      - says: yes please
        afterSeconds: 6
      - says: goodbye
        afterSeconds: 3
      - hangsUp: true
        afterSilence: 30
`;

test('whoever listens hears both sides bit by bit as they were, from the moment they came to the end of the call', async t => {
  const site = await startCallSite(t);
  const sid = await site.call('buyer');
  const session = await site.session(sid);
  const first = ears();
  const second = ears(sam);
  session.people.listen(first);
  const third = ears(sam);
  const leave = session.people.listen(third);
  t.match(session.people.view(), [
    { id: 'u-dana', name: 'Dana Reyes', mode: 'listening' },
    { id: 'u-sam', mode: 'listening' },
  ]);
  await first.until(() => first.heard('caller').includes('hello'));
  leave.stop();
  session.people.listen(second);
  await site.over(sid);
  t.same(first.heard('agent'), site.heard(sid), 'what the caller heard, complete');
  t.same(first.heard('caller'), ['hello', 'yes please', 'goodbye']);
  t.same(first.gaps, []);
  t.same(second.heard('caller').slice(-2), ['yes please', 'goodbye'], 'one who comes later hears what comes later');
  t.ok(second.bytes.caller < first.bytes.caller);
  t.same([first.stops, second.stops, third.stops], [['call-ended'], ['call-ended'], []], 'who left is told nothing');
  t.equal(third.heard('agent').includes('agent: thank you'), false);
  t.throws(() => session.people.listen(ears()), { code: 'CALL_ENDED' });
});

test('what the caller’s interruption took away is heard by no listener', async t => {
  const site = await startCallSite(t, { speaker: 'Talker' });
  const sid = await site.call('breaker');
  const listener = ears();
  (await site.session(sid)).people.listen(listener);
  await site.over(sid);
  t.same(listener.heard('agent'), ['agent: a long explanation (in part)', 'agent: good morning']);
  const [explanation] = site.carrier.control.call(sid)!.heard;
  const callersMs = (explanation!.to - explanation!.from) / 8;
  const listenersMs = listener.clips.find(each => each.clipId === 'agent: a long explanation')!.ms;
  t.ok(Math.abs(callersMs - listenersMs) < 600, `the caller heard ${callersMs} ms, the listener ${listenersMs}`);
});

test('a whisper reaches the agent as context, and a new session of the agent again', async t => {
  const site = await startCallSite(t, { scenario: busyLine });
  const sid = await site.call('patient');
  const session = await site.session(sid);
  session.people.whisper(dana, 'Offer Thursday at four.');
  const told = (text: string) => site.agent.control.until(each => each.context.some(context => context.includes(text)));
  const { id } = await told('Offer Thursday at four.');
  t.match(
    site.desk.events.find(each => each.type === 'whisper'),
    {
      source: 'api',
      data: { by: 'Dana Reyes', text: 'Offer Thursday at four.' },
    },
  );
  site.agent.control.end(id, { code: 1006 });
  await site.desk.event('agent-reopened');
  const again = await site.agent.control.until(
    each => each.id !== id && each.context.some(context => context.includes('Offer Thursday at four.')),
  );
  t.ok(again);
  t.equal(
    site.desk.turns(sid).some(turn => turn.text.includes('Thursday')),
    false,
    'nobody said it',
  );
  session.end({ source: 'system', reason: 'test-over' });
});

test('a person takes the call: the agent is silent, both hear each other, and the agent gets it back with what was said', async t => {
  const site = await startCallSite(t, { scenario: busyLine, scale: 6 });
  const sid = await site.call('patient');
  const session = await site.session(sid);
  const watching = ears(sam);
  session.people.listen(watching);
  await watching.until(() => watching.bytes.agent > 8_000);

  const own = ears();
  const line = session.people.takeOver(own);
  const speaking = microphone(site, line);
  t.match(session.people.view(), [
    { id: 'u-sam', mode: 'listening' },
    { id: 'u-dana', mode: 'speaking' },
  ]);
  t.equal(session.view().person, true);
  t.throws(() => session.people.takeOver(ears(sam)), {
    code: 'CALL_TAKEN',
    details: { person: { name: 'Dana Reyes' } },
  });
  t.throws(() => session.people.whisper(sam, 'Hello?'), { code: 'CALL_CANNOT' });
  await t.rejects(session.people.handBack(sam), { code: 'CALL_NOT_YOURS' });

  await speaking.say('agent: thank you');
  await own.until(() => own.heard('caller').includes('yes please'));
  const agentBytes = watching.bytes.agent;
  await speaking.say('agent: good morning');
  await own.until(() => own.heard('caller').includes('goodbye'));
  t.equal(watching.bytes.agent, agentBytes, 'the agent said nothing anybody heard');
  await site.desk.until(() => site.desk.turns(sid).find(turn => turn.text === 'goodbye'));

  await session.people.handBack(dana, 'She wants the later slot.');
  speaking.off();
  t.same(own.stops, ['handed-back']);
  t.same(watching.stops, []);
  t.equal(session.view().person, false);
  const told = await site.agent.control.until(each =>
    each.context.some(text => text.includes('She wants the later slot.')),
  );
  const context = told.context.find(text => text.includes('She wants the later slot.'))!;
  t.match(context, /"yes please".*"goodbye"/);
  await watching.until(() => watching.heard('agent').includes('agent: shall I book it'));
  session.end({ source: 'system', reason: 'test-over' });
  await site.over(sid);

  t.same(site.heard(sid), [
    'agent: a long explanation (in part)',
    'agent: thank you',
    'agent: good morning',
    'agent: shall I book it',
  ]);
  t.same(watching.heard('person'), ['agent: thank you', 'agent: good morning'], 'others hear the person, too');
  t.equal(own.bytes.person, 0, 'nobody hears themselves');
  const turns = site.desk.turns(sid);
  t.match(turns[0], { role: 'agent', text: 'agent: a long explanation', interrupted: true });
  t.match(turns[1], { role: 'person', text: /^Dana Reyes spoke here\. These words are not transcribed\./ });
  t.ok(turns[1]!.endMs - turns[1]!.startMs > 3_000);
  t.same(
    turns.slice(2).map(({ role, text }) => `${role}: ${text}`),
    ['caller: yes please', 'caller: goodbye', 'agent: agent: shall I book it'],
  );
  t.match(
    site.desk.types().filter(type => ['taken-over', 'handed-back', 'silence', 'interrupted'].includes(type)),
    ['taken-over', 'handed-back'],
  );
});

test('a person whose line is gone loses the call to the agent within two seconds', async t => {
  const site = await startCallSite(t, { scenario: busyLine, scale: 6 });
  const sid = await site.call('patient');
  const session = await site.session(sid);
  const own = ears();
  await site.desk.event('agent-ready');
  const line = session.people.takeOver(own);
  const speaking = microphone(site, line);
  await speaking.say('agent: good morning');
  speaking.off();
  const since = site.clock.now();
  await own.until(() => own.stops.length > 0);
  t.ok(site.clock.now() - since < 2_000, `${Math.round(site.clock.now() - since)} ms`);
  t.same(own.stops, ['line-lost']);
  const told = await site.agent.control.until(each => each.context.some(text => text.includes('broke')));
  t.ok(told);
  line.speak(99, Buffer.alloc(160));
  t.equal(session.view().person, false, 'a late piece gives the call to nobody');

  const second = ears();
  session.people.takeOver(second).stop();
  t.same(second.stops, ['line-lost'], 'a connection that closes gives it back at once');
  const third = ears();
  session.people.takeOver(third);
  session.end({ source: 'api', reason: 'requested' });
  t.same(third.stops, ['call-ended']);
  await site.over(sid);
});

test('the caller’s line breaks while a person has the call: it comes back to the person', async t => {
  const site = await startCallSite(t, { scenario: busyLine, scale: 6 });
  site.carrier.control.addFault({ kind: 'stream-cut', afterMs: 4_000 });
  const sid = await site.call('patient');
  const session = await site.session(sid);
  await site.desk.event('agent-ready');
  const own = ears();
  const speaking = microphone(site, session.people.takeOver(own));
  await site.desk.event('stream-lost');
  t.throws(() => session.people.takeOver(ears()), { code: 'CALL_CANNOT' });
  await site.desk.event('stream-resumed');
  t.equal(session.view().person, true);
  t.same(own.stops, []);
  await speaking.say('agent: good morning');
  // When the second one is on its way, the first was heard.
  await speaking.say('agent: thank you');
  await session.people.handBack(dana);
  speaking.off();
  session.end({ source: 'system', reason: 'test-over' });
  await site.over(sid);
  t.ok(site.heard(sid).includes('agent: good morning'), 'what the person said after it was heard');
  t.match(
    site.desk.turns(sid).filter(turn => turn.role === 'person'),
    [{ text: /^Dana Reyes spoke here/ }],
  );
});

test('somebody who comes in the middle of an answer hears it from there, when the call was watched before', async t => {
  const site = await startCallSite(t, { scenario: busyLine, scale: 6 });
  const sid = await site.call('patient');
  const session = await site.session(sid);
  const meter = session.people.meter();
  await site.desk.event('agent-ready');
  const first = ears(sam);
  session.people.listen(first);
  await first.until(() => first.bytes.agent > 16_000);
  const second = ears();
  session.people.listen(second);
  await second.until(() => second.bytes.agent > 4_000);
  t.same(session.turns.length <= 1, true, 'it is the same answer');
  const levels = meter.take();
  t.ok(levels.agent > 0.1, `the meter shows ${levels.agent}`);
  t.equal(session.people.view().length, 2, 'a meter is nobody');
  session.end({ source: 'system', reason: 'test-over' });
  t.ok(meter.isOver);
  await site.over(sid);
});

test('an agent that leaves while a person has the call is called back with the conversation', async t => {
  const site = await startCallSite(t, { scenario: busyLine, scale: 6 });
  const sid = await site.call('patient');
  const session = await site.session(sid);
  await site.desk.event('agent-ready');
  const own = ears();
  const speaking = microphone(site, session.people.takeOver(own));
  const first = await site.agent.control.until(() => true);
  site.agent.control.end(first.id, { code: 1000 });
  await site.desk.event('agent-ended');
  t.equal(session.view().state, 'talking', 'the call goes on');
  await own.until(() => own.heard('caller').includes('yes please'));
  await session.people.handBack(dana, 'Book the later slot.');
  speaking.off();
  t.same(own.stops, ['handed-back']);
  t.equal(session.view().agent, 'ready');
  const told = await site.agent.control.until(
    each => each.id !== first.id && each.context.some(text => text.includes('Book the later slot.')),
  );
  t.ok(told);
  session.end({ source: 'system', reason: 'test-over' });
  await site.over(sid);
});

test('at the limit a call ends under a person without a word of the agent, and silence is no reason before', async t => {
  const site = await startCallSite(t, { scenario: busyLine, plan: { maxSeconds: 12, silenceMs: 1_000 } });
  const sid = await site.call('patient');
  const session = await site.session(sid);
  await site.desk.event('agent-ready');
  const own = ears();
  const speaking = microphone(site, session.people.takeOver(own));
  t.match(await site.over(sid), { source: 'system', reason: 'max-duration' });
  speaking.off();
  t.same(own.stops, ['call-ended']);
  t.notOk(site.desk.types().includes('silence'));
  t.notOk(
    site.heard(sid).some(clip => clip.includes('thank you')),
    'no farewell',
  );
});
