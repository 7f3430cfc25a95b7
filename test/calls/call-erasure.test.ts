import { spawnSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Types } from 'mongoose';
import { test, default as top } from 'tap';
import { erasedFields } from '../../src/calls/erased-fields.ts';
import { createLineSpool } from '../../src/calls/line-spool.ts';
import { startHookReceiver } from '../helpers/hook-receiver.ts';
import { silent } from '../helpers/store.ts';
import { isStored, startRecordingSite } from '../recordings/recording-site.ts';
import { turnOf } from './journal-site.ts';

const site = await startRecordingSite(top, { HOOKS_ALLOW_PRIVATE: 'true' });
const { token } = site;
const { calls, journal, events, transcripts } = site.app.callRecords;
const store = site.app.store.connection;
const phone = '+13125550142';
const secretWords = 'My birthday is the fourth of July';

/** An ended call with everything that is kept of one. */
async function fullCall(to = phone) {
  const verdict = {
    allowed: true,
    subject: { to, contentClass: null },
    rules: [{ rule: 'form', evidence: { told: `dial ${to}`, digits: [to.slice(1)] } }],
    at: new Date(),
  };
  const call = await site.endedCall({
    to,
    verdict,
    contactName: 'Ada Example',
    variables: { caller_name: 'Ada' },
    durationSeconds: 61,
    summary: 'Ada wants a call back',
    requestHash: 'abc',
  });
  const id = call._id.toHexString();
  const copy = site.carrier.add(call.sid!);
  await site.tell(call, copy);
  await site.recordings(call, isStored);
  journal.turn(id, 0, turnOf(secretWords));
  journal.event(id, 'agent.ready', 'bridge', { words: secretWords });
  await journal.written(id);
  return { call, id, copy };
}
const erase = (id: string) => site.call('DELETE', `/api/calls/${id}/record`, { token });
const everything = async () => {
  const all: Record<string, unknown[]> = {};
  for (const { name } of await store.db!.listCollections().toArray())
    if (!['jobs', 'sessions', 'users'].includes(name))
      all[name] = await store
        .db!.collection(name)
        .find({ _id: { $gte: new Types.ObjectId('0'.repeat(24)) } })
        .toArray();
  return JSON.stringify(all);
};

test('erasing a call removes words, sound and name, and keeps the evidence and the figures', async t => {
  const receiver = await startHookReceiver(t);
  const hook = await site.call('POST', '/api/hooks', {
    token,
    body: { url: receiver.url, events: ['call.ended', 'transcript.ready', 'recording.ready'] },
  });
  const { call, id, copy } = await fullCall();
  site.app.operations.events.publish('calls.ended', { call: calls.toApi(call) });
  const told = await receiver.count(3);
  t.same(told.map(({ body }) => body.type).sort(), ['call.ended', 'recording.ready', 'transcript.ready']);
  t.match(told.find(({ body }) => body.type === 'transcript.ready')!.body.data, {
    callId: id,
    turns: 1,
    url: `https://calls.example.com/api/calls/${id}/transcript`,
  });
  t.notMatch(JSON.stringify(told.map(({ body }) => body)), secretWords, 'words are fetched, not sent');
  const receipt = {
    source: 'elevenlabs',
    key: 'k1',
    type: 'x',
    callId: call._id,
    expiresAt: new Date(Date.now() + 1e6),
  };
  await store.db!.collection('webhookReceipts').insertOne({ ...receipt, body: { said: secretWords } });

  const answer = await erase(id);
  t.equal(answer.status, 200, JSON.stringify(answer.body));
  t.match(answer.body, { complete: true, removed: { transcripts: 1, recordings: 1, messages: 3, webhooks: 1 } });
  t.ok(answer.body.removed.events >= 2);

  const { body } = await site.call('GET', `/api/calls/${id}`, { token });
  t.match(body.call, {
    status: 'completed',
    outcome: 'conversation',
    durationSeconds: 61,
    recording: 'erased',
    contactName: null,
    summary: null,
    variables: {},
    to: /^hmac-sha256:[0-9a-f]{64}$/,
    from: '+12125550100',
    verdict: { allowed: true, rules: [{ rule: 'form' }] },
  });
  t.ok(body.call.erasedAt);
  t.equal(body.call.verdict.subject.to, body.call.to, 'the evidence names the same keyed hash');
  const left = await everything();
  for (const word of [secretWords, 'Ada', phone, phone.slice(1), phone.slice(1).split('').reverse().join('')])
    t.notOk(left.includes(word), `nothing in the store says ${word}`);
  const folder = join(site.app.operations.config.DATA_DIR, 'files', 'recordings');
  t.same(
    (await readdir(folder, { recursive: true, withFileTypes: true })).filter(each => each.isFile()),
    [],
  );
  t.match((await site.call('GET', `/api/calls/${id}/transcript`, { token })).body, { turns: [] });
  t.same((await site.call('GET', `/api/calls/${id}/events`, { token })).body.items, []);
  t.match((await site.recordings(call))[0], { state: 'erased', hash: null });
  t.same((await site.call('GET', '/api/calls?text=birthday', { token })).body.items, []);
  t.same((await site.call('GET', '/api/calls?number=0142', { token })).body.items, []);
  await site.eventually(() => copy.status === 'deleted', 'the carrier’s copy is gone');
  const audit = await site.call('GET', '/api/audit?action=call.erase', { token });
  t.match(audit.body.items, [{ target: { type: 'call', id } }]);

  t.match((await erase(id)).body, { complete: true, call: { erasedAt: body.call.erasedAt } }, 'again is the same');
  await site.call('DELETE', `/api/hooks/${hook.body.hook.id}`, { token });
});

