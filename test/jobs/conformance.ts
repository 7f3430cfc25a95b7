import { type Test, test } from 'tap';
import { type Static, Type } from 'typebox';
import type { JobStore } from '../../src/jobs/job-record.ts';
import type { JobContext } from '../../src/jobs/queue.ts';
import { defineJob, PermanentJobFailure } from '../../src/jobs/queue.ts';
import { handled, told } from './handled.ts';
import { allEnded, type JobSite, leaseMs, pollMs, until } from './job-site.ts';

const payload = Type.Object({ call: Type.Integer() });
type Payload = Static<typeof payload>;
const backoff = { firstMs: 1_000, longestMs: 8_000 };
const fetchJob = defineJob('recordings.fetch', {
  payload,
  maxAttempts: 3,
  backoff,
  timeLimitMs: 60_000,
  concurrency: 4,
});
const single = defineJob('summary.write', { payload, maxAttempts: 3, backoff, concurrency: 1 });
const once = defineJob('hook.deliver', { payload, keepKey: true });
const sweep = defineJob('sweep', { payload, maxAttempts: 2, backoff });
/** Long enough for a poll whatever the lot says. */
const aPoll = pollMs * 1.25;

/** What any runner must do. Each test opens its own installation and moves its clock itself. */
export function jobQueueConformance(
  runner: string,
  { skip, open }: { skip: string | false; open: (t: Test) => Promise<JobSite> },
): void {
  const rule = (name: string, check: (t: Test, site: JobSite) => Promise<void>) =>
    test(`${runner}: ${name}`, { skip }, async t => check(t, await open(t)));

  rule('a job runs with its payload, and its end is written down', async (t, site) => {
    const queue = await site.queue();
    const work = handled<Payload>();
    queue.process(fetchJob, work.handler);
    queue.start();
    const { id, created } = await queue.enqueue(fetchJob, { call: 7 });
    t.equal(created, true);
    const run = await work.next();
    t.same(run.payload, { call: 7 });
    t.match(run.context, { id, attempt: 1, lastAttempt: false });
    t.equal(run.context.signal.aborted, false);
    t.match(await site.store.job(id), { state: 'running', attempts: 1 });
    const done = told(queue, 'done');
    run.finish();
    t.match(await done, { id, name: 'recordings.fetch', state: 'done' });
    t.match(await site.store.job(id), {
      state: 'done',
      attempts: 1,
      dueAt: null,
      finishedAt: new Date(site.clock.now()),
    });
  });

  rule('a job enqueued by a process without handlers waits for one that has them', async (t, site) => {
    const api = await site.queue();
    const { id } = await api.enqueue(fetchJob, { call: 1 });
    const worker = await site.queue();
    const work = handled<Payload>();
    worker.process(fetchJob, work.handler);
    worker.start();
    const run = await work.next();
    t.equal(run.context.id, id);
    run.finish();
    await told(worker, 'done', id);
  });

  rule('a wrong payload is refused and nothing is written', async (t, site) => {
    const queue = await site.queue();
    await t.rejects(queue.enqueue(fetchJob, { call: 'seven' } as never), { code: 'JOB_PAYLOAD_INVALID' });
    t.same((await queue.list({})).items, []);
  });

  rule('a job is not run before its time', async (t, site) => {
    const queue = await site.queue();
    const work = handled<Payload>();
    queue.process(fetchJob, work.handler);
    queue.start();
    await queue.enqueue(fetchJob, { call: 1 }, { runAt: new Date(site.clock.now() + 60_000) });
    await queue.enqueue(fetchJob, { call: 2 });
    const first = await work.next();
    t.equal(first.payload.call, 2, 'the later one goes first');
    const firstDone = told(queue, 'done');
    first.finish();
    await firstDone;
    site.clock.advance(58_000);
    await queue.enqueue(fetchJob, { call: 3 });
    const second = await work.next();
    t.equal(second.payload.call, 3, 'two seconds too early');
    const secondDone = told(queue, 'done');
    second.finish();
    await secondDone;
    site.clock.advance(2_000 + aPoll);
    const third = await work.next();
    t.equal(third.payload.call, 1);
    third.finish();
    await allEnded(site);
  });

  rule('among due jobs the higher priority goes first, then the earlier one', async (t, site) => {
    const queue = await site.queue();
    const work = handled<Payload>();
    const signpost = handled<Payload>();
    queue.process(single, work.handler);
    queue.process(fetchJob, signpost.handler);
    queue.start();
    await queue.enqueue(single, { call: 0 });
    const gate = await work.next();
    for (const [call, priority] of [
      [1, 'low'],
      [2, 'normal'],
      [3, 'high'],
      [4, 'normal'],
      [5, 'high'],
    ] as const) {
      await queue.enqueue(single, { call }, { priority });
    }
    // Announcements keep their order, so when this one has arrived the five before it have too.
    await queue.enqueue(fetchJob, { call: 99 });
    (await signpost.next()).finish();
    gate.finish();
    const order: number[] = [];
    for (let taken = 0; taken < 5; taken += 1) {
      const run = await work.next();
      order.push(run.payload.call);
      run.finish();
    }
    t.same(order, [3, 5, 2, 4, 1]);
    await allEnded(site);
  });

  rule('while a job with a key is open, no second one is made; after it ended, one is', async (t, site) => {
    const queue = await site.queue();
    const work = handled<Payload>();
    queue.process(fetchJob, work.handler);
    const first = await queue.enqueue(fetchJob, { call: 1 }, { dedupeKey: 'call-1' });
    t.same(await queue.enqueue(fetchJob, { call: 1 }, { dedupeKey: 'call-1' }), { id: first.id, created: false });
    t.match(await queue.enqueue(single, { call: 1 }, { dedupeKey: 'call-1' }), { created: true }, 'keys are per type');
    queue.start();
    const run = await work.next();
    t.match(await queue.enqueue(fetchJob, { call: 1 }, { dedupeKey: 'call-1' }), { created: false }, 'still running');
    const done = told(queue, 'done', first.id);
    run.finish();
    await done;
    const second = await queue.enqueue(fetchJob, { call: 2 }, { dedupeKey: 'call-1' });
    t.match(second, { created: true });
    const next = await work.next();
    t.equal(next.payload.call, 2);
    next.finish();
    await told(queue, 'done', second.id);
  });

  rule('of many processes enqueueing one key at once, one makes the job', async (t, site) => {
    const queues = [await site.queue(), await site.queue()];
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        queues[index % 2]!.enqueue(fetchJob, { call: index }, { dedupeKey: 'one' }),
      ),
    );
    t.equal(answers.filter(({ created }) => created).length, 1);
    t.equal(new Set(answers.map(({ id }) => id)).size, 1, 'all are told the same id');
    t.equal((await queues[0]!.list({})).items.length, 1);
  });

  rule('a type that keeps its keys makes no second job after the first is done', async (t, site) => {
    const queue = await site.queue();
    queue.process(once, () => {});
    queue.start();
    const done = told(queue, 'done');
    const { id } = await queue.enqueue(once, { call: 1 }, { dedupeKey: 'event-1' });
    await done;
    t.same(await queue.enqueue(once, { call: 1 }, { dedupeKey: 'event-1' }), { id, created: false });
  });

  rule('a failed attempt is repeated later, with its number, until it succeeds', async (t, site) => {
    const queue = await site.queue();
    const work = handled<Payload>();
    queue.process(fetchJob, work.handler);
    queue.start();
    const { id } = await queue.enqueue(fetchJob, { call: 1 });
    for (const [attempt, waitMs] of [
      [1, 750],
      [2, 1_500],
    ] as const) {
      const run = await work.next();
      t.equal(run.context.attempt, attempt);
      const retrying = told(queue, 'retrying', id);
      run.fail(new Error('vendor says no'));
      const { dueAt, problem } = await retrying;
      t.equal(dueAt?.getTime(), site.clock.now() + waitMs);
      t.equal(problem?.code, 'Error');
      t.match(await site.store.job(id), { state: 'queued', attempts: attempt });
      site.clock.advance(waitMs + aPoll);
    }
    const last = await work.next();
    t.match(last.context, { attempt: 3, lastAttempt: true });
    const done = told(queue, 'done', id);
    last.finish();
    await done;
    const record = await site.store.job(id);
    t.equal(record?.state, 'done');
    t.equal(record?.problem, undefined, 'an old problem does not stick to a done job');
  });

  rule('out of attempts it is a dead letter, which can be listed, replayed and discarded', async (t, site) => {
    const queue = await site.queue();
    let fails = true;
    const seen: number[] = [];
    queue.process(sweep, (_payload, { attempt }: JobContext) => {
      seen.push(attempt);
      if (fails) throw new Error('still broken');
    });
    queue.start();
    const dead = told(queue, 'dead');
    const retrying = told(queue, 'retrying');
    const { id } = await queue.enqueue(sweep, { call: 1 }, { dedupeKey: 'k' });
    await retrying;
    site.clock.advance(1_000 + aPoll);
    await dead;
    t.same(seen, [1, 2]);
    const page = await queue.list({ state: 'dead', name: 'sweep' });
    t.equal(page.items.length, 1);
    t.match(page.items[0], { id, state: 'dead', attempts: 2, dueAt: null, problem: { code: 'Error' } });
    t.same((await queue.list({ state: 'dead', name: 'recordings.fetch' })).items, []);

    fails = false;
    const done = told(queue, 'done', id);
    t.match(await queue.replay(id), { id, state: 'queued', attempts: 0 });
    await done;
    t.same(seen, [1, 2, 1], 'attempts begin anew');
    await t.rejects(queue.replay(id), { code: 'JOB_NOT_DEAD', details: { state: 'done' } });
    await t.rejects(queue.discard(id), { code: 'JOB_NOT_REMOVABLE' });
    await t.rejects(queue.replay('0123456789abcdef01234567'), { code: 'JOB_NOT_FOUND' });
    await t.rejects(queue.discard('no id at all'), { code: 'JOB_NOT_FOUND' });
  });

  rule('a dead letter holds no key; replaying it beside a newer job is refused', async (t, site) => {
    const queue = await site.queue();
    const work = handled<Payload>();
    queue.process(fetchJob, work.handler);
    queue.start();
    const first = await queue.enqueue(fetchJob, { call: 1 }, { dedupeKey: 'k' });
    const dead = told(queue, 'dead', first.id);
    (await work.next()).fail(new PermanentJobFailure('The recording was erased'));
    t.match(await dead, { problem: { code: 'PermanentJobFailure', message: 'The recording was erased' }, attempts: 1 });
    const second = await queue.enqueue(fetchJob, { call: 2 }, { dedupeKey: 'k' });
    t.equal(second.created, true);
    const run = await work.next();
    await t.rejects(queue.replay(first.id), { code: 'JOB_DUPLICATE' });
    await t.rejects(queue.discard(second.id), { code: 'JOB_NOT_REMOVABLE', details: { state: 'running' } });
    await queue.discard(first.id);
    t.equal(await site.store.job(first.id), undefined);
    const done = told(queue, 'done');
    run.finish();
    await done;
  });

  rule('a waiting job can be discarded, and then never runs', async (t, site) => {
    const queue = await site.queue();
    const work = handled<Payload>();
    queue.process(single, work.handler);
    queue.start();
    await queue.enqueue(single, { call: 1 });
    const gate = await work.next();
    const { id } = await queue.enqueue(single, { call: 2 });
    await queue.enqueue(single, { call: 3 });
    await queue.discard(id);
    gate.finish();
    const next = await work.next();
    t.equal(next.payload.call, 3);
    const done = told(queue, 'done');
    next.finish();
    await done;
    t.equal(work.runs.length, 2);
  });

  rule('at its time limit an attempt is aborted and counts as failed', async (t, site) => {
    const queue = await site.queue();
    const work = handled<Payload>();
    queue.process(fetchJob, work.handler);
    queue.start();
    const { id } = await queue.enqueue(fetchJob, { call: 1 });
    const run = await work.next();
    const aborted = new Promise<void>(resolve => {
      run.context.signal.addEventListener('abort', () => resolve());
    });
    const retrying = told(queue, 'retrying', id);
    for (let passed = 0; passed < 60_000; passed += 10_000) await advanceWithLease(site, id, 10_000);
    await aborted;
    run.fail(run.context.signal.reason);
    t.match(await retrying, { problem: { code: 'JOB_TIME_LIMIT', message: 'No end within 60000 ms' } });
  });

  rule('a handler that ignores its signal is left behind, and its slot serves others', async (t, site) => {
    const queue = await site.queue();
    const quick = defineJob('quick', { payload, timeLimitMs: 5_000, concurrency: 1, backoff });
    const work = handled<Payload>();
    queue.process(quick, work.handler);
    queue.start();
    const { id } = await queue.enqueue(quick, { call: 1 });
    const deaf = await work.next();
    const retrying = told(queue, 'retrying', id);
    site.clock.advance(5_000);
    site.clock.advance(2_000);
    await retrying;
    await queue.enqueue(quick, { call: 2 });
    const next = await work.next();
    t.equal(next.payload.call, 2);
    const done = told(queue, 'done');
    next.finish();
    t.equal((await done).id, next.context.id);
    deaf.finish();
    t.match(await site.store.job(id), { state: 'queued' }, 'its late success changes nothing');
  });

  rule('the lease of a long job is renewed, so nobody else begins it', async (t, site) => {
    const first = await site.queue();
    const second = await site.queue();
    const work = handled<Payload>();
    const others = handled<Payload>();
    const long = defineJob('import', { payload, timeLimitMs: 10 * 60_000 });
    first.process(long, work.handler);
    first.start();
    const { id } = await first.enqueue(long, { call: 1 });
    const run = await work.next();
    second.process(long, others.handler);
    second.start();
    for (let passed = 0; passed < 3 * leaseMs; passed += leaseMs / 3) await advanceWithLease(site, id, leaseMs / 3);
    const done = told(first, 'done', id);
    run.finish();
    await done;
    t.equal(others.runs.length, 0);
    t.match(await site.store.job(id), { state: 'done', attempts: 1 });
  });

  rule('a job of a process that was killed runs again when its lease ended', async (t, site) => {
    const queue = await site.queue();
    const { id } = await queue.enqueue(fetchJob, { call: 1 });
    const now = site.clock.now();
    const claim = { now: new Date(now), token: 'of the killed', leaseUntil: new Date(now + leaseMs) };
    t.match(await site.store.claimNext('recordings.fetch', claim), { id });
    const work = handled<Payload>();
    queue.process(fetchJob, work.handler);
    queue.start();
    await queue.enqueue(fetchJob, { call: 2 });
    const other = await work.next();
    t.equal(other.payload.call, 2, 'the claimed one is left alone');
    const otherDone = told(queue, 'done');
    other.finish();
    await otherDone;
    site.clock.advance(leaseMs + aPoll);
    const run = await work.next();
    t.match(run.context, { id, attempt: 2 });
    const done = told(queue, 'done', id);
    run.finish();
    await done;
    t.equal(await site.store.settle(id, 'of the killed', { kind: 'handedBack', dueAt: new Date() }), false);
    t.match(await site.store.job(id), { state: 'done' }, 'the killed one has no say any more');
  });

  rule('a job that ends its process every time becomes a dead letter without a further run', async (t, site) => {
    const queue = await site.queue();
    const { id } = await queue.enqueue(sweep, { call: 1 });
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const now = site.clock.now();
      const claim = { now: new Date(now), token: `${attempt}`, leaseUntil: new Date(now + leaseMs) };
      t.match(await site.store.claimById(id, claim), { attempts: attempt });
      site.clock.advance(leaseMs);
    }
    const work = handled<Payload>();
    queue.process(sweep, work.handler);
    const dead = told(queue, 'dead', id);
    queue.start();
    t.match(await dead, { problem: { code: 'JOB_NEVER_RETURNED' } });
    t.equal(work.runs.length, 0);
  });

  rule('a process that was frozen past its lease is told so, and changes nothing', async (t, site) => {
    const frozen = await site.queue();
    const work = handled<Payload>();
    frozen.process(fetchJob, work.handler);
    frozen.start();
    const { id } = await frozen.enqueue(fetchJob, { call: 1 });
    const stale = await work.next();
    // The other process has a clock that went on, as the world does while one process stands still.
    const now = site.clock.now() + leaseMs;
    const claim = { now: new Date(now), token: 'of the other', leaseUntil: new Date(now + leaseMs) };
    t.match(await site.store.claimById(id, claim), { attempts: 2 });
    const aborted = new Promise<unknown>(resolve => {
      stale.context.signal.addEventListener('abort', () => resolve(stale.context.signal.reason));
    });
    const lost = told(frozen, 'lost', id);
    site.clock.advance(leaseMs / 3);
    t.match(await aborted, { code: 'JOB_STOPPED' });
    stale.finish();
    await lost;
    t.match(await site.store.job(id), { state: 'running', attempts: 2 });
  });

  rule('a record that its type no longer accepts is a dead letter, and the handler never sees it', async (t, site) => {
    const queue = await site.queue();
    const now = new Date(site.clock.now());
    const old = {
      name: 'recordings.fetch',
      payload: { phone: 1 },
      priority: 'normal',
      dueAt: now,
      offerAt: now,
      now,
    } as const;
    const { id } = await site.store.insert(old);
    const work = handled<Payload>();
    queue.process(fetchJob, work.handler);
    const dead = told(queue, 'dead', id);
    queue.start();
    t.match(await dead, { problem: { code: 'JOB_PAYLOAD_INVALID' } });
    t.equal(work.runs.length, 0);
  });

  rule('two processes share the work, and each job is done by one of them', async (t, site) => {
    const queues = [await site.queue(), await site.queue()];
    const runs = new Map<number, number>();
    let left = 60;
    let allDone = () => {};
    const finished = new Promise<void>(resolve => {
      allDone = resolve;
    });
    for (const queue of queues) {
      queue.process(fetchJob, async ({ call }) => {
        runs.set(call, (runs.get(call) ?? 0) + 1);
        await new Promise<void>(resolve => setImmediate(resolve));
      });
      queue.events.on('done', () => {
        left -= 1;
        if (left === 0) allDone();
      });
      queue.start();
    }
    await Promise.all(Array.from({ length: 60 }, (_, call) => queues[call % 2]!.enqueue(fetchJob, { call })));
    await finished;
    t.equal(runs.size, 60);
    t.same([...new Set(runs.values())], [1]);
  });

  rule('no more jobs of a type run at once than it allows, and as many as it allows', async (t, site) => {
    const queue = await site.queue();
    const work = handled<Payload>();
    let most = 0;
    queue.process(fetchJob, (given, context) => {
      const run = work.handler(given, context);
      most = Math.max(most, work.active);
      return run;
    });
    queue.start();
    for (let call = 0; call < 10; call += 1) await queue.enqueue(fetchJob, { call });
    await until(() => work.active === 4);
    for (let ended = 0; ended < 10; ended += 1) (await work.next()).finish();
    await allEnded(site);
    t.equal(most, 4);
  });

  rule('a slow type of job does not hold up another', async (t, site) => {
    const queue = await site.queue();
    const slow = handled<Payload>();
    const other = handled<Payload>();
    queue.process(single, slow.handler);
    queue.process(fetchJob, other.handler);
    queue.start();
    await queue.enqueue(single, { call: 1 });
    await queue.enqueue(single, { call: 2 });
    const held = await slow.next();
    await queue.enqueue(fetchJob, { call: 3 });
    (await other.next()).finish();
    held.finish();
    (await slow.next()).finish();
    await allEnded(site);
    t.equal(slow.runs.length, 2);
  });

  rule('each tick of a schedule makes one job over all processes', async (t, site) => {
    const queues = [await site.queue(), await site.queue(), await site.queue()];
    const work = handled<Payload>();
    for (const queue of queues) {
      queue.process(sweep, work.handler);
      queue.schedule(sweep, { cron: '* * * * *', payload: { call: 1 }, catchUpMs: 30_000 });
      queue.start();
    }
    const first = await work.next();
    t.equal(first.context.enqueuedAt instanceof Date, true);
    first.finish();
    await allEnded(site);
    site.clock.advance(60_000);
    const second = await work.next();
    second.finish();
    await allEnded(site);
    const { items } = await queues[0]!.list({ name: 'sweep' });
    t.same(items.map(({ tick }) => tick).sort(), ['sweep 2026-03-02T10:00:00.000Z', 'sweep 2026-03-02T10:01:00.000Z']);
    t.equal(work.runs.length, 2);
  });

  rule('a tick is skipped while the job of an earlier one is open', async (t, site) => {
    const queue = await site.queue();
    const work = handled<Payload>();
    const slow = defineJob('slow-sweep', { payload, timeLimitMs: 60 * 60_000 });
    queue.process(slow, work.handler);
    queue.schedule(slow, { cron: '* * * * *', payload: { call: 1 } });
    queue.start();
    const run = await work.next();
    for (let passed = 0; passed < 180_000; passed += leaseMs / 3)
      await advanceWithLease(site, run.context.id, leaseMs / 3);
    t.equal((await queue.list({ name: 'slow-sweep' })).items.length, 1, 'ticks do not pile up');
    const done = told(queue, 'done');
    run.finish();
    await done;
    site.clock.advance(60_000);
    const next = await work.next();
    t.not(next.context.id, run.context.id);
    const nextDone = told(queue, 'done');
    next.finish();
    await nextDone;
  });

  rule('draining waits for running jobs and begins no other', async (t, site) => {
    const queue = await site.queue();
    const work = handled<Payload>();
    queue.process(single, work.handler);
    queue.start();
    await queue.enqueue(single, { call: 1 });
    const run = await work.next();
    const { id } = await queue.enqueue(single, { call: 2 });
    const drained = queue.drain(60_000);
    const late = await queue.enqueue(single, { call: 3 });
    run.finish();
    t.same(await drained, { finished: 1, handedBack: 0 });
    t.equal(work.runs.length, 1);
    t.match(await site.store.job(id), { state: 'queued', attempts: 0 });

    const next = await site.queue();
    next.process(single, work.handler);
    next.start();
    // What the ended process had announced may still be under way; after a while it is announced again.
    site.clock.advance(10_000 + aPoll);
    const seen = [await work.next().then(finishIt)];
    site.clock.advance(10_000 + aPoll);
    seen.push(await work.next().then(finishIt));
    t.same(seen.sort(), [id, late.id].sort(), 'the next process does what is left');
    await allEnded(site);
  });

  rule('a drain that takes too long aborts and hands back, without counting the attempt', async (t, site) => {
    const queue = await site.queue();
    const work = handled<Payload>();
    queue.process(fetchJob, work.handler);
    queue.start();
    const obedient = await queue.enqueue(fetchJob, { call: 1 });
    const obedientRun = await work.next();
    obedientRun.context.signal.addEventListener('abort', () => obedientRun.fail(obedientRun.context.signal.reason));
    const deaf = await queue.enqueue(fetchJob, { call: 2 });
    await work.next();
    const drained = queue.drain(5_000);
    await until(() => site.clock.pending > 0);
    // The limit, then what a deaf handler is given to tidy up.
    const ended = drained.then(() => true);
    await until(async () => {
      site.clock.advance(500);
      return Promise.race([ended, new Promise<false>(resolve => setImmediate(resolve, false))]);
    });
    t.same(await drained, { finished: 0, handedBack: 2 });
    for (const { id } of [obedient, deaf]) t.match(await site.store.job(id), { state: 'queued', attempts: 0 });

    const next = await site.queue();
    const again = handled<Payload>();
    next.process(fetchJob, again.handler);
    next.start();
    site.clock.advance(aPoll);
    for (let taken = 0; taken < 2; taken += 1) {
      const run = await again.next();
      t.equal(run.context.attempt, 1);
      run.finish();
    }
    await allEnded(site);
  });

  rule('a store that does not answer delays a job, and loses none', async (t, site) => {
    let failures = 3;
    const queue = await site.queue({
      store: flaky(site.store, ['claimNext', 'claimById', 'anyDue'], () => failures-- > 0),
    });
    const work = handled<Payload>();
    queue.process(fetchJob, work.handler);
    queue.start();
    const { id } = await queue.enqueue(fetchJob, { call: 1 });
    const begun = work.next();
    await passUntil(site, begun);
    const run = await begun;
    t.match(run.context, { id, attempt: 1 });
    t.ok(failures <= 0, 'it was asked in vain before');
    const done = told(queue, 'done', id);
    run.finish();
    await done;
  });

  rule('an end that cannot be written down at once is written as soon as it can', async (t, site) => {
    let failures = 3;
    const queue = await site.queue({ store: flaky(site.store, ['settle'], () => failures-- > 0) });
    const work = handled<Payload>();
    queue.process(fetchJob, work.handler);
    queue.start();
    const { id } = await queue.enqueue(fetchJob, { call: 1 });
    const done = told(queue, 'done', id);
    (await work.next()).finish();
    await passUntil(site, done);
    t.match(await site.store.job(id), { state: 'done', attempts: 1 });
    t.equal(work.runs.length, 1);
  });

  rule('a listener that throws does no harm', async (t, site) => {
    const queue = await site.queue();
    queue.process(fetchJob, () => {});
    queue.events.on('done', () => {
      throw new Error('listener');
    });
    queue.start();
    const { id } = await queue.enqueue(fetchJob, { call: 1 });
    await until(async () => (await site.store.job(id))?.state === 'done');
    const second = await queue.enqueue(fetchJob, { call: 2 });
    await until(async () => (await site.store.job(second.id))?.state === 'done');
    t.pass('both jobs ended');
  });

  rule('lists are cut into pages by a cursor, newest first', async (t, site) => {
    const queue = await site.queue();
    const ids: string[] = [];
    for (let call = 0; call < 7; call += 1) ids.unshift((await queue.enqueue(fetchJob, { call })).id);
    const first = await queue.list({ name: 'recordings.fetch', limit: 3 });
    await queue.enqueue(fetchJob, { call: 99 });
    const second = await queue.list({ name: 'recordings.fetch', limit: 3, cursor: first.nextCursor! });
    const third = await queue.list({ name: 'recordings.fetch', limit: 3, cursor: second.nextCursor! });
    t.same(
      [...first.items, ...second.items, ...third.items].map(({ id }) => id),
      ids,
    );
    t.equal(third.nextCursor, null);
    await t.rejects(
      queue.list({ cursor: first.nextCursor! }),
      { code: 'CURSOR_INVALID' },
      'a cursor belongs to its list',
    );
    await t.rejects(queue.list({ state: { $ne: 'dead' } as never }), { code: 'VALIDATION_FAILED' });
  });
}

