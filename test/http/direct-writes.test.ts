import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { TLSSocket } from 'node:tls';
import t, { type Test } from 'tap';
import { DirectWrites } from '../../src/http/direct-writes.ts';

/** A connection to write to, and its other end, which reads nothing until it is asked to. */
async function site(t: Test): Promise<{ wire: Socket; direct: DirectWrites; far: Socket }> {
  const server = createServer({ pauseOnConnect: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const wire = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [[far]] = (await Promise.all([once(server, 'connection'), once(wire, 'connect')])) as [[Socket], unknown];
  t.teardown(() => {
    wire.destroy();
    far.destroy();
    server.close();
  });
  return { wire, direct: DirectWrites.open(wire)!, far };
}

/** Bytes that tell which frame they are of. */
const filled = (target: Buffer, number: number): Buffer => {
  target.fill(number & 0xff);
  target.writeUInt32BE(number, 0);
  return target;
};

const lengthOf = (number: number) => 60 + ((number * 37) % 500);

t.test('what is written arrives as it was, in order, whoever writes and however slowly it is read', async t => {
  const { wire, direct, far } = await site(t);
  const expected: Buffer[] = [];
  let waited = 0;
  // More than the system takes while nobody reads; the stream writes between, as the WebSocket library does.
  for (let number = 0; number < 30_000; number += 1) {
    const frame = filled(direct.room(lengthOf(number)), number);
    expected.push(Buffer.from(frame));
    if (number % 50 === 7) wire.write(Buffer.from(frame));
    else direct.write(frame);
    if (number % 1_000 === 0) await new Promise(setImmediate);
    waited = Math.max(waited, direct.bufferedBytes + wire.writableLength);
  }
  t.ok(waited > 0, 'some of it had to wait');
  const received: Buffer[] = [];
  far.on('data', data => received.push(data));
  far.resume();
  wire.end();
  await once(far, 'end');
  t.ok(Buffer.concat(received).equals(Buffer.concat(expected)));
  t.equal(direct.bufferedBytes, 0);
});

t.test('while a part of a frame waits, others are built in other memory', async t => {
  const { wire, direct, far } = await site(t);
  const other = await site(t);
  let number = 0;
  const expected: Buffer[] = [];
  while (direct.bufferedBytes === 0) {
    const frame = filled(direct.room(4_000), number++);
    expected.push(Buffer.from(frame));
    direct.write(frame);
  }
  t.equal(wire.writableLength, 0, 'the stream knows nothing of it');
  filled(other.direct.room(4_000), 0xffff_ffff);
  const received: Buffer[] = [];
  far.on('data', data => received.push(data));
  far.resume();
  wire.end();
  await once(far, 'end');
  t.ok(Buffer.concat(received).equals(Buffer.concat(expected)));
});

t.test('a frame that has to wait for others keeps what it was', async t => {
  const { direct } = await site(t);
  const kept = direct.keep(filled(direct.room(100), 1));
  filled(direct.room(100), 2);
  t.equal(kept.readUInt32BE(0), 1);
  const own = Buffer.alloc(100);
  t.equal(direct.keep(own), own, 'what is nobody else’s is not copied');
});

t.test('long frames go by way of the stream', async t => {
  const { wire, direct, far } = await site(t);
  const long = Buffer.alloc(100_000, 7);
  const room = direct.room(100_000);
  t.not(room, direct.room(100_000), 'each has memory of its own');
  direct.write(long);
  const received: Buffer[] = [];
  far.on('data', data => received.push(data));
  far.resume();
  wire.end();
  await once(far, 'end');
  t.ok(Buffer.concat(received).equals(long));
});

t.test('a connection that broke is told of by its stream', async t => {
  const { wire, direct, far } = await site(t);
  far.resetAndDestroy();
  const failed = once(wire, 'error');
  while (!wire.destroyed) {
    direct.write(direct.room(300));
    await new Promise(setImmediate);
  }
  const [error] = (await failed) as [NodeJS.ErrnoException];
  t.match(error.code, /ECONNRESET|EPIPE/);
  t.doesNotThrow(() => direct.write(direct.room(300)), 'and nothing more is written');
});

t.test('a part that waits when the connection breaks ends it', async t => {
  const { wire, direct, far } = await site(t);
  wire.on('error', () => undefined);
  while (direct.bufferedBytes === 0) direct.write(direct.room(4_000));
  const closed = new Promise(resolve => wire.once('close', resolve));
  far.resetAndDestroy();
  await closed;
  t.ok(wire.destroyed);
});

t.test('connections that are encrypted, watched for idleness, or no sockets are left alone', async t => {
  const { wire, direct } = await site(t);
  t.ok(direct, 'Node is built as we know it');
  t.equal(DirectWrites.open(new PassThrough()), undefined);
  const secure = new TLSSocket(wire);
  secure.on('error', () => undefined);
  t.teardown(() => secure.destroy());
  t.equal(DirectWrites.open(secure), undefined);
  const watched = await site(t);
  watched.wire.setTimeout(60_000);
  t.equal(DirectWrites.open(watched.wire), undefined);
});
