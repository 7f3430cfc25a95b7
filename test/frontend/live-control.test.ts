import t from 'tap';
import { createCallDesk } from '../../frontend/src/features/live/call-desk.ts';
import {
  advance,
  type Control,
  type ControlEvent,
  type Effect,
  type Step,
  speaks,
  watching,
} from '../../frontend/src/features/live/control-state.ts';
import { ApiError } from '../../frontend/src/lib/api-error.ts';
import type { LineListener } from '../../frontend/src/lib/live/live-socket.ts';
import { choosable } from '../../frontend/src/lib/voice/devices.ts';
import { parseHeadsetChoice } from '../../frontend/src/lib/voice/headset-choice.ts';
import { NoMicrophone } from '../../frontend/src/lib/voice/microphone-problem.ts';

const listening: Control = { ...watching, step: 'listening', hears: true };
const asking: Control = { ...listening, step: 'asking' };
const takingOver: Control = { ...listening, step: 'taking-over' };
const inControl: Control = { ...listening, step: 'in-control' };
const handingBack: Control = { ...listening, step: 'handing-back' };
const refused = (act: 'listen' | 'takeover' | 'handback', taken = false): ControlEvent => ({
  type: 'refused',
  act,
  taken,
  by: taken ? 'Sam Birch' : null,
  message: 'No.',
});

t.test('each step, what may happen in it, and what is done then', async t => {
  const cases: [Control, ControlEvent, Step, Effect['do'][], string?][] = [
    [watching, { type: 'listen' }, 'listening', ['listen']],
    [watching, { type: 'mute', on: true }, 'watching', []],
    [watching, { type: 'confirm' }, 'watching', []],
    [watching, { type: 'ask' }, 'asking', []],
    [listening, { type: 'unlisten' }, 'watching', ['unlisten']],
    [listening, refused('listen'), 'watching', ['unlisten'], 'failed'],
    [listening, { type: 'let-go', what: 'listen', why: 'too-slow' }, 'watching', ['unlisten'], 'too-slow'],
    [listening, { type: 'let-go', what: 'listen', why: 'call-ended' }, 'watching', ['unlisten']],
    [asking, { type: 'cancel' }, 'listening', []],
    [{ ...asking, hears: false }, { type: 'cancel' }, 'watching', []],
    [asking, { type: 'confirm' }, 'taking-over', ['listen', 'take-over']],
    [takingOver, { type: 'slow' }, 'taking-over', []],
    [takingOver, { type: 'cancel' }, 'listening', ['give-up', 'close-microphone']],
    [takingOver, { type: 'timed-out' }, 'listening', ['give-up', 'close-microphone'], 'timed-out'],
    [takingOver, { type: 'no-microphone', problem: 'refused' }, 'listening', ['close-microphone'], 'no-microphone'],
    [takingOver, refused('takeover', true), 'listening', ['close-microphone'], 'taken'],
    [takingOver, refused('takeover'), 'listening', ['close-microphone'], 'failed'],
    [takingOver, { type: 'ended' }, 'watching', ['give-up', 'close-microphone', 'unlisten'], 'ended'],
    [takingOver, { type: 'lost' }, 'watching', ['give-up', 'close-microphone'], 'line-lost'],
    [takingOver, { type: 'taken-over' }, 'in-control', []],
    [inControl, { type: 'mute', on: true }, 'in-control', ['mute']],
    [inControl, { type: 'ask' }, 'in-control', []],
    [inControl, { type: 'cancel' }, 'in-control', []],
    [inControl, { type: 'hand-back' }, 'handing-back', []],
    [inControl, { type: 'lost' }, 'watching', ['close-microphone'], 'line-lost'],
    [inControl, { type: 'ended' }, 'watching', ['close-microphone', 'unlisten'], 'ended'],
    [inControl, { type: 'leave' }, 'watching', ['give-up', 'close-microphone', 'unlisten']],
    [
      inControl,
      { type: 'let-go', what: 'takeover', why: 'taken-by-other' },
      'listening',
      ['close-microphone'],
      'taken',
    ],
    [
      inControl,
      { type: 'let-go', what: 'takeover', why: 'transferred' },
      'listening',
      ['close-microphone'],
      'transferred',
    ],
    [
      inControl,
      { type: 'no-microphone', problem: 'missing' },
      'listening',
      ['hand-back', 'close-microphone'],
      'no-microphone',
    ],
    [handingBack, { type: 'keep' }, 'in-control', []],
    [handingBack, { type: 'send-back', note: 'Friday' }, 'handing-back', ['hand-back']],
    [{ ...handingBack, sent: true }, { type: 'send-back', note: 'twice' }, 'handing-back', []],
    [{ ...handingBack, sent: true }, { type: 'keep' }, 'handing-back', []],
    [handingBack, { type: 'handed-back' }, 'listening', ['close-microphone']],
    [handingBack, refused('handback'), 'in-control', [], 'failed'],
  ];
  for (const [control, event, step, effects, notice] of cases) {
    const next = advance(control, event, 1_000);
    const name = `${control.step}, ${event.type}`;
    t.equal(next.control.step, step, name);
    t.same(
      next.effects.map(each => each.do),
      effects,
      `${name}: what is done`,
    );
    t.equal(next.control.notice?.kind, notice, `${name}: what is said`);
  }
  t.same([watching, listening, asking, takingOver, inControl, handingBack].map(speaks), [
    false,
    false,
    false,
    true,
    true,
    true,
  ]);
});

