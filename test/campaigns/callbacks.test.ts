import { Types } from 'mongoose';
import root, { test } from 'tap';
import { startDialSite } from './dial-site.ts';

let shared: ReturnType<typeof startDialSite> | undefined;
const site = () => {
  shared ??= startDialSite(root);
  return shared;
};
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000);

/** Asks as an administrator for somebody of a campaign. */
async function desk(id: Types.ObjectId) {
  const { call, signIn, personOf } = await site();
  const token = await signIn();
  const path = async (to: string) => `/api/campaigns/${id}/contacts/${(await personOf(to))._id}/callback`;
  return {
    book: async (to: string, at: Date | string) =>
      call('POST', await path(to), { token, body: { at: at instanceof Date ? at.toISOString() : at } }),
    undo: async (to: string) => call('DELETE', await path(to), { token }),
    texts: async () =>
      (await call('GET', `/api/campaigns/${id}/events`, { token })).body.items.map(
        (each: { text: string }) => each.text,
      ),
  };
}

test('a call is booked for the time somebody asked for, and taken back again', async t => {
  const { campaign, addPeople, personOf, people } = await site();
  const { _id } = await campaign({ state: 'paused', retry: { maxAttempts: 3, afterMinutes: { busy: [60] } } });
  const [to, other] = (await addPeople(_id, 2)) as [string, string];
  const { book, undo, texts } = await desk(_id);
  const at = inMinutes(90);
  t.match(await book(to, at), {
    status: 200,
    body: { contact: { state: 'waiting', dueAt: at.toISOString(), bookedFor: at.toISOString() } },
  });
  t.match(await texts(), [`Somebody asked to be called at ${at.toISOString()}.`]);
  const sooner = inMinutes(30);
  t.match((await book(to, sooner)).body, { contact: { bookedFor: sooner.toISOString() } }, 'the last word holds');
  t.match(await undo(to), { status: 200, body: { contact: { state: 'waiting', bookedFor: null } } });
  t.ok((await personOf(to)).dueAt <= new Date(), 'who was never called is due now');
  t.match(await undo(to), { status: 409 }, 'there is nothing left to take back');

  await people.changeById((await personOf(other))._id, {
    $set: { state: 'done', attempts: 1, outcomes: ['conversation'], lastOutcome: 'conversation' },
  });
  t.match((await book(other, at)).body, { contact: { state: 'waiting', bookedFor: at.toISOString() } });
  t.match((await undo(other)).body, { contact: { state: 'done', bookedFor: null } });
});

test('what cannot be kept is not booked', async t => {
  const { campaign, campaigns, addPeople, personOf, people } = await site();
  const endsAt = inMinutes(24 * 60).toISOString();
  const schedule = { timeZone: 'UTC', windows: [{ day: 1, from: '09:00', to: '10:00' }], endsAt };
  const { _id } = await campaign({ state: 'paused', schedule });
  const [to, tried, blocked] = (await addPeople(_id, 3)) as [string, string, string];
  const { book } = await desk(_id);
  for (const [at, problem] of [
    [inMinutes(-1), /must lie ahead/],
    [inMinutes(61 * 24 * 60), /60 days/],
    [inMinutes(25 * 60), /end of the campaign/],
    ['five', undefined],
  ] as const) {
    const answer = await book(to, at);
    t.match(answer, { status: 400, body: { error: { code: 'VALIDATION_FAILED' } } });
    if (problem) t.match(answer.body.error, { message: problem, details: [{ field: 'at' }] });
  }
  await people.changeById((await personOf(tried))._id, { $set: { attempts: 3 } });
  t.match(await book(tried, inMinutes(30)), { status: 409, body: { error: { message: /3 times.*maxAttempts/ } } });
  await people.changeById((await personOf(blocked))._id, { $set: { state: 'blocked' } });
  t.match(await book(blocked, inMinutes(30)), { status: 409, body: { error: { message: /may not be called/ } } });
  await campaigns.changeById(_id, { $set: { state: 'stopped' } });
  t.match(await book(to, inMinutes(30)), { status: 409, body: { error: { code: 'CAMPAIGN_STATE' } } });
});

