import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Test, test } from 'tap';
import { WebSocket, WebSocketServer } from 'ws';
import { createPhoneBook } from '../../../src/sandbox/console/phone-book.ts';
import { startTestCarrier } from '../../helpers/carrier.ts';

async function startBook(t: Test, limits: { idleMs: number; pingMs: number }) {
  const carrier = await startTestCarrier(t);
  const book = createPhoneBook(carrier.control, limits);
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  let holder = 0;
  const gone = new Promise<void>(resolve =>
    sockets.on('connection', socket => {
      book.open({ id: `user:${++holder}`, label: 'dana@example.com' }, socket);
      socket.on('close', () => resolve());
    }),
  );
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(async () => {
    for (const client of sockets.clients) client.terminate();
    await new Promise(resolve => server.close(resolve));
  });
  const open = async (options: { autoPong?: boolean } = {}) => {
    const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, options);
    t.teardown(() => socket.terminate());
    await once(socket, 'message');
    return socket;
  };
  return { book, open, carrier, gone };
}

test('a phone at which nothing happens is closed', async t => {
  const { book, open, gone } = await startBook(t, { idleMs: 30, pingMs: 60_000 });
  const socket = await open();
  const [code] = await once(socket, 'close');
  t.equal(code, 4002);
  await gone;
  t.equal(book.size, 0);
});

test('a browser that answers no ping is gone, and so is its wish for a call', async t => {
  const { book, open, carrier, gone } = await startBook(t, { idleMs: 60_000, pingMs: 20 });
  const socket = await open({ autoPong: false });
  socket.send('{"type":"wait"}');
  const [code] = await once(socket, 'close');
  t.equal(code, 1006);
  await gone;
  t.same(carrier.control.cast().next, []);
  t.equal(book.size, 0);
});

test('there is an end to how many phones can be open', async t => {
  const { book, open } = await startBook(t, { idleMs: 60_000, pingMs: 60_000 });
  for (let count = 0; count < 50; count += 1) await open();
  t.equal(book.size, 50);
  t.throws(() => book.check({ id: 'user:51', label: 'ada@example.com' }), { code: 'SANDBOX_PHONES_FULL' });
  t.doesNotThrow(() => book.check({ id: 'user:50', label: 'dana@example.com' }), 'their own would be replaced');
});
