import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Types } from 'mongoose';
import { test } from 'tap';
import type { CallView } from '../../src/calls/calls.types.ts';
import { announcedWithinMs, createEndAnnouncements } from '../../src/calls/end-announcements.ts';
import { createEvents } from '../../src/events.ts';
import { newSid, startCallSite, statusOf } from '../helpers/call-site.ts';
import { program } from '../helpers/program.ts';
import { silent } from '../helpers/store.ts';

/** What is announced under one name twice is one message; the application's own round may come at the same time as the test's. */
const messagesOf = (announced: readonly string[]) => [...new Set(announced)];

test('the end of each call is announced, and the note that it must be is taken back', async t => {
  const site = await startCallSite(t);
  const announced: string[] = [];
  Object.assign(site.app.announcements, {
    announce: async (_event: string, once: string) => void announced.push(once),
  });
  const attempts = await Promise.all(Array.from({ length: 5 }, () => site.attempt({ sid: newSid() })));
  await Promise.all(
    attempts.map(({ _id, sid }) =>
      site.ask(`/call-status-callback?attempt=${_id.toHexString()}`, statusOf(sid!, 'no-answer', 2)),
    ),
  );
  for (const attempt of attempts) {
    const ended = await site.until(attempt, call => call.outcome !== null && !call.unannounced);
    t.equal(ended.outcome, 'no-answer');
  }
  t.same(announced.sort(), attempts.map(({ _id }) => `call.ended:${_id.toHexString()}`).sort());
});

test('a process that is killed before it announced an end leaves it to the others, who announce it once', async t => {
  let later = 0;
  const site = await startCallSite(t, { now: () => new Date(Date.now() + later) });
  const announced: string[] = [];
  Object.assign(site.app.announcements, {
    announce: async (_event: string, once: string) => void announced.push(once),
  });
  const child = spawn(process.execPath, program('test/calls/ending-process.ts', site.storeUri), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const gone = once(child, 'exit');
  const [id] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    gone.then(() => Promise.reject(new Error('it ended by itself'))),
  ])) as [string];
  child.kill('SIGKILL');
  await gone;
  t.match(await site.calls.findById(id), { outcome: 'conversation', unannounced: true });
  later = announcedWithinMs + 60_000;
  await site.app.announceEnds();
  await site.app.announceEnds();
  t.same(messagesOf(announced), [`call.ended:${id}`]);
  t.match(await site.calls.findById(id), { unannounced: false });
});

test('an announcement that fails is made again by the next round', async t => {
  const site = await startCallSite(t);
  let works = false;
  const told: string[] = [];
  Object.assign(site.app.announcements, {
    announce: async (_event: string, once: string) => {
      if (!works) throw new Error('the store is away');
      told.push(once);
    },
  });
  const endedAt = new Date(Date.now() - announcedWithinMs - 1_000);
  const ended = { state: 'completed', outcome: 'voicemail', endedAt, liveTo: null, unannounced: true } as const;
  const attempt = await site.attempt({ sid: newSid(), ...ended });
  await site.app.announceEnds();
  t.match(await site.calls.findById(attempt._id), { unannounced: true });
  works = true;
  await site.app.announceEnds();
  t.match(await site.calls.findById(attempt._id), { unannounced: false });
  t.same(messagesOf(told), [`call.ended:${attempt._id.toHexString()}`]);
});

test('one that cannot be announced does not hold up those that end with it', async t => {
  const events = createEvents(error => t.fail(String(error)));
  const ticked: string[] = [];
  const announcements = createEndAnnouncements({
    calls: {
      announced: async ids => void ticked.push(...ids.map(String)),
      unannounced: async () => [],
      toApi: () => t.fail('not needed') as never,
    },
    events,
    announce: async ({ id }) => {
      if (id === 'bad') throw new Error('refused');
    },
    logger: silent,
    now: () => new Date(),
  });
  const good = new Types.ObjectId().toHexString();
  for (const id of ['bad', good]) events.publish('calls.ended', { call: { id } as CallView });
  await announcements.close();
  t.same(ticked, [good]);
});
