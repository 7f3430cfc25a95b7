import { EventEmitter } from 'node:events';
import fastify from 'fastify';
import { test } from 'tap';
import { createDrain } from '../../src/ops/drain.ts';
import { createLogging } from '../../src/ops/logger.ts';
import type { Operations } from '../../src/ops/operations.ts';
import { stopInOrder } from '../../src/ops/stop.ts';

function stopping(options: { live?: boolean } = {}) {
  const app = fastify();
  const drain = createDrain();
  let release = () => {};
  const settled = new Promise<void>(resolve => {
    release = resolve;
  });
  if (options.live) drain.hold({ name: 'calls', count: () => 1, settled: () => settled });
  app.decorate('operations', { drain, config: { DRAIN_TIMEOUT_SECONDS: 600 } } as unknown as Operations);
  const events = new EventEmitter();
  let clock = 0;
  let exited = (_code: number) => {};
  const exit = new Promise<number>(resolve => {
    exited = resolve;
  });
  const codes: number[] = [];
  const lines: string[] = [];
  stopInOrder({
    app,
    log: createLogging({ level: 'info', destination: { write: line => void lines.push(line) } }).component('server'),
    events,
    now: () => clock,
    exit: code => {
      codes.push(code);
      exited(code);
    },
  });
  return {
    events,
    drain,
    exit,
    codes,
    lines,
    release: () => release(),
    at: (ms: number) => {
      clock = ms;
    },
  };
}

test('a signal drains and exits 0', async t => {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    const { events, exit, drain } = stopping();
    events.emit(signal);
    t.equal(await exit, 0);
    t.equal(drain.state(), 'closed');
  }
});

test('the same signal delivered twice within a second is one wish', async t => {
  const { events, exit, codes, release, at } = stopping({ live: true });
  events.emit('SIGINT');
  at(999);
  events.emit('SIGINT');
  t.same(codes, []);
  release();
  t.equal(await exit, 0);
});

test('a second signal a second later ends at once', async t => {
  const { events, codes, lines, at, release } = stopping({ live: true });
  events.emit('SIGTERM');
  at(1000);
  events.emit('SIGTERM');
  t.same(codes, [1]);
  t.equal(lines.length, 2);
  for (const line of lines) t.match(JSON.parse(line), { live: { calls: 1 } }, 'the log says what is still alive');
  release();
});

test('what nobody caught drains and exits 1', async t => {
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    const { events, exit } = stopping();
    events.emit(event, new Error('unexpected'));
    t.equal(await exit, 1);
  }
});
