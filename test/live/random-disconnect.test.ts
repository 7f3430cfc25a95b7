import { test } from 'tap';
import { startProduct } from '../helpers/product.ts';
import { differenceOf, LiveClient, transcriptDifferenceOf } from './live-client.ts';
import { talkers } from './talkers.ts';

/** Chance that is the same in every run. */
function lot(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

test('a client that is away at random while calls run ends at what the store says', async t => {
  const product = await startProduct(t, { scenario: talkers, scale: 5, env: { MAX_CONCURRENT_CALLS: '20' } });
  const { api, url, env } = product;
  const chance = lot(7);
  const fetchCall = async (id: string) => {
    const { status, body } = await api('GET', `/api/calls/${id}`);
    return status === 200 ? body.call : null;
  };
  const clients = [true, false].map(
    batch => new LiveClient(t, url, { token: String(env['API_KEY']), batch, fetchCall }),
  );

  let running = true;
  const away = clients.map(async client => {
    // However fast the calls were placed, each has been away often enough to have missed something.
    while (running || client.snapshots <= 3) {
      await pause(100 + chance() * 500);
      // Half of the time without a word, as when a network goes.
      if (chance() < 0.5) client.socket.io.engine?.close();
      else client.socket.disconnect();
      await pause(chance() * 400);
      client.socket.connect();
    }
  });

  const ids: string[] = [];
  for (let index = 0; index < 8; index += 1) {
    const to = `+1312555${String(110 + index).padStart(4, '0')}`;
    const placed = await api('POST', '/api/calls', { to, amd: { mode: 'off' }, maxMinutes: 1 });
    t.equal(placed.status, 201, JSON.stringify(placed.body));
    ids.push(placed.body.call.id);
    for (const client of clients) client.watch(placed.body.call.id);
    await pause(150);
  }
  // Some end in the midst of it.
  for (const id of ids.slice(0, 3)) {
    await pause(200);
    await api('DELETE', `/api/calls/${id}`);
  }
  await pause(500);
  running = false;
  await Promise.all(away);

  const eventually = async (holds: () => Promise<string | null>) => {
    const deadline = Date.now() + 8_000;
    for (;;) {
      const problem = await holds();
      if (problem === null) return;
      if (Date.now() > deadline) throw new Error(problem);
      await pause(40);
    }
  };
  for (const client of clients) {
    await eventually(async () => {
      const { body } = await api('GET', '/api/calls?active=true&limit=200');
      return differenceOf(client, body.items);
    });
    t.pass('live calls and their fields are those of the store');
    for (const id of ids) {
      await eventually(async () => {
        const { body } = await api('GET', `/api/calls/${id}/transcript`);
        return transcriptDifferenceOf(client, id, body.turns);
      });
    }
    t.pass('and every word of those that are watched');
    t.comment(`${client.snapshots} snapshots, ${client.recovered} recovered, ${client.fetched} fetched`);
  }

  for (const id of ids.slice(3)) await api('DELETE', `/api/calls/${id}`);
  for (const client of clients)
    await eventually(async () => (client.state.calls.size === 0 ? null : 'calls are left that have ended'));
});
