import { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';
import { Registry } from 'prom-client';
import { test } from 'tap';
import { describeRedisError, openRedis, type RedisLink, reconnectDelay } from '../../src/store/redis.ts';
import { freePort, redisMissing, startRedis } from '../helpers/redis.ts';

const needsRedis = { skip: redisMissing };
/** What a command says that is neither kept until Redis is back nor tried again: the client's own words, before anything was sent. */
const notWaited = { message: /^(Stream isn't writeable|Connection is closed)/ };

test('the wait before a reconnect doubles, is spread by half and never passes 5 s', async t => {
  for (const [tries, random, expected] of [
    [1, 0, 50],
    [1, 1, 100],
    [2, 0, 100],
    [4, 0.5, 600],
    [7, 1, 5_000],
    [5_000, 1, 5_000],
    [5_000, 0, 2_500],
  ] as const) {
    t.equal(reconnectDelay(tries, random), expected, `try ${tries}, lot ${random}`);
  }
});

test('trouble is told without what the client attached to it', async t => {
  for (const [error, expected] of [
    [{ message: 'WRONGPASS invalid username-password pair', command: { args: ['hunter2'] } }, /authentication refused/],
    [{ message: 'NOAUTH Authentication required.' }, /authentication refused/],
    [{ code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:6379' }, /nothing listens/],
    [{ code: 'ENOTFOUND', message: 'getaddrinfo ENOTFOUND cache.example.net' }, /cannot be resolved/],
    [{ message: 'Command timed out' }, /no answer in time/],
    [{ message: 'LOADING Redis is loading the dataset in memory' }, /^Redis says LOADING$/],
    [{ message: 'something about 10.1.2.3' }, /^connection lost$/],
  ] as const) {
    const text = describeRedisError(error);
    t.match(text, expected);
    t.notMatch(text, /hunter2|example\.net|127\.0\.0\.1|10\.1\.2\.3/);
  }
});

test('a Redis that is away at start degrades, and a command fails at once', async t => {
  const link = openRedis({ url: `redis://127.0.0.1:${await freePort()}`, logger: pino({ enabled: false }) });
  t.teardown(() => link.close());
  await t.rejects(link.client.get('anything'), notWaited, 'nothing waited for Redis');
  t.match(await link.health(), { status: 'degraded', latencyMs: null });
});

test('a killed Redis is away, commands fail at once, and it is used again when it is back', needsRedis, async t => {
  const redis = await startRedis(t);
  const registry = new Registry();
  const { logger } = memoryLogger();
  const link = openRedis({ url: redis.url, logger, registry });
  t.teardown(() => link.close());

  await ready(link);
  await link.client.set('greeting', 'hello');
  t.equal(await link.client.get('greeting'), 'hello');
  const health = await link.health();
  t.match(health, { status: 'up', state: 'ready' });
  t.ok(Number(health.latencyMs) > 0, 'the PING was measured');
  t.match(await registry.metrics(), /parley_redis_up 1\n/);

  const away = lost(link);
  await redis.kill();
  await away;
  await t.rejects(link.client.get('greeting'), notWaited, 'the command did not wait for Redis to return');
  t.match(await link.health(), { status: 'degraded', state: 'away', latencyMs: null });
  t.match(await registry.metrics(), /parley_redis_up 0\n[\s\S]*parley_redis_losses_total 1\n/);

  const back = ready(link);
  await redis.start();
  await back;
  t.match(await link.health(), { status: 'up', state: 'ready' });
  t.equal(await link.client.get('greeting'), null, 'it came back empty, and nothing was sent twice');
});

test('a server that accepts and never answers is dropped and tried again', needsRedis, async t => {
  const redis = await startRedis(t);
  const link = openRedis({
    url: redis.url,
    logger: pino({ enabled: false }),
    commandTimeoutMs: 100,
  });
  t.teardown(() => link.close());
  await ready(link);
  const away = lost(link);
  const back = away.then(() => ready(link));
  await link.client.client('PAUSE', 400, 'ALL').catch(() => undefined);
  const health = await link.health();
  t.match(health, { status: 'degraded' });
  await away;
  await back;
  t.match(await link.health(), { status: 'up' });
});

test('a refused password is one clear line that holds no secret', needsRedis, async t => {
  const redis = await startRedis(t, { password: 'the-right-one' });
  const { logger, lines, line } = memoryLogger();
  const link = openRedis({ url: redis.url.replace('the-right-one', 'the-wrong-one'), logger });
  t.teardown(() => link.close());
  const text = await line(/authentication refused/);
  t.match(text, /check the user and password in REDIS_URL/);
  t.match(await link.health(), { status: 'degraded' });
  t.notMatch(lines.join('\n'), /the-wrong-one|the-right-one|127\.0\.0\.1/);
});

test('closing ends every connection, also twice and also while Redis is away', needsRedis, async t => {
  const redis = await startRedis(t);
  const link = openRedis({ url: redis.url, logger: pino({ enabled: false }) });
  await ready(link);
  const blocking = link.openBlocking('test');
  await blocking.ping();
  const ended = new Promise<void>(resolve => blocking.once('end', resolve));
  await link.close();
  await link.close();
  await ended;
  t.equal(link.state, 'closed');
  await t.rejects(link.client.ping());

  const second = openRedis({ url: redis.url, logger: pino({ enabled: false }) });
  await ready(second);
  const away = lost(second);
  await redis.kill();
  await away;
  await second.close();
  t.equal(second.state, 'closed');
});

function ready(link: RedisLink): Promise<void> {
  if (link.state === 'ready') return Promise.resolve();
  return new Promise(resolve => {
    const stop = link.onReady(() => {
      stop();
      resolve();
    });
  });
}

function lost(link: RedisLink): Promise<void> {
  return new Promise(resolve => {
    const stop = link.onAway(() => {
      stop();
      resolve();
    });
  });
}

function memoryLogger(): { logger: Logger; lines: string[]; line(pattern: RegExp): Promise<string> } {
  const lines: string[] = [];
  const waiting: { pattern: RegExp; resolve(line: string): void }[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      const text = String(chunk);
      lines.push(text);
      for (const { pattern, resolve } of waiting) if (pattern.test(text)) resolve(text);
      done();
    },
  });
  return {
    logger: pino({ level: 'debug' }, stream),
    lines,
    line: pattern =>
      new Promise(resolve => {
        const found = lines.find(text => pattern.test(text));
        if (found) resolve(found);
        else waiting.push({ pattern, resolve });
      }),
  };
}