function finishIt({ context, finish }: { context: JobContext; finish(): void }): string {
  finish();
  return context.id;
}

/** Lets time pass for a running job and waits until its lease was renewed, as it would be while real time passes. */
async function advanceWithLease(site: JobSite, id: string, ms: number): Promise<void> {
  site.clock.advance(ms);
  const renewed = site.clock.now() + leaseMs - ms;
  await until(async () => {
    // A timer that was set only now for a moment already past.
    site.clock.advance(0);
    const job = await site.store.job(id);
    return job?.state !== 'running' || Number(job.dueAt?.getTime()) > renewed;
  });
}

/** Lets time pass in small steps until this came. */
async function passUntil(site: JobSite, coming: Promise<unknown>): Promise<void> {
  let came = false;
  const seen = coming.then(() => {
    came = true;
  });
  while (!came) {
    site.clock.advance(20);
    await site.store.anyDue(['nobody'], new Date(0));
  }
  await seen;
}

/** The store with some of its answers missing. */
function flaky(store: JobStore, methods: readonly (keyof JobStore)[], fails: () => boolean): JobStore {
  return new Proxy(store, {
    get(target, key: keyof JobStore) {
      const method = target[key].bind(target) as (...args: unknown[]) => Promise<unknown>;
      if (!methods.includes(key)) return method;
      return async (...args: unknown[]) => {
        if (fails()) throw new Error('store away');
        return method(...args);
      };
    },
  });
}
