import t from 'tap';
import {
  advancePhone,
  noticeOfClose,
  type PhoneEvent,
  type PhoneView,
  phoneOff,
} from '../../frontend/src/features/sandbox/phone/phone-state.ts';
import { readNumber, spacedNumber } from '../../frontend/src/lib/phone-number.ts';
import { NoMicrophone, obstacle, problemOf } from '../../frontend/src/lib/voice/microphone-problem.ts';
import { text } from '../../frontend/src/strings/en.ts';
import { agentFaultNeeds } from '../../src/sandbox/agent/agent-faults.ts';
import { callStates } from '../../src/sandbox/carrier/call-state.ts';
import { faultNeeds } from '../../src/sandbox/carrier/fault-schema.ts';
import type { PhoneMessage } from '../../src/sandbox/console/phone-protocol.ts';

const call = { sid: 'CA1', from: '+12125550100', to: '+13125550142' };
const told = (message: PhoneMessage): PhoneEvent => ({ type: 'told', message });
/** Where these events lead, a second after each other. */
const after = (...events: PhoneEvent[]): PhoneView =>
  events.reduce((view, event, second) => advancePhone(view, event, second * 1_000), phoneOff);
const opened: PhoneEvent = { type: 'opened' };
const ready = told({ type: 'ready' });

t.test('a phone waits, rings, talks with whoever called, and says how it ended', async t => {
  t.same(after(opened), { name: 'opening', notice: null });
  t.same(after(opened, ready), { name: 'idle', ended: null, notice: null });
  const waiting = [opened, ready, told({ type: 'waiting', to: null })];
  t.match(after(...waiting), { name: 'waiting', to: null });
  const talking = [...waiting, told({ type: 'ringing', call }), told({ type: 'answered', call })];
  t.match(after(...talking), { name: 'talking', other: call.from, since: 4_000 });
  const ended = after(...talking, told({ type: 'ended', call, by: 'far', why: 'the TwiML came to its end' }));
  t.match(ended, { name: 'idle', ended: { by: 'far', why: /TwiML/, seconds: 1 } });
});

t.test('a caller talks with the number that was called', async t => {
  const calling = [opened, ready, told({ type: 'calling', call })];
  t.match(after(...calling, told({ type: 'answered', call })), { name: 'talking', other: call.to });
  t.match(after(...calling, told({ type: 'ended', call, by: 'us', why: null })), { ended: { seconds: null } });
});

t.test('a refusal leaves everything as it was, and can be dismissed', async t => {
  const refused = after(opened, ready, told({ type: 'refused', command: 'call', message: 'No such number.' }));
  t.match(refused, { name: 'idle', notice: { kind: 'refused', message: 'No such number.' } });
  t.match(advancePhone(refused, { type: 'dismissed' }, 0), { name: 'idle', notice: null });
});

t.test('what comes after the phone was put away, or is not known yet, changes nothing', async t => {
  t.equal(after(opened, ready, { type: 'put-away' }, told({ type: 'ringing', call })), phoneOff);
  const idle = after(opened, ready);
  t.equal(advancePhone(idle, told({ type: 'held' } as unknown as PhoneMessage), 0), idle);
  t.match(after(opened, ready, { type: 'failed', notice: { kind: 'unplugged' } }), {
    name: 'off',
    notice: { kind: 'unplugged' },
  });
});

t.test('each way a connection ends has its words', async t => {
  const why = (code: number) => noticeOfClose(code) as { kind: 'closed'; why: keyof typeof text.phone.closed };
  t.same(
    [4001, 4002, 1008, 1006, 1001].map(code => why(code).why),
    ['replaced', 'idle', 'misused', 'lost', 'lost'],
  );
  for (const code of [4001, 4002, 1008, 1006]) t.ok(text.phone.closed[why(code).why].how);
});

t.test('whatever stands between page and microphone has words on what to do', async t => {
  const place = { secure: true, hasDevices: true, hasWorklets: true };
  t.equal(obstacle(place), null);
  t.equal(obstacle({ secure: false, hasDevices: false, hasWorklets: false }), 'insecure');
  t.equal(obstacle({ ...place, hasDevices: false }), 'unsupported');
  t.equal(obstacle({ ...place, hasWorklets: false }), 'unsupported');
  const named = (name: string) => problemOf(new DOMException('no', name));
  t.same(
    ['NotAllowedError', 'SecurityError', 'NotFoundError', 'OverconstrainedError', 'NotReadableError', 'AbortError'].map(
      named,
    ),
    ['refused', 'refused', 'missing', 'missing', 'busy', 'busy'],
  );
  t.equal(problemOf('a string'), 'failed');
  t.equal(named('SomethingNew'), 'failed');
  for (const problem of ['insecure', 'unsupported', 'refused', 'missing', 'busy', 'failed'] as const) {
    t.ok(text.phone.problems[new NoMicrophone(problem).problem]?.how, problem);
  }
});

t.test('numbers are read as people type them', async t => {
  t.equal(readNumber(' +1 (312) 555-0142 '), '+13125550142');
  for (const wrong of ['', '312 555 0142', '+0123456789', '+1312555014x', `+1${'2'.repeat(20)}`])
    t.equal(readNumber(wrong), null);
  t.equal(spacedNumber('+13125550142'), '+1 312 555 0142');
  t.equal(spacedNumber('+4930123456'), '+4930123456');
});

t.test('every fault, state and field has its words', async t => {
  for (const kind of [...Object.keys(faultNeeds), ...Object.keys(agentFaultNeeds)]) {
    t.ok(text.console.faults.kinds[kind], kind);
  }
  for (const field of new Set([...Object.values(faultNeeds), ...Object.values(agentFaultNeeds)].flat())) {
    t.ok(text.console.faults.fields[field], field);
  }
  for (const state of callStates) t.ok(text.console.states[state], state);
});