test('whoever booked this time goes before higher priority and before the longest wait', async t => {
  const { campaign, campaigns, addPeople, personOf, people, dialled, until, app } = await site();
  const { _id } = await campaign({ state: 'paused', pace: { callsPerSecond: 20, maxConcurrent: 50 } });
  const urgent = await addPeople(_id, 6, { priority: 9, dueAt: inMinutes(-120) });
  const [booked] = (await addPeople(_id, 1)) as [string];
  const { book } = await desk(_id);
  t.equal((await book(booked, inMinutes(10))).status, 200);
  // The time comes.
  const at = inMinutes(-1);
  await people.changeById((await personOf(booked))._id, { $set: { dueAt: at, bookedFor: at } });
  await campaigns.changeById(_id, { $set: { state: 'running' } });
  app.dialer.wake(_id.toHexString());
  await until(() => [booked, ...urgent].every(to => dialled(to).length === 1), 'everybody');
  // The id of a call is made with its claim, and ids of one process grow.
  const claim = async (to: string) => (await personOf(to)).callId!.toHexString();
  const first = await claim(booked);
  const others = await Promise.all(urgent.map(claim));
  t.ok(others.every(each => each > first));
});

test('an agent books it on the call: it holds from the end of the call, which came to a callback', async t => {
  const { campaign, addPeople, personOf, until, app, control, dialled } = await site();
  control.answerNext(control.people().find(each => each.answer === 'human')!.id);
  const { _id } = await campaign({ retry: { maxAttempts: 3, afterMinutes: {} } });
  const [to] = (await addPeople(_id, 1)) as [string];
  await until(async () => (await personOf(to)).state === 'in-call', 'somebody answers');
  const callId = (await personOf(to)).callId!.toHexString();
  const ask = (args: Record<string, unknown>, of = callId) =>
    app.tools.run({ toolCallId: 't', name: 'schedule_callback', arguments: args, expectsResult: true }, {
      callId: of,
      signal: new AbortController().signal,
    } as never);
  for (const [args, said] of [
    [{ at: 'at five' }, /date and time/],
    [{ at: '2027-02-30T17:00', timeZone: 'America/Chicago' }, /no such/],
    [{ at: '2027-03-01T17:00' }, /timeZone/],
    [{ at: '2027-03-01T17:00', timeZone: 'Chicago' }, /IANA/],
    [{ at: '2020-03-01T17:00', timeZone: 'America/Chicago' }, /must lie ahead/],
  ] as const)
    t.match(await ask(args), { isError: true, result: said });
  t.match(await ask({ at: inMinutes(60).toISOString() }, new Types.ObjectId().toHexString()), { isError: true });
  t.equal((await personOf(to)).bookedFor, null);

  const at = new Date(Math.ceil((Date.now() + 3_600_000) / 60_000) * 60_000);
  const local = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'America/Chicago',
    dateStyle: 'short',
    timeStyle: 'short',
  }).format(at);
  const answer = await ask({ at: local.replace(' ', 'T'), timeZone: 'America/Chicago' });
  t.notOk(answer.isError, answer.result);
  t.match(JSON.parse(answer.result), { booked: true, at: at.toISOString(), local: local.replace(' ', 'T') });
  t.match(await personOf(to), { state: 'in-call', bookedFor: at });
  t.equal((await app.callRecords.calls.findById(callId))!.result, 'callback');
  control.hangUp(dialled(to)[0]!.sid);
  await until(async () => (await personOf(to)).lastOutcome !== null, 'the end of the call');
  t.match(await personOf(to), { state: 'waiting', dueAt: at, bookedFor: at });
  t.match(await ask({ at: inMinutes(30).toISOString() }), { isError: true, result: /over/ });
});
