import { Types } from 'mongoose';
import { test } from 'tap';
import type { NewCall } from '../../src/calls/call-document.ts';
import { journalLimits } from '../../src/calls/call-journal.ts';
import { startApp } from '../helpers/app.ts';
import { turnOf } from './journal-site.ts';

const sid = `CA${'0'.repeat(31)}7`;

async function startWithCall(t: Parameters<typeof startApp>[0]) {
  const site = await startApp(t);
  const { calls, journal } = site.app.callRecords;
  const order: NewCall = { direction: 'outbound', to: '+12125550100', from: '+12125550101', sid };
  const call = await calls.create(order as never);
  const token = await site.signIn();
  const get = (path: string) => site.call('GET', `/api/calls/${path}`, { token });
  return { site, journal, calls, id: call._id.toHexString(), get };
}

test('a transcript is readable while the call goes on, by the carrier’s id and by ours', async t => {
  const { journal, calls, id, get } = await startWithCall(t);
  t.match(await get(`${sid}/transcript`), {
    status: 200,
    body: { callSid: sid, live: true, turns: [], answeredAt: null },
  });
  journal.turn(id, 0, { ...turnOf('Hello, this is Ava.'), heardText: 'Hello', interrupted: true });
  for (;;) {
    const { body } = await get(`${sid}/transcript`);
    if (body.turns.length > 0) break;
  }
  t.ok(journalLimits.flushMs <= 300, 'what is said waits so long for others, and is then written');
  await calls.applyNews(id, { sid, state: 'completed', sequence: 1, at: new Date() });
  const answer = await get(`${id}/transcript`);
  t.match(answer.body, {
    callSid: sid,
    from: '+12125550101',
    to: '+12125550100',
    live: false,
    turns: [
      { role: 'agent', text: 'Hello, this is Ava.', heardText: 'Hello', startMs: 0, endMs: 500, interrupted: true },
    ],
  });
});

test('events are listed in order, page by page', async t => {
  const { journal, id, get } = await startWithCall(t);
  for (let number = 1; number <= 7; number += 1) journal.event(id, `event-${number}`, 'bridge', { number });
  await journal.written(id);
  const first = await get(`${sid}/events?limit=5`);
  t.match(first, {
    status: 200,
    body: { items: [{ seq: 1, type: 'event-1', source: 'bridge', data: { number: 1 } }] },
  });
  const second = await get(`${id}/events?limit=5&cursor=${first.body.nextCursor}`);
  t.same(
    second.body.items.map(({ seq }: { seq: number }) => seq),
    [6, 7],
  );
  t.equal(second.body.nextCursor, null);
  t.same((await get(`${sid}/events?sort=-seq&limit=1&fields=type`)).body.items, [{ type: 'event-7' }]);
});

test('who may not read calls reads neither, and nobody reads what is not there', async t => {
  const { site, get } = await startWithCall(t);
  for (const path of ['transcript', 'events']) {
    t.equal((await site.call('GET', `/api/calls/${sid}/${path}`)).status, 401);
    for (const nobody of ['CA0', new Types.ObjectId().toHexString(), '$gt']) {
      t.match(await get(`${encodeURIComponent(nobody)}/${path}`), {
        status: 404,
        body: { error: { code: 'CALL_NOT_FOUND' } },
      });
    }
    t.equal((await get(`${'x'.repeat(65)}/${path}`)).status, 400);
  }
  t.equal((await get(`${sid}/events?limit=201`)).status, 400);
  t.equal((await get(`${sid}/events?callId=x`)).status, 400);
});

test('the journal shows what it holds back', async t => {
  const { site } = await startWithCall(t);
  const metrics = await (await fetch(`${site.url}/metrics`)).text();
  for (const name of ['pending', 'memory_bytes', 'spool_bytes', 'flush_seconds', 'lost_total', 'spooled_bytes_total']) {
    t.match(metrics, new RegExp(`^# TYPE parley_journal_${name} `, 'm'));
  }
});
