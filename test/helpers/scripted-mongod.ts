import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { mongo } from 'mongoose';

const { deserialize, serialize } = mongo.BSON;
const opQuery = 2004;
const opReply = 1;
const opMsg = 2013;

/** Answers a command, or undefined for silence. */
export type Script = (command: mongo.Document) => mongo.Document | undefined;

/** What a standalone server of MongoDB 7.0 says to `hello`. */
export const helloOf70 = {
  ok: 1,
  ismaster: true,
  isWritablePrimary: true,
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  minWireVersion: 0,
  maxWireVersion: 21,
  logicalSessionTimeoutMinutes: 30,
  readOnly: false,
};

/** A server that speaks the wire protocol and answers by a script: for servers that nobody wants to install, such as a too old one. */
export async function startScriptedMongod(t: { teardown(fn: () => unknown): void }, script: Script) {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    let pending = Buffer.alloc(0);
    socket.on('data', chunk => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 16 && pending.length >= pending.readInt32LE(0)) {
        const length = pending.readInt32LE(0);
        const answer = answerTo(pending.subarray(0, length), script);
        if (answer) socket.write(answer);
        pending = pending.subarray(length);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise(resolve => server.close(resolve));
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function answerTo(message: Buffer, script: Script): Buffer | undefined {
  const requestId = message.readInt32LE(4);
  const isQuery = message.readInt32LE(12) === opQuery;
  // The legacy form carries flags, a name ending in zero, skip and limit before the document; the newer one flags and a kind byte.
  const start = isQuery ? message.indexOf(0, 20) + 9 : 21;
  const reply = script(deserialize(message.subarray(start, start + message.readInt32LE(start))));
  if (!reply) return undefined;
  const body = Buffer.from(serialize(reply));
  const before = isQuery ? Buffer.alloc(20) : Buffer.alloc(5);
  if (isQuery) before.writeInt32LE(1, 16); // one document
  const header = Buffer.alloc(16);
  header.writeInt32LE(16 + before.length + body.length, 0);
  header.writeInt32LE(1, 4);
  header.writeInt32LE(requestId, 8);
  header.writeInt32LE(isQuery ? opReply : opMsg, 12);
  return Buffer.concat([header, before, body]);
}