test('what arrives after a call was erased is not written', async t => {
  const { call, id, copy } = await fullCall('+13125550143');
  await erase(id);
  journal.turn(id, 1, turnOf(secretWords));
  journal.event(id, 'late', 'bridge', {});
  journal.note(id, { conversationId: 'conv_late' });
  await journal.written(id);
  t.equal(await transcripts.ofCall(id), null);
  for await (const event of events.ofCall(id)) t.fail(`${event.type} was written`);
  t.equal((await calls.findById(id))!.conversationId, null);
  const late = site.carrier.add(call.sid!);
  t.equal(await site.tell(call, late), 204);
  await site.eventually(() => late.status === 'deleted' && copy.status === 'deleted', 'nothing stays at the carrier');
  t.match(
    (await site.recordings(call)).map(({ state }) => state),
    ['erased', 'erased'],
  );
});

test('a call that goes on, or is being concluded, is not erased', async t => {
  const live = await site.endedCall({ to: '+13125550144', state: 'in-progress', endedAt: null, outcome: null });
  t.match(await erase(live._id.toHexString()), { status: 409, body: { error: { code: 'CALL_NOT_ENDED' } } });
  const fresh = await site.endedCall({ to: '+13125550145', outcome: null });
  t.match(await erase(fresh._id.toHexString()), { status: 409, body: { error: { code: 'CALL_NOT_ENDED' } } });
  t.equal((await calls.findById(fresh._id))!.erasedAt, null);
  t.equal((await erase('6740a1b2c3d4e5f60718293a')).status, 404);
});

test('only administrators erase', async t => {
  const call = await site.endedCall({ to: '+13125550146' });
  const scopes = ['calls:read', 'calls:end', 'recordings:listen'];
  const key = await site.call('POST', '/api/api-keys', { token, body: { name: 'k', scopes } });
  const answer = await site.call('DELETE', `/api/calls/${call.sid}/record`, { token: key.body.secret });
  t.match(answer, { status: 403, body: { error: { details: { permission: 'calls:erase' } } } });
});

