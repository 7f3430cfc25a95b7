import { once } from 'node:events';
import { connect as connectTcp, type Socket as TcpSocket } from 'node:net';
import { test } from 'tap';
import WebSocket from 'ws';
import { startApp } from '../helpers/app.ts';
import { connect, connected, next } from './site.ts';

const API_KEY = 'an-invented-key-of-a-test'; // allow-secret: invented
const env = { API_KEY };

/** A connection that speaks the protocol by hand. */
async function raw(url: string, greeting = `40${JSON.stringify({ token: API_KEY })}`): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  await once(socket, 'message');
  socket.send(greeting);
  await once(socket, 'message');
  return socket;
}

test('junk, and messages beyond the limit, end the connection that sent them and nothing else', async t => {
  const { url } = await startApp(t, { env });
  const good = await connected(connect(t, url, { token: API_KEY }));
  for (const junk of [
    Buffer.from('binary out of nowhere'),
    '4',
    '451-',
    '9999',
    `42["call:watch","${'x'.repeat(70_000)}"]`,
  ]) {
    const socket = await raw(url);
    socket.send(junk);
    await once(socket, 'close');
  }
  t.ok(good.connected);
});

/** Text as a WebSocket client sends it; a mask of zeros is one. */
const frame = (text: string): Buffer => {
  const bytes = Buffer.from(text);
  const head = bytes.length < 126 ? [0x81, 0x80 | bytes.length] : [0x81, 0xfe, bytes.length >> 8, bytes.length & 0xff];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), bytes]);
};

/** A thousand connections must cost the test little: a bare socket with one upgrade on it, and what came back. */
async function bare(t: { teardown(fn: () => unknown): void }, url: string) {
  const { host, hostname, port } = new URL(url);
  const socket = connectTcp(Number(port), hostname);
  t.teardown(() => socket.destroy());
  let said = '';
  const changed = new Set<() => void>();
  socket.setEncoding('latin1');
  const look = () => {
    for (const each of changed) each();
  };
  socket.on('data', (chunk: string) => {
    said += chunk;
    // Whoever leaves a ping unanswered is gone.
    if (chunk.includes('\x81\x012')) socket.write(frame('3'));
    look();
  });
  socket.on('error', () => {});
  socket.on('close', look);
  const until = (words: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const check = () => {
        if (!words.test(said) && !socket.closed) return;
        changed.delete(check);
        if (words.test(said)) resolve(said);
        else reject(new Error(`closed after: ${said}`));
      };
      changed.add(check);
      check();
    });
  socket.write(
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  const [, status] = /^HTTP\/1\.1 (\d+)/.exec(await until(/"sid"|are too many connections/))!;
  return { socket, until, isOpen: status === '101', said: () => said };
}

