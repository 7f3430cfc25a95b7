import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test, default as top } from 'tap';
import { tone } from '../helpers/recording-carrier.ts';
import { isStored, startRecordingSite } from './recording-site.ts';

const key = Buffer.alloc(32, 9).toString('base64');

const [sealed, deleting] = await Promise.all([
  startRecordingSite(top, { ENCRYPTION_KEY: key }),
  startRecordingSite(top, { DELETE_CARRIER_RECORDINGS: 'true' }),
]);

test('from the carrier’s callback to a sealed recording that is played by range', async t => {
  const site = sealed;
  const call = await site.endedCall();
  const file = tone(40);
  const copy = site.carrier.add(call.sid!, { file, duration: 40 });
  const startMs = Date.parse(copy.startTime) - call.answeredAt!.getTime();
  t.equal(await site.tell(call, copy), 204);
  t.equal(await site.tell(call, copy), 204, 'a doubled callback is taken');
  const [recording] = await site.recordings(call, isStored);
  t.match(recording, {
    state: 'stored',
    channels: 2,
    durationSeconds: 40,
    startMs,
    bytes: file.length,
    hash: createHash('sha256').update(file).digest('hex'),
    problem: null,
    downloadCount: 0,
  });
  await site.eventually(async () => {
    const { body } = await site.call('GET', `/api/calls/${call.sid}`, { token: site.token });
    return body.call.recording === 'stored' && body.call.recordingInfo.startMs === startMs;
  }, 'what the call says of its recording');

  const folder = join(site.app.operations.config.DATA_DIR, 'files', 'recordings');
  const kept = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(each => each.isFile());
  t.equal(kept.length, 1, 'one callback too many fetches nothing twice');
  t.notMatch(kept[0]!.name, call.sid!.slice(2, 10), 'its name tells nothing');

  const hear = (headers: Record<string, string> = {}, method = 'GET', query = '') =>
    fetch(`${site.url}/api/recordings/${recording.id}${query}`, {
      method,
      headers: { authorization: `Bearer ${site.token}`, ...headers },
    });
  const bytes = async (response: Response) => Buffer.from(await response.arrayBuffer());

  const whole = await hear();
  t.equal(whole.status, 200);
  t.equal(whole.headers.get('content-type'), 'audio/wav');
  t.equal(whole.headers.get('accept-ranges'), 'bytes');
  t.match(whole.headers.get('cache-control'), /no-store/);
  t.ok(file.equals(await bytes(whole)));
  const etag = whole.headers.get('etag')!;

  for (const [range, start, end] of [
    ['bytes=0-43', 0, 43],
    ['bytes=65530-65545', 65_530, 65_545],
    ['bytes=-500', file.length - 500, file.length - 1],
    [`bytes=${file.length - 10}-`, file.length - 10, file.length - 1],
    [`bytes=500000-${file.length * 2}`, 500_000, file.length - 1],
  ] as const) {
    const part = await hear({ range });
    t.equal(part.status, 206, range);
    t.equal(part.headers.get('content-range'), `bytes ${start}-${end}/${file.length}`);
    t.equal(part.headers.get('content-length'), String(end - start + 1));
    t.ok(file.subarray(start, end + 1).equals(await bytes(part)), `${range} has the right bytes`);
  }
  t.equal((await hear({ range: 'bytes=0-9', 'if-range': etag })).status, 206);
  t.equal((await hear({ range: 'bytes=0-9', 'if-range': '"another"' })).status, 200);
  const beyond = await hear({ range: `bytes=${file.length}-` });
  t.equal(beyond.status, 416);
  t.equal(beyond.headers.get('content-range'), `bytes */${file.length}`);
  const head = await hear({}, 'HEAD');
  t.equal(head.status, 200);
  t.equal(head.headers.get('content-length'), String(file.length));
  t.equal((await bytes(head)).length, 0);
  const saved = await hear({}, 'GET', '?download=true');
  t.match(saved.headers.get('content-disposition'), /^attachment; filename="recording-[0-9a-f]{24}\.wav"$/);
  await saved.body?.cancel();

  const [after] = await site.recordings(call);
  t.equal(after.downloadCount, 1, 'all of that was one hearing');
  const audit = await site.call('GET', '/api/audit?action=recording.listen', { token: site.token });
  t.match(audit.body.items, [{ target: { type: 'recording', id: recording.id } }]);
  t.equal(audit.body.items.length, 1);
});

