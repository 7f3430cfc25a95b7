import { once } from 'node:events';
import { test } from 'tap';
import { WebSocket } from 'ws';
import { startApp } from '../helpers/app.ts';

const echo = (app: Awaited<ReturnType<typeof startApp>>['app']) =>
  app.get('/echo', { websocket: true, config: { access: 'public' } }, socket => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });

const refusal = async (address: string): Promise<number | undefined> => {
  const socket = new WebSocket(address);
  const [, response] = await once(socket, 'unexpected-response');
  response.destroy();
  socket.on('error', () => {});
  return response.statusCode;
};

test('a raw socket route carries messages both ways, uncompressed', async t => {
  const { url } = await startApp(t, { routes: echo });
  const socket = new WebSocket(`${url.replace('http', 'ws')}/echo`, { perMessageDeflate: true });
  await once(socket, 'open');
  t.equal(socket.extensions, '', 'compression that was offered is not taken');
  socket.send('hello');
  const [answer] = await once(socket, 'message');
  t.equal(String(answer), 'hello');
  socket.terminate();
});

test('a message beyond the limit closes its socket with the code for it', async t => {
  const { url } = await startApp(t, { routes: echo });
  const socket = new WebSocket(`${url.replace('http', 'ws')}/echo`);
  await once(socket, 'open');
  socket.send(Buffer.alloc(1024 * 1024));
  const [code] = await once(socket, 'close');
  t.equal(code, 1009);
});

test('an upgrade to an address that is no socket is refused, not left hanging', async t => {
  const { url } = await startApp(t, { routes: echo });
  const ws = url.replace('http', 'ws');
  t.equal(await refusal(`${ws}/nothing-here`), 404);
  t.equal(await refusal(`${ws}/socket.io/?transport=nonsense`), 400, 'the gateway refuses in its own way');
});

test('upgrades of the gateway on the same server are left to it', async t => {
  const { url } = await startApp(t, { routes: echo });
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  const [greeting] = await once(socket, 'message');
  t.match(String(greeting), /^0\{"sid":/, 'the opening packet of Engine.IO, and nothing of ours');
  socket.terminate();
});
