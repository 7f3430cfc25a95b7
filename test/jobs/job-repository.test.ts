import { Registry } from 'prom-client';
import { test } from 'tap';
import { createJobMetrics } from '../../src/jobs/job-metrics.ts';
import type { NewJob } from '../../src/jobs/job-record.ts';
import { JobRepository } from '../../src/jobs/job-repository.ts';
import { startTestStore } from '../helpers/store.ts';

const now = Date.parse('2026-03-02T10:00:00Z');
const at = (ms: number): Date => new Date(now + ms);

async function openJobs(t: { teardown(fn: () => unknown): void }): Promise<JobRepository> {
  const jobs = new JobRepository(await startTestStore(t));
  await jobs.ensureIndexes();
  return jobs;
}

function newJob(fields: Partial<NewJob> = {}): NewJob {
  const dueAt = fields.dueAt ?? at(0);
  return {
    name: 'recordings.fetch',
    payload: { call: 1 },
    priority: 'normal',
    dueAt,
    offerAt: dueAt,
    now: at(0),
    ...fields,
  };
}

const claim = (token: string, ms = 0) => ({ now: at(ms), token, leaseUntil: at(ms + 30_000) });
const done = { kind: 'done', now: at(10), keepUntil: at(1_000), freeKey: true } as const;

test('an end whose answer was lost on its way can be written again, by its owner only', async t => {
  const jobs = await openJobs(t);
  const { id } = await jobs.insert(newJob());
  await jobs.claimNext('recordings.fetch', claim('mine'));
  t.equal(await jobs.settle(id, 'another', done), false);
  t.equal(await jobs.settle(id, 'mine', done), true);
  t.equal(await jobs.settle(id, 'mine', done), true, 'the same end again is ours');
  t.equal(await jobs.settle(id, 'another', done), false);
  const failed = { kind: 'retry', dueAt: at(5), problem: { code: 'Error', message: '' } } as const;
  t.equal(await jobs.settle(id, 'mine', failed), false, 'a different end is not');
  t.match(await jobs.job(id), { state: 'done' });
});

test('a lease can be extended by its owner while the job runs, and not after', async t => {
  const jobs = await openJobs(t);
  const { id } = await jobs.insert(newJob());
  await jobs.claimById(id, claim('mine'));
  t.equal(await jobs.extendLease(id, 'another', at(90_000)), false);
  t.equal(await jobs.extendLease(id, 'mine', at(60_000)), true);
  t.equal(await jobs.claimById(id, claim('thief', 59_999)), undefined);
  t.match(await jobs.claimById(id, claim('heir', 60_000)), { attempts: 2, claims: 2, token: 'heir' });
  t.equal(await jobs.extendLease(id, 'mine', at(90_000)), false);
});

test('of many claims at once each job goes to one', async t => {
  const jobs = await openJobs(t);
  await Promise.all(Array.from({ length: 20 }, () => jobs.insert(newJob())));
  const claims = await Promise.all(
    Array.from({ length: 30 }, (_, n) => jobs.claimNext('recordings.fetch', claim(`${n}`))),
  );
  const ids = claims.flatMap(job => (job ? [job.id] : []));
  t.equal(ids.length, 20);
  t.equal(new Set(ids).size, 20);
});

test('an offer is taken once, and again when nobody claimed the job in time', async t => {
  const jobs = await openJobs(t);
  const due = await jobs.insert(newJob());
  await jobs.insert(newJob({ dueAt: at(60_000) }));
  t.same(
    (await jobs.takeOffers(at(0), at(10_000), 10)).map(({ id }) => id),
    [due.id],
  );
  t.same(await jobs.takeOffers(at(9_999), at(20_000), 10), []);
  t.same(
    (await jobs.takeOffers(at(10_000), at(20_000), 10)).map(({ id }) => id),
    [due.id],
  );
  t.equal(await jobs.offerAllAgain(at(10_001)), 1, 'what is not due is not offered');
  t.equal((await jobs.takeOffers(at(10_001), at(20_000), 10)).length, 1);
  await jobs.claimById(due.id, claim('mine', 10_002));
  t.equal(await jobs.offerAllAgain(at(10_003)), 0, 'nor is what runs');
  t.equal((await jobs.takeOffers(at(50_000), at(90_000), 10)).length, 1, 'until its lease ended');
  t.same(await jobs.takeOffers(at(50_001), at(90_000), 10), []);
  t.equal(await jobs.offerAllAgain(at(50_001)), 1, 'then a lost offer of it is repeated too');
});

test('the census counts what is open by name and state, with the oldest due time', async t => {
  const jobs = await openJobs(t);
  await jobs.insert(newJob({ dueAt: at(-5_000) }));
  await jobs.insert(newJob({ dueAt: at(-2_000) }));
  await jobs.insert(newJob({ name: 'sweep' }));
  await jobs.claimNext('sweep', claim('mine'));
  const rows = (await jobs.census()).sort((left, right) => left.name.localeCompare(right.name));
  t.same(rows, [
    { name: 'recordings.fetch', state: 'queued', count: 2, oldestDueAt: at(-5_000) },
    { name: 'sweep', state: 'running', count: 1, oldestDueAt: null },
  ]);
});

test('metrics show the jobs of all processes, and survive a store that is away or hangs', async t => {
  const jobs = await openJobs(t);
  await jobs.insert(newJob({ dueAt: at(-5_000) }));
  const registry = new Registry();
  let away = false;
  let hangs = false;
  const metrics = createJobMetrics(
    registry,
    async () => {
      if (away) throw new Error('store away');
      if (hangs) return new Promise(() => {});
      return jobs.census();
    },
    () => now,
  );
  metrics.done.inc({ name: 'sweep' });
  metrics.failed.inc({ name: 'sweep' });
  metrics.dead.inc({ name: 'sweep' });
  metrics.observe('sweep', 250);
  const text = await registry.metrics();
  for (const line of [
    'parley_jobs{name="recordings.fetch",state="queued"} 1',
    'parley_jobs_oldest_due_seconds{name="recordings.fetch"} 5',
    'parley_jobs_done_total{name="sweep"} 1',
    'parley_jobs_failed_total{name="sweep"} 1',
    'parley_jobs_dead_total{name="sweep"} 1',
    'parley_job_duration_seconds_sum{name="sweep"} 0.25',
  ]) {
    t.ok(text.includes(`${line}\n`), line);
  }
  away = true;
  const without = await registry.metrics();
  t.notMatch(without, /parley_jobs\{/);
  t.match(without, /parley_jobs_done_total/);
  away = false;
  hangs = true;
  const bounded = await registry.metrics();
  t.notMatch(bounded, /parley_jobs\{/);
  t.match(bounded, /parley_jobs_done_total/);
});

test('names and states with operators in them find nothing and are refused', async t => {
  const jobs = await openJobs(t);
  await jobs.insert(newJob());
  for (const query of [
    { name: { $ne: '' } },
    { state: { $in: ['queued'] } },
    { state: ['queued'] },
    { state: 'gone' },
    { limit: 1_000 },
    { cursor: 'nonsense' },
  ]) {
    await t.rejects(jobs.page(query as never), { code: /^(VALIDATION_FAILED|CURSOR_INVALID)$/ }, JSON.stringify(query));
  }
  await t.rejects(jobs.claimNext({ $ne: '' } as never, claim('mine')), { code: 'VALIDATION_FAILED' });
});
