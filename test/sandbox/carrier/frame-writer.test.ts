import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'tap';
import { type WebSocket, WebSocketServer } from 'ws';
import { openFrameWriter } from '../../../src/sandbox/carrier/frame-writer.ts';

test('messages of every length arrive whole and in order among those the library sends', async t => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(server, 'listening');
  t.teardown(() => new Promise(resolve => server.close(resolve)));
  const connected = once(server, 'connection') as Promise<[WebSocket]>;
  const writer = openFrameWriter(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/media`, {
    perMessageDeflate: false,
  });
  await once(writer.socket, 'open');
  const [far] = await connected;
  const texts = [1, 125, 126, 127, 400, 65_535].map(length => 'x'.repeat(length - 1) + (length % 10));
  const received: string[] = [];
  const all = new Promise<void>(resolve => {
    far.on('message', data => {
      received.push(String(data));
      if (received.length === 2 * texts.length) resolve();
    });
  });
  for (const text of texts) {
    writer.sendAscii(text);
    writer.socket.send(text);
  }
  await all;
  t.same(
    received,
    texts.flatMap(text => [text, text]),
  );
  writer.socket.close();
  t.doesNotThrow(() => writer.sendAscii('after the end'), 'and is lost');
  await once(writer.socket, 'close');
});
