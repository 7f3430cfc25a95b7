import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type Duplex, PassThrough } from 'node:stream';
import t, { type Test } from 'tap';
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws';
import { ExpressLane } from '../../src/http/express-lane.ts';
import { canShareReads } from '../../src/http/shared-reads.ts';
import { applyMask, headLength, writeHead } from '../../src/http/websocket-frames.ts';

const isExpress = (data: Buffer, from: number) => data[from] === 0x21; // an exclamation mark

/** A frame of any kind; masked as a client's is, unless asked otherwise. */
function frame(payload: string | Buffer, { first = 0x81, masked = true } = {}): Buffer {
  const message = Buffer.from(payload);
  const bytes = Buffer.alloc(headLength(message.length, masked) + message.length);
  const start = writeHead(bytes, 0, message.length, masked);
  bytes[0] = first;
  message.copy(bytes, start);
  if (masked) applyMask(bytes, start, bytes.length);
  return bytes;
}

interface Site {
  readonly wire: Socket;
  readonly socket: WebSocket;
  /** The socket's connection on the server's side. */
  readonly upgraded: Socket;
  readonly lane: ExpressLane;
  readonly heard: string[];
  readonly received: Buffer[];
  until(count: number): Promise<void>;
}

/** A server's socket with an express lane, and a client that writes bytes as it likes. */
async function serverSite(t: Test): Promise<Site> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: 1024 * 1024 });
  const heard: string[] = [];
  let grew = () => {};
  const note = (what: string) => {
    heard.push(what);
    grew();
  };
  const opened = new Promise<{ socket: WebSocket; upgraded: Socket; lane: ExpressLane }>(resolve => {
    sockets.on('connection', (socket: WebSocket, request: IncomingMessage) => {
      const lane = ExpressLane.open(socket, request.socket, true, (data, from, to) => {
        if (!isExpress(data, from)) return false;
        note(`express ${short(data.toString('latin1', from, to))}`);
        return true;
      })!;
      socket.on('message', (data: Buffer, binary) => note(`${binary ? 'binary' : 'text'} ${short(data.toString())}`));
      socket.on('ping', data => note(`ping ${data}`));
      socket.on('error', error => note(`error ${(error as { code?: string }).code}`));
      socket.on('close', code => note(`close ${code}`));
      resolve({ socket, upgraded: request.socket, lane });
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const wire = connect((server.address() as AddressInfo).port, '127.0.0.1');
  t.teardown(() => {
    wire.destroy();
    sockets.close();
    server.close();
  });
  wire.setNoDelay(true);
  wire.write(
    'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: YmVuY2ggYmVuY2ggYmVuYw==\r\n\r\n',
  );
  await once(wire, 'data');
  const received: Buffer[] = [];
  wire.on('data', data => {
    received.push(data);
    grew();
  });
  wire.on('error', () => undefined);
  const { socket, upgraded, lane } = await opened;
  const until = async (count: number) => {
    while (heard.length < count) await new Promise<void>(resolve => (grew = resolve));
  };
  return { wire, socket, upgraded, lane, heard, received, until };
}

const short = (text: string) => (text.length > 40 ? `${text.slice(0, 10)}…${text.length}` : text);

/** A frame that was cut by the network comes the ordinary way. */
const anyWay = (heard: string) => heard.replace('express', 'text');

const traffic: [bytes: Buffer, heard: string | null][] = [
  [frame('!one'), 'express !one'],
  [frame('plain'), 'text plain'],
  [frame('!two'), 'express !two'],
  [frame('!bytes', { first: 0x82 }), 'binary !bytes'],
  [frame('!par', { first: 0x01 }), null],
  [frame('?', { first: 0x89 }), 'ping ?'],
  [frame('ts', { first: 0x80 }), 'text !parts'],
  [frame(`!${'a'.repeat(300)}`), 'express !aaaaaaaaa…301'],
  [frame(''), 'text '],
  [frame('b'.repeat(70_000)), 'text bbbbbbbbbb…70000'],
  [frame(`!${'c'.repeat(70_000)}`), 'text !ccccccccc…70001'],
  [frame('d'.repeat(20_000)), 'text dddddddddd…20000'],
  [frame('!three'), 'express !three'],
];
const expected = traffic.flatMap(([, heard]) => heard ?? []);
const bytes = Buffer.concat(traffic.map(([each]) => each));

t.test('every message arrives once and in order, however the bytes are cut', async t => {
  const cuts: Record<string, (at: number) => number> = {
    'all at once': () => bytes.length,
    'frames apart': () => 1_000,
    'odd pieces': at => 1 + ((at * 7919) % 613),
    'large pieces': () => 65_536,
  };
  for (const [name, next] of Object.entries(cuts)) {
    const site = await serverSite(t);
    for (let at = 0, size = 0; at < bytes.length; at += size) {
      size = next(at);
      site.wire.write(bytes.subarray(at, at + size));
      await new Promise(setImmediate);
    }
    await site.until(expected.length);
    t.same(site.heard.map(anyWay), expected.map(anyWay), name);
  }
});

t.test('bytes that come one by one are put together', async t => {
  const site = await serverSite(t);
  const few = traffic.filter(([each]) => each.length < 1_000);
  for (const byte of Buffer.concat(few.map(([each]) => each))) {
    site.wire.write(Buffer.from([byte]));
    await new Promise(setImmediate);
  }
  const heard = few.flatMap(([, heard]) => heard ?? []);
  await site.until(heard.length);
  t.same(site.heard.map(anyWay), heard.map(anyWay));
});

t.test('the library answers pings and closes in order', async t => {
  const site = await serverSite(t);
  site.wire.write(Buffer.concat([frame('!a'), frame('ping', { first: 0x89 }), frame('!b')]));
  await site.until(3);
  site.wire.write(Buffer.concat([frame(Buffer.from([0x03, 0xe8]), { first: 0x88 }), frame('!late'), frame('late')]));
  await site.until(4);
  t.same(site.heard, ['express !a', 'ping ping', 'express !b', 'close 1000']);
  const answers = Buffer.concat(site.received);
  t.ok(answers.includes(frame('ping', { first: 0x8a, masked: false })), 'the pong');
  t.ok(answers.includes(frame(Buffer.from([0x03, 0xe8]), { first: 0x88, masked: false })), 'the close');
});

t.test('our own close is answered by the other side', async t => {
  const site = await serverSite(t);
  site.socket.close(1001);
  site.wire.write(Buffer.concat([frame('!after'), frame('after'), frame(Buffer.from([0x03, 0xe9]), { first: 0x88 })]));
  await site.until(3);
  t.same(site.heard, ['text !after', 'text after', 'close 1001'], 'nothing is taken from a socket that is closing');
});

for (const [what, broken, code] of [
  ['unmasked', frame('!x', { masked: false }), 'WS_ERR_EXPECTED_MASK'],
  ['with a reserved bit', frame('!x', { first: 0xc1 }), 'WS_ERR_UNEXPECTED_RSV_1'],
  ['of an unknown kind', frame('!x', { first: 0x83 }), 'WS_ERR_INVALID_OPCODE'],
  ['of bytes that are no UTF-8', frame(Buffer.from([0xff])), 'WS_ERR_INVALID_UTF8'],
  ['larger than allowed', frame('x'.repeat(2 * 1024 * 1024)), 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'],
] as const) {
  t.test(`a frame ${what} ends the connection, whatever follows it`, async t => {
    const site = await serverSite(t);
    site.wire.write(frame('!a'));
    site.wire.write(broken);
    for (let many = 0; many < 200; many += 1) site.wire.write(frame('!more'));
    await once(site.wire, 'end');
    site.wire.destroy();
    await site.until(site.heard.indexOf('express !a') + 3);
    t.equal(site.heard[0], 'express !a');
    t.ok(site.heard.includes(`error ${code}`), site.heard.slice(0, 3).join());
  });
}

t.test(
  'what is written past the library stands among its messages in order, and is counted while it waits',
  async t => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    t.teardown(() => server.close());
    await once(server, 'listening');
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      perMessageDeflate: false,
    });
    let wire: Duplex | undefined;
    client.on('upgrade', response => (wire = response.socket));
    const [peer] = (await once(server, 'connection')) as [WebSocket];
    await once(client, 'open');
    const taken: string[] = [];
    const lane = ExpressLane.open(client, wire!, false, (data, from, to) => {
      taken.push(data.toString('latin1', from, to));
      return isExpress(data, from);
    })!;
    const heard: string[] = [];
    peer.on('message', data => heard.push(String(data)));
    client.send('first');
    lane.send(frame('!second'));
    client.send('third');
    const got = new Promise<void>(resolve => peer.on('message', () => heard.length === 3 && resolve()));
    await got;
    t.same(heard, ['first', '!second', 'third']);
    t.equal(lane.bufferedBytes, 0);
    const ordinary: string[] = [];
    const enough = new Promise<void>(resolve =>
      client.on('message', data => {
        ordinary.push(String(data));
        if (ordinary.length === 2) resolve();
      }),
    );
    for (const message of ['a', '!b', 'c']) peer.send(message);
    await enough;
    t.same(
      [taken, ordinary],
      [
        ['a', '!b', 'c'],
        ['a', 'c'],
      ],
    );
    t.equal(ExpressLane.open(client, wire!, false, () => true)?.bufferedBytes, 0);
    client.terminate();
    await once(client, 'close');
    t.equal(
      ExpressLane.open(client, wire!, false, () => true),
      undefined,
      'not on a socket that is closed',
    );
  },
);

t.test('what is read is shared, on the side that accepted and on the side that connected', async t => {
  const site = await serverSite(t);
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  t.teardown(() => server.close());
  await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  client.on('upgrade', response => {
    t.ok(canShareReads(response.socket), 'a socket as it comes');
    client.once('open', () => {
      ExpressLane.open(client, response.socket, false, () => false);
      t.notOk(canShareReads(response.socket), 'once it has an express lane');
    });
  });
  await once(client, 'open');
  t.notOk(canShareReads(site.upgraded));
  t.notOk(canShareReads(new PassThrough()), 'a stream of another kind');
  client.terminate();
});

t.test('a socket that is paused brings nothing, and everything afterwards', async t => {
  const site = await serverSite(t);
  site.wire.write(frame('!before'));
  await site.until(1);
  site.socket.pause();
  for (const each of ['!one', 'two', '!three']) site.wire.write(frame(each));
  const other = await serverSite(t);
  other.wire.write(frame('!elsewhere'));
  await other.until(1);
  t.same(site.heard, ['express !before']);
  site.socket.resume();
  await site.until(4);
  t.same(site.heard, ['express !before', 'express !one', 'text two', 'express !three']);
});

t.test('an encrypted connection is no different', async t => {
  // A key that both sides know needs no certificate.
  const psk = Buffer.alloc(32, 7);
  const secure = { ciphers: 'PSK-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const;
  const server = createSecureServer({ ...secure, pskCallback: () => psk });
  const sockets = new WebSocketServer({ server });
  t.teardown(() => {
    sockets.close();
    server.close();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const client = new WebSocket(`wss://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    perMessageDeflate: false,
    ...secure,
    pskCallback: () => ({ psk, identity: 'bridge' }),
    checkServerIdentity: () => undefined,
  } as object as ClientOptions);
  let wire: Duplex | undefined;
  client.on('upgrade', response => (wire = response.socket));
  const [peer] = (await once(sockets, 'connection')) as [WebSocket];
  await once(client, 'open');
  const heard: string[] = [];
  const all = new Promise<void>(resolve => {
    const note = (what: string) => heard.push(what) === 300 && resolve();
    const lane = ExpressLane.open(client, wire!, false, (data, from, to) => {
      if (!isExpress(data, from)) return false;
      const text = data.toString('latin1', from, to);
      lane.send(frame(text));
      note(text);
      return true;
    })!;
    client.on('message', data => {
      const text = String(data); // one that was cut on its way comes here, too
      if (text.startsWith('!')) client.send(text);
      note(text);
    });
  });
  t.notOk(canShareReads(wire!), 'reads are shared');
  const echoed: string[] = [];
  const back = new Promise<void>(resolve => peer.on('message', data => echoed.push(String(data)) === 200 && resolve()));
  const said = Array.from({ length: 300 }, (_, at) => `${at % 3 ? '!' : ''}${at} ${'x'.repeat((at * 331) % 9_000)}`);
  for (const each of said) peer.send(each);
  await Promise.all([all, back]);
  t.same(heard, said);
  t.same(
    echoed,
    said.filter(each => each.startsWith('!')),
  );
  client.terminate();
  await once(peer, 'close');
});

t.test(
  'frames that may wait for company are written together, in order, and before anything the library says',
  async t => {
    const site = await serverSite(t);
    const all = () => Buffer.concat(site.received);
    const has = async (bytes: Buffer) => {
      while (!all().includes(bytes)) await once(site.wire, 'data');
    };
    const [one, two, three, four] = ['one', 'two', 'three', 'four'].map(each => frame(each, { masked: false })) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    site.lane.send(one, 3);
    t.equal(site.lane.bufferedBytes, one.length, 'one that waits is counted');
    site.lane.send(two, 3);
    site.lane.send(three, 3);
    await has(three);
    t.same(all(), Buffer.concat([one, two, three]));
    const sentAt = performance.now();
    site.lane.send(four, 3);
    await has(four);
    t.ok(performance.now() - sentAt >= 40, 'it waits for a while');
    site.received.length = 0;
    site.lane.send(one, 3);
    site.wire.write(frame('?', { first: 0x89 }));
    await has(frame('?', { first: 0x8a, masked: false }));
    t.ok(all().indexOf(one) === 0, 'the answer to a ping stands behind it');
    site.received.length = 0;
    site.lane.send(one, 3);
    site.lane.send(two);
    await has(two);
    t.same(all(), Buffer.concat([one, two]), 'one that must not wait takes along what waits');
    site.lane.send(three, 3);
    site.socket.terminate();
    await once(site.socket, 'close');
    site.lane.flush();
    t.equal(site.lane.bufferedBytes, 0, 'what nobody can hear any more is let go');
  },
);
