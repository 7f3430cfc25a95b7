import pino from 'pino';
import { test } from 'tap';
import { AppError } from '../../src/errors.ts';
import type { CallHolder } from '../../src/handoff/call-holder.ts';
import { createCallRelay } from '../../src/handoff/call-relay.ts';
import type { CallListener, PersonLine } from '../../src/handoff/handoff.types.ts';
import { openRedis } from '../../src/store/redis.ts';
import { redisMissing, startRedis } from '../helpers/redis.ts';

const logger = pino({ level: 'silent' });
const dana = { kind: 'user', id: 'u-dana', label: 'Dana Reyes' };

/** A process that holds calls, which only writes down what is asked of it. */
function holder() {
  const asked: unknown[] = [];
  const spoken: number[] = [];
  let listener: CallListener | PersonLine | undefined;
  const changed = new Set<() => void>();
  const note = (entry: unknown) => {
    asked.push(entry);
    for (const look of changed) look();
  };
  const here: CallHolder = {
    async listen(call, who, ears) {
      note(['listen', call, who.label]);
      listener = ears;
      return { stop: () => note(['stop']) };
    },
    async takeOver(call, line) {
      if (call === 'taken') throw new AppError('CALL_TAKEN', 'Sam has it.', { details: { person: { name: 'Sam' } } });
      note(['takeOver', call, line.who.label]);
      listener = line;
      return {
        speak: seq => {
          spoken.push(seq);
          note(['speak', seq]);
        },
        stop: () => note(['hang-up']),
      };
    },
    async whisper(call, who, text) {
      note(['whisper', call, who.label, text]);
    },
    async transfer(call, who, order) {
      note(['transfer', call, who.label, order.to.phone]);
      return { id: call, status: 'in-progress' } as never;
    },
    async handBack(call, who, note_) {
      note(['handBack', call, who.label, note_]);
    },
  };
  return {
    here,
    asked,
    spoken,
    listener: () => listener!,
    until: (holds: () => boolean): Promise<void> =>
      new Promise(resolve => {
        const look = () => {
          if (!holds()) return;
          changed.delete(look);
          resolve();
        };
        changed.add(look);
        look();
      }),
  };
}