test('a link lets a player hear one recording, for a while, and says nothing about anybody', async t => {
  const site = sealed;
  const call = await site.endedCall();
  const copy = site.carrier.add(call.sid!);
  await site.tell(call, copy);
  const [{ id }] = await site.recordings(call, isStored);
  const made = await site.call('POST', `/api/recordings/${id}/link`, { token: site.token, body: { seconds: 60 } });
  t.equal(made.status, 201);
  t.ok(made.body.url.startsWith('https://calls.example.com/api/recordings/'), 'as clients reach us');
  t.equal(
    (await site.call('POST', `/api/recordings/${id}/link`, { token: site.token })).status,
    201,
    'no body, no wishes',
  );
  t.ok(Date.parse(made.body.expiresAt) <= Date.now() + 60_000);
  t.notMatch(made.body.url, new RegExp(`${call.sid}|${copy.sid}|${site.admin.email}|\\+1`));
  const local = made.body.url.replace('https://calls.example.com', site.url);
  for (const range of ['bytes=0-99', 'bytes=100-199']) {
    const part = await fetch(local, { headers: { range } });
    t.equal(part.status, 206);
    t.equal((await part.arrayBuffer()).byteLength, 100);
  }
  const [{ downloadCount }] = await site.recordings(call);
  t.equal(downloadCount, 1, 'a player’s many requests are one hearing');
  const plays = await site.call('GET', '/api/audit?action=recording.play', { token: site.token });
  const links = await site.call('GET', '/api/audit?action=recording.link', { token: site.token });
  t.equal(plays.body.items.length, 1);
  t.equal(
    plays.body.items[0].actor.id,
    links.body.items[1].after.link,
    'the log ties the hearing to whoever made the link',
  );

  const changed = async (change: (url: URL) => void) => {
    const url = new URL(local);
    change(url);
    const response = await fetch(url);
    return [response.status, ((await response.json()) as { error: { code: string } }).error.code];
  };
  t.same(await changed(url => url.searchParams.set('until', '9999999999')), [403, 'LINK_INVALID']);
  t.same(await changed(url => url.searchParams.set('link', 'AAAAAAAAAAAA')), [403, 'LINK_INVALID']);
  const other = id.replace(/.$/, (digit: string) => (digit === '0' ? '1' : '0'));
  t.same(
    await changed(url => {
      url.pathname = url.pathname.replace(id, other);
    }),
    [403, 'LINK_INVALID'],
  );
  t.equal(
    (await site.call('POST', `/api/recordings/${id}/link`, { token: site.token, body: { seconds: 901 } })).status,
    400,
  );
  t.equal((await site.call('GET', `/api/recordings/${id}`)).status, 401);
});

test('what a player draws comes without the sound, is worked out once, and goes with the recording', async t => {
  const site = sealed;
  const call = await site.endedCall();
  await site.tell(call, site.carrier.add(call.sid!));
  const [{ id, durationSeconds }] = await site.recordings(call, isStored);
  const files = async () => {
    const keys: string[] = [];
    for await (const key of site.app.files.keys('recordings')) keys.push(key);
    return keys.sort();
  };
  const before = await files();
  const drawn = () => site.call('GET', `/api/recordings/${id}/peaks`, { token: site.token });
  const [first, atOnce] = await Promise.all([drawn(), drawn()]);
  t.equal(first.status, 200);
  t.match(first.headers.get('cache-control'), /no-store/);
  t.match(first.body, { durationMs: durationSeconds * 1_000, msPerPoint: 20 });
  t.same(
    first.body.channels.map((points: number[]) => points.length),
    [100, 100],
    'a point for each 20 ms of both sides',
  );
  t.ok(first.body.channels[0].every((level: number) => level > 200));
  t.same(atOnce.body, first.body);
  const made = (await files()).filter(key => !before.includes(key));
  t.match(made, [/\.peaks$/]);
  t.same((await drawn()).body, first.body, 'as it was kept');
  t.equal((await site.recordings(call))[0].downloadCount, 0, 'to look at it is not to hear it');
  t.equal((await site.call('GET', `/api/recordings/${id}/peaks`)).status, 401);

  const erased = await site.call('DELETE', `/api/calls/${call.sid}/record`, { token: site.token });
  t.ok([200, 202].includes(erased.status));
  t.match(await drawn(), { status: 410, body: { error: { code: 'RECORDING_GONE' } } });
  t.notOk((await files()).includes(made[0]!), 'erased with its recording');
  t.match(await site.call('GET', `/api/recordings/${'f'.repeat(24)}/peaks`, { token: site.token }), { status: 404 });
});

test('whoever may read calls may not hear them', async t => {
  const site = sealed;
  const call = await site.endedCall();
  const copy = site.carrier.add(call.sid!);
  await site.tell(call, copy);
  const [{ id }] = await site.recordings(call, isStored);
  const made = await site.call('POST', '/api/api-keys', {
    token: site.token,
    body: { name: 'reader', scopes: ['calls:read'] },
  });
  const token = made.body.secret;
  t.equal((await site.call('GET', `/api/calls/${call.sid}/recordings`, { token })).status, 200);
  t.match(await site.call('GET', `/api/recordings/${id}`, { token }), { status: 403 });
  t.equal((await site.call('GET', `/api/recordings/${id}/peaks`, { token })).status, 403);
  t.equal((await site.call('POST', `/api/recordings/${id}/link`, { token })).status, 403);
  t.equal((await site.call('POST', '/api/admin/recordings/cleanup', { token })).status, 403);
});