test('a thousand connections of one address: so many as may be, a reason for the others, and nobody else notices', async t => {
  const { app, url, call, signIn } = await startApp(t, { env });
  const admin = await signIn();
  const made = await call('POST', '/api/api-keys', { token: admin, body: { name: 'wall', scopes: ['calls:read'] } });
  const good = await connected(connect(t, url, { token: API_KEY }));

  const tokens = [API_KEY, admin, made.body.secret];
  const all: Awaited<ReturnType<typeof bare>>[] = [];
  let inside = 0;
  // Wave after wave: a system takes only so many at one moment, and whoever does not say who they are is sent away after ten seconds.
  for (let wave = 0; wave < 10; wave += 1) {
    const came = await Promise.all(Array.from({ length: 100 }, () => bare(t, url)));
    all.push(...came);
    const answers = await Promise.all(
      came.map(({ socket, until, isOpen, said }, index) => {
        if (!isOpen) return said();
        socket.write(frame(`40${JSON.stringify({ token: tokens[index % tokens.length] })}`));
        return until(/40\{"sid"|44\{.*\}/);
      }),
    );
    const refused = answers.filter(answer => !/40\{"sid"/.test(answer));
    inside += answers.length - refused.length;
    for (const answer of refused)
      if (!/"code":"TOO_MANY_CONNECTIONS"|too many connections of this address/.test(answer))
        t.fail(`refused without its reason: ${answer}`);
  }
  t.equal(all.length, 1_000);
  t.equal(inside, 499, 'with the one that was there before it is five hundred');

  const { calls } = app.callRecords;
  const begun = await calls.begin({ direction: 'outbound', to: '+13125550117', from: '+12125550100' });
  const started = next(good, 'call:started');
  app.operations.events.publish('calls.changed', { call: calls.toApi(begun), fields: null });
  t.match(await started, { call: { to: '+13125550117' } }, 'whoever was there is told as before');
  t.equal((await call('GET', '/healthz')).status, 200);

  for (const { socket } of all) socket.destroy();
  const room = async () => connected(connect(t, url, { token: admin })).catch(() => null);
  while (!(await room())) await new Promise(resolve => setTimeout(resolve, 50));
  t.pass('their places are free again');
});

test('one person or key has two hundred connections, and a refused address is told to wait', async t => {
  const { url } = await startApp(t, { env });
  const all = await Promise.all(Array.from({ length: 201 }, () => bare(t, url)));
  const answers = await Promise.all(
    all.map(({ socket, until }) => {
      socket.write(frame(`40${JSON.stringify({ token: API_KEY })}`));
      return until(/40\{"sid"|44\{/);
    }),
  );
  t.match(
    answers.filter(answer => /44\{/.test(answer)),
    [/TOO_MANY_CONNECTIONS.*this user or key/],
  );
  for (const { socket } of all) socket.destroy();
  const codes = await Promise.all(
    Array.from({ length: 220 }, async () => {
      const { socket, until } = await bare(t, url);
      socket.write(frame('40{"token":"a-guess"}'));
      const [, code] = /"code":"(\w+)"/.exec(await until(/44\{.*\}/))!;
      socket.destroy();
      return code;
    }),
  );
  t.same([...new Set(codes)].sort(), ['AUTH_INVALID', 'RATE_LIMITED']);
  await connected(connect(t, url, { token: API_KEY }));
  t.pass('whoever has a good credential is let in all the same');
});

test('a client that takes nothing is let go, and what waits for it with it', async t => {
  const { url, app } = await startApp(t, { env });
  const socket = await raw(url);
  (socket as unknown as { _socket: TcpSocket })._socket.pause();
  const { calls } = app.callRecords;
  const begun = await calls.begin({ direction: 'outbound', to: '+13125550117', from: '+12125550100' });
  const view = calls.toApi(begun);
  const large = 'x'.repeat(100_000);
  const deadline = Date.now() + 15_000;
  for (let seq = 2; ; seq += 1) {
    for (let copy = 0; copy < 10; copy += 1) {
      const call = { ...view, id: `${view.id}`, seq: seq * 10 + copy, variables: { large: `${large}${seq}${copy}` } };
      app.operations.events.publish('calls.changed', { call, fields: ['variables'] });
    }
    await new Promise(resolve => setTimeout(resolve, 20));
    const text = await app.operations.metrics.registry.getSingleMetricAsString('parley_live_disconnects_total');
    if (/reason="too-slow"\} 1/.test(text)) break;
    if (Date.now() > deadline) throw new Error(`it is still there: ${text}`);
  }
  t.pass('ended with its reason');
  (socket as unknown as { _socket: TcpSocket })._socket.destroy();
});

test('what a connection missed is given to nobody without its token', async t => {
  const { url, app } = await startApp(t, { env });
  const client = connect(t, url, { token: API_KEY });
  await connected(client);
  const pid = (client as unknown as { _pid: string })._pid;
  const { calls } = app.callRecords;
  const tell = async (to: string) => {
    const begun = await calls.begin({ direction: 'outbound', to, from: '+12125550100' });
    app.operations.events.publish('calls.changed', { call: calls.toApi(begun), fields: null });
  };
  const heard = once(client as never, 'call:started');
  await tell('+13125550117');
  await heard;
  const offset = (client as unknown as { _lastOffset: string })._lastOffset;
  t.type(offset, 'string', 'there is something to go on from');
  client.io.engine.close();
  const other = connect(t, url, { token: API_KEY });
  await connected(other);
  const missed = once(other as never, 'call:started');
  await tell('+13125550118');
  await missed;

  const said: string[] = [];
  const thief = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  await once(thief, 'message');
  thief.on('message', data => said.push(String(data)));
  thief.send(`40${JSON.stringify({ token: 'a-guess', pid, offset })}`);
  await once(thief, 'message');
  thief.close();
  t.match(said, [/^44.*AUTH_INVALID/]);
  t.notMatch(said.join(), /call:started/);
});