test('what a crash or an outage left undone is done later', async t => {
  const { call, id } = await fullCall('+13125550147');
  const { remove } = site.app.files;
  site.app.files.remove = () => Promise.reject(new Error('away'));
  const partly = await erase(id);
  t.match(partly, { status: 202, body: { complete: false, call: { recording: 'erased' } } });
  t.equal(await transcripts.ofCall(id), null, 'the other parts did not wait for it');
  t.equal((await calls.findById(id))!.erasure, 'pending');
  site.app.files.remove = remove;
  const { items } = await site.app.jobs.list({ name: 'calls.erase', limit: 50 });
  const job = items.find(({ payload }) => (payload as { callId?: string }).callId === id)!;
  t.ok(job, 'a job was promised before anything was erased');
  await store.collection('jobs').updateOne({ _id: new Types.ObjectId(job.id) }, { $set: { dueAt: new Date() } });
  await site.eventually(async () => (await calls.findById(id))?.erasure === 'done', 'the job finishes it');
  t.match((await site.recordings(call))[0], { state: 'erased' });
});

test('the person’s number is replaced wherever it stands, and ours is not', async t => {
  const call = {
    direction: 'inbound',
    from: phone,
    to: '+12125550100',
    verdict: { deep: [{ said: `call ${phone} or 13125550142`, at: new Date(5) }], ours: '+12125550100' },
    cause: null,
    policy: { amd: { mode: 'detect', onMachine: 'leave-message', message: 'Hello Ada' }, record: true },
    conversations: [{ id: 'c', title: 'Ada', summary: 'Ada', criteria: [1], collected: [2], amount: '0.12' }],
    analysis: { title: 'Ada', success: 'success', criteria: [1], collected: [1], language: 'en' },
    recording: 'off',
  };
  t.match(erasedFields(call as never, new Date(), 'hmac-sha256:x'), {
    from: 'hmac-sha256:x',
    verdict: { deep: [{ said: 'call hmac-sha256:x or hmac-sha256:x', at: new Date(5) }], ours: '+12125550100' },
    policy: { amd: { mode: 'detect', message: undefined } },
    conversations: [{ title: null, summary: null, criteria: [], collected: [], amount: '0.12' }],
    analysis: { title: null, success: 'success', collected: [] },
    recording: 'off',
  });
  t.notOk('to' in erasedFields(call as never, new Date(), 'hmac-sha256:x'));
  t.equal(erasedFields({ ...call, from: 'anonymous' } as never, new Date(), null).from, 'anonymous');
});

test('what the carrier told of a call and still waits on the disk comes first, and is erased with the rest', async t => {
  const { call, id } = await fullCall();
  const root = join(site.app.operations.config.DATA_DIR, 'spool', 'callbacks');
  const spool = createLineSpool({
    folder: root,
    processId: 'dead',
    sealer: site.app.sealer,
    context: 'carrierCallbacks/spool',
    logger: silent,
  });
  const form = { CallSid: call.sid, StreamEvent: 'stream-error', StreamError: secretWords };
  await spool.append(JSON.stringify({ kind: 'stream', callId: id, form, at: new Date() }));
  await spool.close();
  // Its process is no more.
  const { pid } = spawnSync(process.execPath, ['--version']);
  for (const name of await readdir(root)) {
    const path = join(root, name, 'owner.json');
    const owner = JSON.parse(await readFile(path, 'utf8'));
    if (owner.pid === process.pid) await writeFile(path, JSON.stringify({ ...owner, pid }));
  }
  const written = t.capture(events, 'appendAll', events.appendAll.bind(events));
  const answer = await erase(id);
  t.equal(answer.status, 200, JSON.stringify(answer.body));
  t.equal(answer.body.complete, true);
  t.ok(
    written().some(({ args: [batch] }) => batch.some(({ type }) => type === 'stream.error')),
    'it was brought to the store',
  );
  t.same(
    (await readdir(root, { recursive: true, withFileTypes: true })).filter(({ name }) => name.endsWith('.jsonl')),
    [],
    'nothing of it is left on the disk',
  );
  t.same((await site.call('GET', `/api/calls/${id}/events`, { token })).body.items, []);
  t.notOk((await everything()).includes(secretWords));
});
