import { once } from 'node:events';
import type { Socket as TcpSocket } from 'node:net';
import { test } from 'tap';
import WebSocket from 'ws';
import { startApp } from '../helpers/app.ts';
import { connect, connected, refusal } from './site.ts';

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

test('a refused address is told to wait, and nobody opens connections without end', async t => {
  const { url } = await startApp(t, { env });
  const all = Array.from({ length: 201 }, () => connect(t, url, { token: API_KEY }));
  const outcomes = await Promise.all(
    all.map(each =>
      connected(each).then(
        () => null,
        error => error.data,
      ),
    ),
  );
  t.same(
    outcomes.filter(each => each !== null).map(({ code }) => code),
    ['TOO_MANY_CONNECTIONS'],
  );
  for (const each of all) each.close();
  const codes: (string | undefined)[] = [];
  for (let round = 0; round < 11; round += 1) {
    const tries = Array.from({ length: 20 }, () => refusal(connect(t, url, { token: 'a-guess' })));
    codes.push(...(await Promise.all(tries)).map(({ code }) => code));
  }
  t.ok(codes.includes('AUTH_INVALID') && codes.includes('RATE_LIMITED'), [...new Set(codes)].join());
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