test('a recording that is not there says why', async t => {
  const site = sealed;
  const absent = await site.endedCall();
  await site.tell(absent, site.carrier.add(absent.sid!, { status: 'absent' }), 'absent');
  const [nothing] = await site.recordings(absent, ({ state }) => state === 'absent');
  t.match(nothing.problem, { code: 'RECORDING_ABSENT' });
  const answer = await site.call('GET', `/api/recordings/${nothing.id}`, { token: site.token });
  t.match(answer, { status: 404, body: { error: { code: 'RECORDING_ABSENT' } } });
  const undrawn = await site.call('GET', `/api/recordings/${nothing.id}/peaks`, { token: site.token });
  t.match(undrawn, { status: 404, body: { error: { code: 'RECORDING_ABSENT' } } });

  const gone = await site.endedCall({ to: '+13125550143' });
  await site.tell(gone, site.carrier.add(gone.sid!, { status: 'deleted' }));
  const [lost] = await site.recordings(gone, ({ state }) => state === 'failed');
  t.match(lost.problem, { code: 'RECORDING_GONE' });
  await site.eventually(async () => {
    const { body } = await site.call('GET', `/api/calls/${gone.sid}`, { token: site.token });
    return body.call.recording === 'failed' && body.call.recordingInfo.problem.code === 'RECORDING_GONE';
  }, 'the call says it too');

  const mono = await site.endedCall({ to: '+13125550144' });
  await site.tell(mono, site.carrier.add(mono.sid!, { channels: 1 }));
  const [both] = await site.recordings(mono, isStored);
  t.match(both, { channels: 1, problem: { code: 'RECORDING_MONO' } });
  const off = await site.endedCall({ to: '+13125550145', recording: 'off' });
  t.same((await site.call('GET', `/api/calls/${off.sid}/recordings`, { token: site.token })).body.items, []);
  t.equal((await site.call('GET', `/api/calls/${off.sid}`, { token: site.token })).body.call.recording, 'off');
});

test('other systems are told that a recording is there, and the carrier’s copy goes when that is wanted', async t => {
  const site = deleting;
  const told: unknown[] = [];
  Object.assign(site.app.announcements, { announce: async (...what: unknown[]) => void told.push(what) });
  const call = await site.endedCall();
  const copy = site.carrier.add(call.sid!);
  await site.tell(call, copy);
  const [{ id }] = await site.recordings(call, isStored);
  await site.eventually(() => copy.status === 'deleted', 'the copy is deleted');
  t.match(told, [
    [
      'recording.ready',
      `recording.ready:${id}`,
      `call:${call._id}`,
      { callSid: call.sid, recording: { id, state: 'stored' } },
    ],
  ]);
});

test('what was kept long enough goes: first it is said how much, then it is done', async t => {
  const site = sealed;
  const call = await site.endedCall();
  const copy = site.carrier.add(call.sid!);
  await site.tell(call, copy);
  const [{ id, bytes }] = await site.recordings(call, isStored);
  const cleanUp = (body: unknown) => site.call('POST', '/api/admin/recordings/cleanup', { token: site.token, body });
  t.equal((await site.call('POST', '/api/admin/recordings/cleanup', { token: site.token })).status, 200);
  t.match(await cleanUp({}), { status: 200, body: { dryRun: true, recordings: 0, transcripts: 0 } });

  t.equal((await site.call('GET', `/api/recordings/${id}/peaks`, { token: site.token })).status, 200);
  let others = -2;
  for await (const _ of site.app.files.keys('recordings')) others += 1;
  const long = new Date(Date.now() - 31 * 24 * 3_600_000);
  const age = (collection: string) =>
    site.app.store.connection.collection(collection).updateMany({ callId: call._id }, { $set: { createdAt: long } });
  site.app.callRecords.journal.turn(call._id.toHexString(), 0, {
    role: 'caller',
    text: 'Hello?',
    startMs: 0,
    endMs: 500,
    interrupted: false,
  });
  await site.app.callRecords.journal.written(call._id.toHexString());
  await age('recordings');
  await age('transcripts');
  t.match(await cleanUp({ dryRun: true }), { status: 200, body: { recordings: 1, bytes, transcripts: 1 } });
  t.equal((await site.recordings(call))[0].state, 'stored', 'a dry run changes nothing');
  t.equal((await cleanUp({ dryRun: false })).status, 202);
  await site.recordings(call, ({ state }) => state === 'expired');
  await site.eventually(async () => {
    const found = [];
    for await (const each of site.app.files.keys('recordings')) found.push(each);
    const { body } = await site.call('GET', `/api/calls/${call.sid}/transcript`, { token: site.token });
    return found.length === others && body.turns.length === 0;
  }, 'sound, peaks and words are gone');
  t.match(await site.call('GET', `/api/recordings/${id}`, { token: site.token }), { status: 410 });
  await site.eventually(async () => {
    const { body } = await site.call('GET', `/api/calls/${call.sid}`, { token: site.token });
    return body.call.recording === 'expired';
  }, 'the call says so');
  t.equal(copy.status, 'completed', 'the carrier keeps its own as long as its owner wants');
});
