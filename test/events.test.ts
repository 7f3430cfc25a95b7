import { test } from 'tap';
import { createEvents } from '../src/events.ts';

declare module '../src/events.ts' {
  interface DomainEvents {
    'test.happened': { readonly number: number };
  }
}

test('what is published reaches every listener at once, until it stops listening', t => {
  const events = createEvents(error => t.error(error));
  const heard: string[] = [];
  const stop = events.on('test.happened', ({ number }) => heard.push(`a${number}`));
  events.on('test.happened', ({ number }) => heard.push(`b${number}`));
  events.publish('test.happened', { number: 1 });
  stop();
  events.publish('test.happened', { number: 2 });
  t.same(heard, ['a1', 'b1', 'b2']);
  t.end();
});

test("a listener's mistake is reported and disturbs neither the others nor the publisher", t => {
  const failures: string[] = [];
  const events = createEvents((error, name) => failures.push(`${name}: ${(error as Error).message}`));
  let heard = 0;
  events.on('test.happened', () => {
    throw new Error('mine alone');
  });
  events.on('test.happened', () => heard++);
  events.publish('test.happened', { number: 1 });
  t.equal(heard, 1);
  t.same(failures, ['test.happened: mine alone']);
  t.end();
});
