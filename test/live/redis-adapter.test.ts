import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { Server } from 'socket.io';
import { test } from 'tap';
import { redisAdapter } from '../../src/live/redis-adapter.ts';
import { openRedis } from '../../src/store/redis.ts';
import { redisMissing, startRedis } from '../helpers/redis.ts';

test('what the adapter does not wait for ends no process when Redis is lost', { skip: redisMissing }, async t => {
  const redis = await startRedis(t);
  const link = openRedis({ url: redis.url, logger: pino({ level: 'silent' }) });
  t.teardown(() => link.close());
  await once(link.client, 'ready');
  const io = new Server({ adapter: redisAdapter(link), connectionStateRecovery: {} });
  t.teardown(() => io.of('/').adapter.close());
  const rejected: unknown[] = [];
  const note = (reason: unknown) => void rejected.push(reason);
  process.on('unhandledRejection', note);
  t.teardown(() => process.off('unhandledRejection', note));
  const someoneLeaves = () => io.of('/').adapter.persistSession({ sid: 's', pid: 'p', rooms: [], data: {} } as never);

  const away = once(link.client, 'close');
  await redis.kill();
  io.serverSideEmit('word', 'while it goes');
  someoneLeaves();
  await away;
  io.serverSideEmit('word', 'while it is away');
  someoneLeaves();
  await turn();
  await turn();
  t.equal(link.state, 'away');
  t.same(rejected, []);
});
