import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Registry } from 'prom-client';
import { test } from 'tap';
import { JobRepository } from '../../src/jobs/job-repository.ts';
import { createStoreQueue } from '../../src/jobs/store-queue.ts';
import { program } from '../helpers/program.ts';
import { silent, startTestStore } from '../helpers/store.ts';
import { heldJob } from './held-job.ts';
import { until } from './job-site.ts';

const leaseMs = 500;

test('jobs of a process ended by kill -9 are done by another, and none is lost', async t => {
  const store = await startTestStore(t);
  const jobs = new JobRepository(store);
  await jobs.ensureIndexes();
  const queue = createStoreQueue({ store: jobs, logger: silent, registry: new Registry(), leaseMs, pollMs: 50 });
  const ids: string[] = [];
  for (let call = 0; call < 12; call += 1) ids.push((await queue.enqueue(heldJob, { call })).id);

  const child = spawn(process.execPath, program('test/jobs/held-job.ts', store.uri, String(leaseMs)), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const begun = new Set<string>();
  // It works on what it can hold at once, and says so; it would never end.
  for await (const line of createInterface({ input: child.stdout })) {
    begun.add(line);
    if (begun.size === heldJob.concurrency) break;
  }
  t.equal((await jobs.page({ state: 'running' })).items.length, heldJob.concurrency);
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;

  const attempts = new Map<string, number>();
  queue.process(heldJob, (_payload, { id, attempt }) => void attempts.set(id, attempt));
  queue.start();
  await until(async () => (await jobs.page({ state: 'done' })).items.length === ids.length);
  await queue.drain(1_000);
  t.same([...attempts.keys()].sort(), ids.sort(), 'every job was done');
  for (const [id, attempt] of attempts) t.equal(attempt, begun.has(id) ? 2 : 1);
});
