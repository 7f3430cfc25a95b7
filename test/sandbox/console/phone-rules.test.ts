import { test } from 'tap';
import { createAllowance } from '../../../src/sandbox/console/allowance.ts';
import { createFrameQueue } from '../../../src/sandbox/console/frame-queue.ts';
import { decodePhoneCommand, longestCommand } from '../../../src/sandbox/console/phone-protocol.ts';
import { commandProblem, isOnCall } from '../../../src/sandbox/console/phone-state.ts';
import { createPhoneTickets } from '../../../src/sandbox/console/phone-tickets.ts';

test('commands are read whole or refused with what is wrong', async t => {
  const read: [string, unknown][] = [
    ['{"type":"wait"}', { type: 'wait' }],
    ['{"type":"wait","to":"+13125550142"}', { type: 'wait', to: '+13125550142' }],
    ['{"type":"call","from":"+13125550142"}', { type: 'call', from: '+13125550142' }],
    ['{"type":"press","digits":"1*#"}', { type: 'press', digits: '1*#' }],
    ['{"type":"hang-up"}', { type: 'hang-up' }],
  ];
  for (const [text, command] of read) t.same(decodePhoneCommand(text), command, text);
  const refused: [string, RegExp][] = [
    ['', /not JSON/],
    ['null', /without a type/],
    ['[]', /without a type/],
    ['{"type":"toString"}', /without a type that is known/],
    ['{"type":"__proto__"}', /without a type that is known/],
    ['{"type":7}', /without a type/],
    ['{"type":"call"}', /call: .*from/],
    ['{"type":"wait","to":"0312"}', /wait: to /],
    ['{"type":"press","digits":"12345678901234567"}', /press: digits /],
    ['{"type":"press","digits":"x"}', /press: digits /],
    ['{"type":"answer","extra":1}', /answer: /],
    [' '.repeat(longestCommand + 1), /longer than/],
  ];
  for (const [text, problem] of refused) t.match(decodePhoneCommand(text), problem, text.slice(0, 40));
});

test('what does not go in a state is refused with a sentence', async t => {
  const goes = {
    idle: 'call',
    waiting: 'stop-waiting',
    ringing: 'decline',
    calling: 'hang-up',
    talking: 'press',
  } as const;
  for (const [state, command] of Object.entries(goes)) {
    t.equal(commandProblem(state as keyof typeof goes, command), undefined, `${state} ${command}`);
  }
  t.match(commandProblem('idle', 'hang-up'), /no call/);
  t.match(commandProblem('talking', 'call'), /hang up first/);
  t.match(commandProblem('waiting', 'call'), /stop waiting first/);
  t.match(commandProblem('calling', 'press'), /not answered yet/);
  t.same(
    ['idle', 'waiting', 'ringing', 'calling', 'talking'].map(each => isOnCall(each as 'idle')),
    [false, false, true, true, true],
  );
});

test('frames are gathered first, given in order, and the oldest are thrown away when there are too many', async t => {
  const queue = createFrameQueue(2, 4);
  const frame = (byte: number) => Buffer.from([byte]);
  const take = () => queue.take()?.[0];
  queue.push(frame(1));
  t.equal(take(), undefined, 'one frame is not enough to begin');
  queue.push(frame(2));
  t.equal(take(), 1);
  t.equal(take(), 2);
  t.equal(take(), undefined, 'it ran dry');
  queue.push(frame(3));
  t.equal(take(), undefined, 'and gathers again');
  for (const byte of [4, 5, 6, 7]) queue.push(frame(byte));
  t.equal(queue.dropped, 3);
  t.same([take(), take(), take()], [6, 7, undefined]);
  queue.push(frame(8));
  queue.clear();
  t.equal(queue.length, 0);
});

test('an allowance refills with time and never beyond its size', async t => {
  const allowance = createAllowance(10, 2);
  t.same(
    [0, 0, 0].map(at => allowance.take(at)),
    [true, true, false],
  );
  t.equal(allowance.take(99), false);
  t.equal(allowance.take(200), true);
  t.same(
    [60_000, 60_000, 60_000].map(at => allowance.take(at)),
    [true, true, false],
  );
});

test('a ticket opens once, in time, and only the newest of a person', async t => {
  let count = 0;
  const tickets = createPhoneTickets(() => `ticket-${++count}`);
  const ada = { id: 'user:1', label: 'ada@example.com' };
  const first = tickets.issue(ada, 1_000);
  t.same(first, { ticket: 'ticket-1', expiresAt: 31_000 });
  t.same(tickets.redeem(first.ticket, 30_999), ada);
  t.equal(tickets.redeem(first.ticket, 30_999), undefined, 'used');
  const late = tickets.issue(ada, 1_000);
  t.equal(tickets.redeem(late.ticket, 31_000), undefined, 'too late');
  const old = tickets.issue(ada, 1_000);
  const fresh = tickets.issue(ada, 2_000);
  t.equal(tickets.redeem(old.ticket, 2_000), undefined, 'replaced');
  t.same(tickets.redeem(fresh.ticket, 2_000), ada);
  t.equal(tickets.redeem('made up', 2_000), undefined);
});
