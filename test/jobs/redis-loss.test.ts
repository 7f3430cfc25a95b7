import { type Test, test } from 'tap';
import { type Static, Type } from 'typebox';
import { defineJob, type JobQueue } from '../../src/jobs/queue.ts';
import { redisMissing } from '../helpers/redis.ts';
import { handled, told } from './handled.ts';
import { allEnded, openRedisSite, pollMs, type RedisSite, until } from './job-site.ts';

const payload = Type.Object({ call: Type.Integer() });
type Payload = Static<typeof payload>;
const fetchJob = defineJob('recordings.fetch', { payload, concurrency: 3 });
const aPoll = pollMs * 1.25;

const loss = (name: string, check: (t: Test, site: RedisSite) => Promise<void>) =>
  test(name, { skip: redisMissing }, async t => check(t, await openRedisSite(t)));

/** A queue whose first runs wait for the test, so that Redis can be hurt while three run and the others wait in it. */
async function inTheMiddle(site: RedisSite, jobs: number) {
  const queue = await site.queue();
  const runs = new Map<number, number>();
  const gated = handled<Payload>();
  let open = false;
  queue.process(fetchJob, async (given, context) => {
    runs.set(given.call, (runs.get(given.call) ?? 0) + 1);
    if (!open) await gated.handler(given, context);
  });
  queue.start();
  for (let call = 0; call < jobs; call += 1) await queue.enqueue(fetchJob, { call });
  const held = [await gated.next(), await gated.next(), await gated.next()];
  return {
    runs,
    /** Lets everything go from here on. */
    release() {
      open = true;
      for (const run of held) run.finish();
    },
  };
}

async function everyJobRan(t: Test, site: RedisSite, runs: Map<number, number>, jobs: number): Promise<void> {
  await allEnded(site);
  t.equal(runs.size, jobs, 'every job ran');
  const { items } = await site.store.page({ state: 'done', limit: 200 });
  t.equal(items.length, jobs, 'and is written down as done');
}

function away(site: RedisSite): Promise<void> {
  if (site.link().state === 'away') return Promise.resolve();
  return new Promise(resolve => site.link().onAway(resolve));
}

loss('a Redis flushed in the middle loses no job', async (t, site) => {
  const { runs, release } = await inTheMiddle(site, 40);
  await site.link().client.flushall();
  release();
  site.clock.advance(aPoll);
  await everyJobRan(t, site, runs, 40);
});

loss('a Redis killed in the middle loses no job: they go on without it', async (t, site) => {
  const { runs, release } = await inTheMiddle(site, 40);
  const gone = away(site);
  await site.redis.kill();
  await gone;
  release();
  site.clock.advance(aPoll);
  await everyJobRan(t, site, runs, 40);
});

loss('a Redis killed in the middle and started empty carries jobs again', async (t, site) => {
  const { runs, release } = await inTheMiddle(site, 40);
  const gone = away(site);
  await site.redis.kill();
  await gone;
  const back = new Promise<void>(resolve => site.link().onReady(resolve));
  await site.redis.start();
  await back;
  release();
  site.clock.advance(aPoll);
  await everyJobRan(t, site, runs, 40);

  // A process that only enqueues has nothing but Redis to wake the other one, whose clock stands still.
  const api = await site.queue();
  const { id } = await api.enqueue(fetchJob, { call: 40 });
  await until(async () => (await site.store.job(id))?.state === 'done');
  t.equal(runs.get(40), 1);
});

loss('what is enqueued while Redis is away runs without it, in due time and in order of priority', async (t, site) => {
  const queue = await site.queue();
  const gone = away(site);
  await site.redis.kill();
  await gone;
  const work = handled<Payload>();
  const one = defineJob('summary.write', { payload, concurrency: 1 });
  queue.process(one, work.handler);
  await queue.enqueue(one, { call: 1 }, { priority: 'low' });
  await queue.enqueue(one, { call: 2 }, { priority: 'high' });
  await queue.enqueue(one, { call: 3 }, { runAt: new Date(site.clock.now() + 5_000) });
  queue.start();
  for (const call of [2, 1]) {
    const run = await work.next();
    t.equal(run.payload.call, call);
    const done = told(queue, 'done');
    run.finish();
    await done;
  }
  site.clock.advance(5_000 + aPoll);
  const last = await work.next();
  t.equal(last.payload.call, 3);
  last.finish();
  await allEnded(site);
});