test('commands and voices between processes', { skip: redisMissing }, async t => {
  const redis = await startRedis(t);
  const rules = { seenMs: 400, beatMs: 60, goneMs: 300 };
  const join = async (processId: string, here: CallHolder) => {
    const link = openRedis({ url: redis.url, logger });
    await new Promise<void>(resolve => void link.onReady(resolve));
    const relay = createCallRelay({ redis: link, processId, here, logger, rules });
    t.teardown(async () => {
      await relay.close();
      await link.close();
    });
    // Until the channel is open, nobody can be asked.
    while ((await link.client.pubsub('NUMSUB', `parley:handoff:${processId}`))[1] !== 1)
      await new Promise(setImmediate);
    return { relay, link };
  };
  const there = holder();
  const asking = await join('p1', holder().here);
  const holding = await join('p2', there.here);
  const p2 = asking.relay.to('p2');

  await t.test('orders are carried out there, and their answers and refusals come back', async t => {
    await p2.whisper('c1', dana, 'Thursday');
    await p2.handBack('c1', dana);
    const order = { to: { kind: 'number', phone: '+13125550177' }, mode: 'blind' } as const;
    t.match(await p2.transfer('c1', dana, order), { id: 'c1', status: 'in-progress' });
    t.same(there.asked.splice(0), [
      ['whisper', 'c1', 'Dana Reyes', 'Thursday'],
      ['handBack', 'c1', 'Dana Reyes', undefined],
      ['transfer', 'c1', 'Dana Reyes', '+13125550177'],
    ]);
    const line = { who: dana, audio() {}, stopped() {} };
    await t.rejects(p2.takeOver('taken', line), { code: 'CALL_TAKEN', details: { person: { name: 'Sam' } } });
    await t.rejects(asking.relay.to('nobody').whisper('c1', dana, 'x'), { code: 'CALL_UNREACHABLE' });
    there.asked.splice(0);
  });

  await t.test('what is heard and said arrives byte by byte', async t => {
    const pieces: unknown[] = [];
    let heard = () => {};
    const arrived = new Promise<void>(resolve => {
      heard = () => pieces.length === 2 && resolve();
    });
    const stops: string[] = [];
    let letGo = () => {};
    const over = new Promise<void>(resolve => {
      letGo = resolve;
    });
    const line = await p2.takeOver('c1', {
      who: dana,
      audio: (side, seq, mulaw) => {
        pieces.push([side, seq, mulaw.toString('hex')]);
        heard();
      },
      stopped: why => {
        stops.push(why);
        letGo();
      },
    });
    there.listener().audio('caller', 0, Buffer.from([0, 127, 255]));
    there.listener().audio('agent', 70_000, Buffer.from([9]));
    await arrived;
    t.same(pieces, [
      ['caller', 0, '007fff'],
      ['agent', 70_000, '09'],
    ]);
    line.speak(0, Buffer.alloc(160, 1));
    line.speak(1, Buffer.alloc(160, 2));
    await there.until(() => there.spoken.length === 2);
    t.same(there.spoken, [0, 1]);
    there.listener().stopped('handed-back');
    await over;
    t.same(stops, ['handed-back']);
    there.asked.splice(0);
  });

  await t.test('what waited for a busy process is heard whole, and one line takes no room from another', async t => {
    const piece = Buffer.alloc(160, 1);
    const listen = async (call: string, last: number) => {
      const seqs: number[] = [];
      let whole = () => {};
      const heard = new Promise<void>(resolve => {
        whole = resolve;
      });
      const audio = (_side: string, seq: number) => {
        seqs.push(seq);
        if (seq === last) whole();
      };
      const { stop } = await p2.listen(call, dana, { audio, stopped() {} });
      return { seqs, heard, stop, source: there.listener() };
    };
    const numbers = (most: number) => Array.from({ length: most }, (_, seq) => seq);
    const flooded = await listen('c1', 399);
    const other = await listen('c2', 299);
    for (const seq of numbers(5_000)) flooded.source.audio('caller', seq, piece);
    for (const seq of numbers(300)) other.source.audio('caller', seq, piece);
    await Promise.all([flooded.heard, other.heard]);
    t.same(flooded.seqs, numbers(400), 'four seconds of a call, and no more');
    t.same(other.seqs, numbers(300));
    flooded.stop();
    other.stop();
    await there.until(() => there.asked.filter(entry => (entry as string[])[0] === 'stop').length === 2);
    there.asked.splice(0);
  });

  await t.test('a listener who leaves, and one whose process is gone', async t => {
    const first = await p2.listen('c1', dana, { audio() {}, stopped: () => t.fail('who left is told nothing') });
    first.stop();
    await there.until(() => there.asked.length === 2);
    const other = await join('p3', holder().here);
    await other.relay.to('p2').listen('c1', dana, { audio() {}, stopped() {} });
    await new Promise(resolve => setTimeout(resolve, 500));
    t.same(there.asked.at(-1), ['listen', 'c1', 'Dana Reyes'], 'a silent line stays while both are alive');
    await other.link.close();
    await there.until(() => there.asked.length === 4);
    t.same(
      there.asked.splice(0).map(entry => (entry as string[])[0]),
      ['listen', 'stop', 'listen', 'stop'],
    );
  });

  await t.test('the process that holds the call dies', async t => {
    let stopped: (why: string) => void = () => {};
    const why = new Promise<string>(resolve => {
      stopped = resolve;
    });
    await p2.listen('c1', dana, { audio() {}, stopped: reason => stopped(reason) });
    await holding.link.close();
    t.equal(await why, 'holder-lost');
    await t.rejects(p2.whisper('c1', dana, 'x'), { code: 'CALL_UNREACHABLE' });
  });

  await t.test('Redis is away', async t => {
    await redis.kill();
    await t.rejects(p2.whisper('c1', dana, 'x'), { code: 'CALL_UNREACHABLE' });
  });
});
