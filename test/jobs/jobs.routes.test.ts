import { test } from 'tap';
import { type Static, Type } from 'typebox';
import { defineJob, PermanentJobFailure } from '../../src/jobs/queue.ts';
import { startApp, type TestApp } from '../helpers/app.ts';
import { redisMissing, startRedis, type TestRedis } from '../helpers/redis.ts';
import { handled, told } from './handled.ts';

const payload = Type.Object({ call: Type.String() });
type Payload = Static<typeof payload>;
const fetchJob = defineJob('parcels.fetch', { payload, maxAttempts: 2 });

async function startWithJobs(t: Parameters<typeof startApp>[0], env: Record<string, string> = {}) {
  const work = handled<Payload>();
  const app = await startApp(t, { env, routes: instance => instance.jobs.process(fetchJob, work.handler) });
  return { app, work, admin: await app.signIn() };
}

async function deadLetter(app: TestApp, work: ReturnType<typeof handled<Payload>>): Promise<string> {
  const { jobs } = app.app;
  const { id } = await jobs.enqueue(fetchJob, { call: 'c1' }, { dedupeKey: 'c1' });
  const dead = told(jobs, 'dead', id);
  (await work.next()).fail(new PermanentJobFailure('The recording was erased at the carrier'));
  await dead;
  return id;
}

test('an administrator sees a dead letter, replays it, and it is done', async t => {
  const { app, work, admin } = await startWithJobs(t);
  const id = await deadLetter(app, work);
  const list = await app.call('GET', '/api/admin/jobs?state=dead&name=parcels.fetch', { token: admin });
  t.equal(list.status, 200);
  t.match(list.body, {
    items: [
      {
        id,
        name: 'parcels.fetch',
        state: 'dead',
        priority: 'normal',
        attempts: 1,
        dueAt: null,
        payload: { call: 'c1' },
        dedupeKey: 'c1',
        problem: { code: 'PermanentJobFailure', message: 'The recording was erased at the carrier' },
      },
    ],
    nextCursor: null,
  });

  const replayed = await app.call('POST', `/api/admin/jobs/${id}/replay`, { token: admin });
  t.equal(replayed.status, 202);
  t.match(replayed.body.job, { id, state: 'queued', attempts: 0 });
  const done = told(app.app.jobs, 'done', id);
  (await work.next()).finish();
  await done;
  t.equal(
    (await app.call('GET', '/api/admin/jobs?state=done&name=parcels.fetch', { token: admin })).body.items.length,
    1,
  );

  const again = await app.call('POST', `/api/admin/jobs/${id}/replay`, { token: admin });
  t.match(again, { status: 409, body: { error: { code: 'JOB_NOT_DEAD', details: { state: 'done' } } } });
  const { body: audit } = await app.call('GET', '/api/audit', { token: admin });
  const entry = audit.items.find(({ action }: { action: string }) => action === 'job.replay');
  t.match(entry, { target: { type: 'job', id } }, 'who replayed is on record');
});

test('a dead letter can be discarded; unknown jobs and wrong questions get the one error shape', async t => {
  const { app, work, admin } = await startWithJobs(t);
  const id = await deadLetter(app, work);
  t.equal((await app.call('DELETE', `/api/admin/jobs/${id}`, { token: admin })).status, 204);
  for (const [method, path, status, code] of [
    ['DELETE', `/api/admin/jobs/${id}`, 404, 'JOB_NOT_FOUND'],
    ['POST', `/api/admin/jobs/${id}/replay`, 404, 'JOB_NOT_FOUND'],
    ['DELETE', '/api/admin/jobs/no-id', 400, 'VALIDATION_FAILED'],
    ['GET', '/api/admin/jobs?state=sleeping', 400, 'VALIDATION_FAILED'],
    ['GET', '/api/admin/jobs?state[$ne]=dead', 400, 'VALIDATION_FAILED'],
    ['GET', '/api/admin/jobs?limit=1000', 400, 'VALIDATION_FAILED'],
    ['GET', '/api/admin/jobs?cursor=nonsense', 400, 'CURSOR_INVALID'],
  ] as const) {
    const answer = await app.call(method, path, { token: admin });
    t.match(answer, { status, body: { error: { code } } }, `${method} ${path}`);
  }
  t.equal((await app.call('GET', '/api/admin/jobs')).status, 401, 'nobody else may look');
});

test('closing the application waits for a running job', async t => {
  const { app, work } = await startWithJobs(t);
  const { jobs } = app.app;
  const { id } = await jobs.enqueue(fetchJob, { call: 'c1' });
  const run = await work.next();
  const done = told(jobs, 'done', id);
  const closed = app.app.close();
  run.finish();
  await done;
  await closed;
  t.pass('it was written down before the store closed');
});

test('with REDIS_URL the same application works through Redis, and loses only speed with it', {
  skip: redisMissing,
}, async t => {
  const redis: TestRedis = await startRedis(t);
  const { app, work, admin } = await startWithJobs(t, { REDIS_URL: redis.url });
  const link = app.app.redis!;
  if (link.state !== 'ready') await new Promise<void>(resolve => link.onReady(resolve));
  const first = await app.app.jobs.enqueue(fetchJob, { call: 'c1' });
  const firstDone = told(app.app.jobs, 'done', first.id);
  (await work.next()).finish();
  await firstDone;
  t.match(await health(app, admin), { status: 200, redis: { state: 'up' } });

  const away = new Promise<void>(resolve => link.onAway(resolve));
  await redis.kill();
  await away;
  t.match(await health(app, admin), { status: 200, redis: { state: 'degraded' } }, 'degraded, never down');
  const second = await app.app.jobs.enqueue(fetchJob, { call: 'c2' });
  const secondDone = told(app.app.jobs, 'done', second.id);
  (await work.next()).finish();
  await secondDone;
  t.equal(
    (await app.call('GET', '/api/admin/jobs?state=done&name=parcels.fetch', { token: admin })).body.items.length,
    2,
  );
  t.notMatch(app.log.join(''), new RegExp(`127\\.0\\.0\\.1:${redis.port}`), 'the address of Redis is in no line');
});

async function health(app: TestApp, token: string) {
  const { status } = await app.call('GET', '/health/ready');
  const { body } = await app.call('GET', '/api/admin/system', { token });
  const redis = body.dependencies.find(({ name }: { name: string }) => name === 'redis');
  return { status, redis };
}