loss('what is enqueued while Redis is away is carried by it when it is back', async (t, site) => {
  const worker = await site.queue();
  const api = await site.queue();
  const gone = away(site);
  await site.redis.kill();
  await gone;
  const { id } = await api.enqueue(fetchJob, { call: 1 });
  api.start();
  const back = new Promise<void>(resolve => site.link().onReady(resolve));
  await site.redis.start();
  await back;
  const done = told(worker, 'done');
  worker.process(fetchJob, () => {});
  worker.start();
  site.clock.advance(aPoll);
  t.equal((await done).id, id);
});

loss('a job whose process died between writing and announcing it is announced by another', async (t, site) => {
  const now = site.clock.now();
  const { id } = await site.store.insert({
    name: 'recordings.fetch',
    payload: { call: 1 },
    priority: 'normal',
    dueAt: new Date(now),
    offerAt: new Date(now + 10_000),
    now: new Date(now),
  });
  const queue = await site.queue();
  const work = handled<Payload>();
  queue.process(fetchJob, work.handler);
  // Begun before, so that the first look of a new process is not what finds it.
  const other = defineJob('other', { payload });
  queue.process(other, () => {});
  queue.start();
  const settled = told(queue, 'done');
  await queue.enqueue(other, { call: 0 });
  await settled;
  site.clock.advance(10_000 + aPoll);
  const run = await work.next();
  t.equal(run.context.id, id);
  run.finish();
  await allEnded(site);
});

loss('jobs that Redis lost without forgetting everything are announced again after a while', async (t, site) => {
  const api = await site.queue();
  api.start();
  const { id } = await api.enqueue(fetchJob, { call: 1 });
  await waitForAnnouncement(site);
  const keys = await site.link().client.keys('parley-jobs:recordings.fetch:*');
  t.ok(keys.length > 0, 'the job was in Redis');
  await site.link().client.del(keys);
  const worker = await site.queue();
  const work = handled<Payload>();
  worker.process(fetchJob, work.handler);
  worker.start();
  site.clock.advance(6 * 60_000);
  const run = await work.next();
  t.equal(run.context.id, id);
  run.finish();
  await allEnded(site);
});

loss('a Redis that takes nothing more does not hold up the work', async (t, site) => {
  const queue = await site.queue();
  queue.process(fetchJob, () => {});
  queue.start();
  const first = told(queue, 'done');
  await queue.enqueue(fetchJob, { call: 0 });
  await first;
  await site.link().client.config('SET', 'maxmemory', '1');
  const done = told(queue, 'done');
  const { id } = await queue.enqueue(fetchJob, { call: 1 });
  t.equal((await done).id, id);
});

loss('what waited while no process ran and Redis was emptied runs after the next start', async (t, site) => {
  const before = await site.queue();
  for (let call = 0; call < 5; call += 1) await before.enqueue(fetchJob, { call });
  await before.drain(0);
  await site.link().client.flushall();
  const queue = await site.queue();
  const calls = new Set<number>();
  queue.process(fetchJob, ({ call }) => void calls.add(call));
  queue.start();
  await allEnded(site);
  t.equal(calls.size, 5);
});

loss('a key stays taken through the loss of Redis', async (t, site) => {
  const queue = await site.queue();
  const first = await queue.enqueue(fetchJob, { call: 1 }, { dedupeKey: 'call-1' });
  await site.link().client.flushall();
  t.same(await queue.enqueue(fetchJob, { call: 1 }, { dedupeKey: 'call-1' }), { id: first.id, created: false });
  const gone = away(site);
  await site.redis.kill();
  await gone;
  t.same(await queue.enqueue(fetchJob, { call: 1 }, { dedupeKey: 'call-1' }), { id: first.id, created: false });
});

loss('draining ends while Redis is away', async (t, site) => {
  const queue: JobQueue = await site.queue();
  queue.process(fetchJob, () => {});
  queue.start();
  const done = told(queue, 'done');
  await queue.enqueue(fetchJob, { call: 1 });
  await done;
  const gone = away(site);
  await site.redis.kill();
  await gone;
  t.same(await queue.drain(1_000), { finished: 0, handedBack: 0 });
});

/** Waits until the job's announcement has reached Redis. */
async function waitForAnnouncement(site: RedisSite): Promise<void> {
  const { client } = site.link();
  for (;;) {
    if ((await client.zcard('parley-jobs:recordings.fetch:prioritized')) > 0) return;
  }
}