/** A desk whose line and headset are the test's. */
function desk(answers: Record<string, () => Promise<unknown>> = {}) {
  const asked: string[] = [];
  let line!: LineListener;
  let speak!: (frame: Uint8Array) => void;
  const spoken: number[] = [];
  const closed: string[] = [];
  const made = createCallDesk({
    callId: 'a',
    live: {
      ask: (async (name: string) => {
        asked.push(name);
        return answers[name]?.();
      }) as never,
      speak: (_, seq) => spoken.push(seq),
      listenToLine: listener => {
        line = listener;
        return () => {};
      },
    },
    openEars: async () => ({
      play: () => {},
      clear: () => {},
      blocked: false,
      unblock: async () => {},
      openMicrophone: async ({ onFrame }) => {
        await answers['microphone']?.();
        speak = onFrame;
        return { label: 'Headset', mute: () => {}, close: () => closed.push('microphone') };
      },
      close: () => closed.push('ears'),
    }),
  });
  t.teardown(() => made.close());
  const reached = (step: Step) =>
    new Promise<Control>(resolve => {
      const look = () => made.control.get().step === step && resolve(made.control.get());
      made.control.subscribe(look);
      look();
    });
  return { made, asked, spoken, closed, reached, line: () => line, speak: () => speak(new Uint8Array(160)) };
}

t.test('a choice of devices survives damage, and names only what can be chosen', async t => {
  const none = { microphone: '', speaker: '' };
  for (const text of [null, '', 'not json', 'null', '[]', '{"microphone":7}']) t.same(parseHeadsetChoice(text), none);
  t.same(parseHeadsetChoice('{"microphone":"m1","speaker":"s1"}'), { microphone: 'm1', speaker: 's1' });
  const devices = [
    { kind: 'audioinput', deviceId: 'default', label: 'Default - Desk microphone' },
    { kind: 'audioinput', deviceId: 'm1', label: 'Desk microphone' },
    { kind: 'audioinput', deviceId: 'm2', label: '' },
    { kind: 'audiooutput', deviceId: 's1', label: 'Earphones' },
  ] as const;
  t.same(choosable(devices, 'audioinput'), [{ id: 'm1', label: 'Desk microphone' }]);
});

t.test('the microphone is sent only while the call is mine', async t => {
  const { made, asked, spoken, closed, reached, speak, line } = desk();
  made.send({ type: 'ask' });
  made.send({ type: 'confirm' });
  await reached('in-control');
  t.same(asked, ['call:listen', 'call:takeover'], 'what is said on it is heard, too');
  speak();
  speak();
  t.same(spoken, [0, 1]);
  made.send({ type: 'hand-back' });
  made.send({ type: 'send-back', note: 'She wants Friday.' });
  await reached('listening');
  speak();
  t.same(spoken, [0, 1], 'and not a frame more');
  t.same(closed, ['microphone']);
  line().letGo({ callId: 'other', callSid: null, what: 'listen', why: 'call-ended' });
  t.equal(made.control.get().step, 'listening', 'news of another call change nothing');
});

t.test('a take-over that comes about after it was given up is given back at once', async t => {
  let confirm = () => {};
  const { made, asked, reached } = desk({
    'call:takeover': () =>
      new Promise<void>(resolve => {
        confirm = resolve;
      }),
  });
  made.send({ type: 'ask' });
  made.send({ type: 'confirm' });
  await reached('taking-over');
  while (!asked.includes('call:takeover')) await new Promise(resolve => setImmediate(resolve));
  made.send({ type: 'cancel' });
  t.same(asked.filter(name => name === 'call:handback').length, 1);
  confirm();
  await new Promise(resolve => setImmediate(resolve));
  t.equal(made.control.get().step, 'listening');
  t.same(asked.filter(name => name === 'call:handback').length, 2, 'whatever came first at the server');
});

t.test('whoever loses the race is told to whom, and goes on listening', async t => {
  const { made, reached, closed } = desk({
    'call:takeover': async () => {
      throw new ApiError({
        status: 409,
        code: 'CALL_TAKEN',
        message: 'Sam Birch took this call before you.',
        details: { person: { id: 'u2', name: 'Sam Birch' } },
      });
    },
  });
  made.send({ type: 'ask' });
  made.send({ type: 'confirm' });
  await reached('taking-over');
  const { notice } = await reached('listening');
  t.same(notice, { kind: 'taken', by: 'Sam Birch' });
  t.same(closed, ['microphone']);
});

t.test('without a microphone the agent keeps the call', async t => {
  const { made, asked, reached } = desk({
    microphone: async () => {
      throw new NoMicrophone('refused');
    },
  });
  made.send({ type: 'ask' });
  made.send({ type: 'confirm' });
  await reached('taking-over');
  const { notice } = await reached('listening');
  t.same(notice, { kind: 'no-microphone', problem: 'refused' });
  t.notOk(asked.includes('call:takeover'));
});
