import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { mongo } from 'mongoose';
import { test } from 'tap';
import { openConnection, type StoreConnection } from '../../src/store/connection.ts';
import { helloOf70, startScriptedMongod } from '../helpers/scripted-mongod.ts';
import { silent } from '../helpers/store.ts';

/** A store that answers everything but `validate`, and our ends of the connections to it: the monitor's and the pool's one. */
async function connected(t: { teardown(fn: () => unknown): void }) {
  const { host } = await startScriptedMongod(t, command => {
    const name = Object.keys(command)[0] ?? '';
    if (name === 'validate') return undefined;
    return /^(hello|ismaster)$/i.test(name) ? helloOf70 : { ok: 1 };
  });
  const sockets: Socket[] = [];
  const seen = (message: unknown) => void sockets.push((message as { socket: Socket }).socket);
  subscribe('net.client.socket', seen);
  t.teardown(() => unsubscribe('net.client.socket', seen));
  const link = await openConnection({ uri: `mongodb://${host}/x`, poolMax: 1, logger: silent });
  t.teardown(() => link.close());
  const port = Number(host.split(':')[1]);
  const alive = () => sockets.filter(({ remotePort, destroyed }) => remotePort === port && !destroyed);
  return { link, alive };
}

const outcome = (operation: Promise<unknown>) =>
  Promise.race([
    operation.then(
      () => 'answered',
      error => error,
    ),
    delay(10_000, 'never settled', { ref: false }),
  ]);
const ping = (link: StoreConnection) => link.database.command({ ping: 1 });

test('a command on a connection that is gone, but has not said so yet, fails as the network does', async t => {
  const { link, alive } = await connected(t);
  const [, pooled] = alive();
  pooled!.destroy();
  const error = await outcome(ping(link));
  t.type(error, mongo.MongoNetworkError);
  t.equal(await outcome(ping(link)), 'answered', 'and the next has a connection of its own');
});

test('so does a command that the connection had taken half of', async t => {
  const { link, alive } = await connected(t);
  const [, pooled] = alive();
  const cut = outcome(link.database.command({ ping: 1, filler: 'x'.repeat(15_000_000) }));
  while (!pooled!.writableNeedDrain) await new Promise(resolve => setImmediate(resolve));
  pooled!.destroy();
  t.type(await cut, mongo.MongoNetworkError);
  t.equal(await outcome(ping(link)), 'answered');
});

test('a heartbeat that meets such a connection fails as well, and the next one finds the store', async t => {
  const { link, alive } = await connected(t);
  let beatOnTheDead = false;
  while (!beatOnTheDead) {
    // The store is taken for lost while the monitor's connection still stands,
    const unanswered = outcome(link.database.command({ validate: 'x' }));
    const [monitor, pooled] = alive();
    await delay(600); // longer than the driver lets pass between two looks at a server
    pooled!.destroy();
    t.type(await unanswered, mongo.MongoNetworkError);
    t.equal(link.state, 'lost');
    // and whoever needs the store has it looked for at the moment in which that one goes, too.
    link.mongoose.getClient().once('serverHeartbeatStarted', () => {
      beatOnTheDead = monitor!.destroyed;
    });
    monitor!.destroy();
    t.equal(await outcome(ping(link)), 'answered');
  }
  t.equal(link.state, 'ready');
});
