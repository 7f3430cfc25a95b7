import { once } from 'node:events';
import { connect } from 'node:net';
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

test('a server that stops turns upgrades away, and waits for nobody who keeps a socket open', async t => {
  const late: (number | undefined)[] = [];
  const { app, url } = await startApp(t, {
    routes: each => {
      echo(each);
      // Behind everybody's: nothing listens for upgrades any more, and connections are still taken.
      each.addHook('preClose', async () => {
        const ws = url.replace('http', 'ws');
        for (const path of ['/echo', '/media-stream', '/socket.io/?EIO=4&transport=websocket', '/nothing-here'])
          late.push(await refusal(ws + path));
      });
    },
  });
  const deaf = connect(Number(new URL(url).port), '127.0.0.1');
  deaf.write(
    'GET /echo HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n' +
      'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  const [answer] = await once(deaf, 'data');
  t.match(String(answer), /^HTTP\/1\.1 101/);
  const cut = once(deaf, 'close');
  await app.close();
  await cut;
  t.same(late, [503, 503, 503, 503]);
});
