import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Types } from 'mongoose';
import { type Test, test } from 'tap';
import type { RecordedCall, RecordingMove } from '../../src/calls/calls.types.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { createRecordingDesk } from '../../src/recordings/recording-desk.ts';
import { createRecordingFetch } from '../../src/recordings/recording-fetch.ts';
import { createRecordingRemoval } from '../../src/recordings/recording-removal.ts';
import { RecordingRepository } from '../../src/recordings/recording-repository.ts';
import type { FileStorage } from '../../src/store/file-storage.ts';
import { LocalFiles } from '../../src/store/local-files.ts';
import { S3Client } from '../../src/store/s3-client.ts';
import { S3Files } from '../../src/store/s3-files.ts';
import { createSealer } from '../../src/store/seal.ts';
import { createTwilioCarrier } from '../../src/telephony/twilio-carrier.ts';
import { startRecordingCarrier, tone } from '../helpers/recording-carrier.ts';
import { startS3Fake } from '../helpers/s3-fake.ts';
import { emptyDisk, fillDisk, smallDisk } from '../helpers/small-disk.ts';
import { silent, startTestStore } from '../helpers/store.ts';

const account = { accessKeyId: 'AKINVENTED', secretAccessKey: 'invented', region: 'auto', bucket: 'calls' }; // allow-secret: invented

interface SiteOptions {
  /** Puts something between recordings and their files. */
  readonly around?: (files: FileStorage) => FileStorage;
  readonly s3?: boolean;
  /** Where files go; a folder of its own unless given. */
  readonly disk?: string;
}

/** Fetching alone: a real store, real files, the real client of a carrier; calls are a table. */
async function start(t: Test, { around = files => files, s3 = false, disk }: SiteOptions = {}) {
  const store = await startTestStore(t);
  await store.ensureIndexes();
  const recordings = new RecordingRepository(store);
  await recordings.ensureIndexes();
  const folder = disk ?? (await mkdtemp(join(tmpdir(), 'parley-recordings-')));
  if (!disk) t.teardown(() => rm(folder, { recursive: true, force: true }));
  const copies = await startRecordingCarrier(t);
  const metrics = createMetrics();
  const carrier = createTwilioCarrier({
    accountSid: copies.accountSid,
    authToken: copies.authToken,
    apiBaseUrl: copies.url,
    metrics,
    timeoutMs: 2_000,
  });
  t.teardown(async () => {
    await carrier.close();
    metrics.stop();
  });
  const sealer = createSealer([Buffer.alloc(32, 3)]);
  const bucket = s3 ? await startS3Fake(t, account) : undefined;
  const client = bucket && new S3Client({ ...account, endpoint: bucket.endpoint, retryDelays: [1] });
  if (client) t.teardown(() => client.close());
  const files = around(
    client ? new S3Files({ client, sealer, cacheRoot: folder, cacheBytes: 1e9 }) : new LocalFiles(folder, sealer),
  );

  const callId = new Types.ObjectId();
  const callSid = `CA${'0'.repeat(31)}1`;
  const call: { -readonly [K in keyof RecordedCall]: RecordedCall[K] } = {
    id: callId.toHexString(),
    sid: callSid,
    answeredAt: new Date(),
    endedAt: new Date(),
    erasedAt: null,
  };
  const moves: RecordingMove[] = [];
  const calls = {
    find: async (id: string) => (id === call.id ? call : null),
    move: async (_: string, move: RecordingMove) => void moves.push(move) === undefined,
  };
  const announced: string[] = [];
  const deleted: string[] = [];
  const removal = createRecordingRemoval({
    recordings,
    calls,
    files,
    logger: silent,
    expireAtCarrier: false,
    deleteAtCarrier: async id => void deleted.push(id),
  });
  const wanted: string[] = [];
  const desk = createRecordingDesk({
    recordings,
    calls,
    carrier,
    removal,
    logger: silent,
    now: () => new Date(),
    fetchLater: async id => void wanted.push(id),
  });
  const fetch = createRecordingFetch({
    recordings,
    calls,
    carrier,
    files,
    logger: silent,
    announce: async recording => void announced.push(recording.sid),
    erase: async recording => void (await removal.erase(recording)),
  });
  const kept = async () => {
    const found: string[] = [];
    for await (const key of files.keys('recordings')) found.push(key);
    return found;
  };
  const add = (...fields: Parameters<typeof copies.add> extends [string, ...infer R] ? R : never) =>
    copies.add(callSid, ...fields);
  /** The carrier reports a finished recording; answers with our id of it. */
  const report = async (sid: string): Promise<string> => {
    const { channels, duration, startTime } = copies.copies.get(sid)!;
    const startedAt = new Date(startTime);
    const facts = { channels, durationSeconds: duration, startedAt, errorCode: null };
    await desk.reported({ callId: call.id, sid, status: 'completed', ...facts });
    return (await recordings.findBySid(sid))!._id.toHexString();
  };
  const tries = (id: string, number = 1, last = false, signal = new AbortController().signal) =>
    fetch(id, { number, last, signal });
  return {
    recordings,
    files,
    folder,
    copies,
    add,
    bucket,
    call,
    moves,
    announced,
    deleted,
    wanted,
    desk,
    removal,
    report,
    tries,
    kept,
  };
}

test('a download cut in half keeps nothing, says so, and is had whole the next time', async t => {
  const site = await start(t);
  const { sid, file } = site.add();
  const id = await site.report(sid);
  site.copies.media.push((response, copy) => {
    response.writeHead(200, { 'content-type': 'audio/x-wav', 'content-length': copy.file.length });
    response.write(copy.file.subarray(0, copy.file.length / 2), () => response.destroy());
  });
  await t.rejects(site.tries(id), { code: 'RECORDING_DAMAGED' });
  // Sent in pieces of unknown length, an end is an end: only the file itself tells that it is not whole.
  site.copies.media.push((response, copy) => response.writeHead(200).end(copy.file.subarray(0, copy.file.length / 2)));
  await t.rejects(site.tries(id, 2), { code: 'RECORDING_DAMAGED', message: /bytes/ });
  t.same(await site.kept(), []);
  t.match(await site.recordings.findById(id), { state: 'announced', problem: { code: 'RECORDING_DAMAGED' } });
  t.equal(await site.tries(id, 3), 'stored');
  t.match(await site.recordings.findById(id), { state: 'stored', problem: null, bytes: file.length });
});

test('a file that is shorter than the carrier says is asked for again, and kept at last as what there is', async t => {
  const site = await start(t);
  const { sid } = site.add({ duration: 60, file: tone(2) });
  const id = await site.report(sid);
  await t.rejects(site.tries(id), { code: 'RECORDING_DAMAGED' });
  t.equal(await site.tries(id, 24, true), 'stored');
  t.match(await site.recordings.findById(id), { state: 'stored', problem: { code: 'RECORDING_LENGTH' } });
});

test('a carrier that is not ready is asked again; one that deleted it is not', async t => {
  const site = await start(t);
  const slow = site.add({ status: 'processing' });
  const id = await site.report(slow.sid);
  await t.rejects(site.tries(id), { code: 'RECORDING_NOT_READY' });
  slow.status = 'completed';
  site.copies.media.push(response => response.writeHead(404).end('{}'));
  await t.rejects(site.tries(id, 2), { code: 'RECORDING_NOT_READY' });
  site.copies.down = 503;
  await t.rejects(site.tries(id, 3), { code: 'CARRIER_UNAVAILABLE' });
  site.copies.down = null;
  slow.status = 'deleted';
  t.equal(await site.tries(id, 4), 'failed');
  t.match(await site.recordings.findById(id), { state: 'failed', problem: { code: 'RECORDING_GONE' } });
  t.match(site.moves, [{ to: 'failed', info: { problem: { code: 'RECORDING_GONE' } } }]);

  const unknown = site.add();
  const lost = await site.report(unknown.sid);
  site.copies.copies.delete(unknown.sid);
  await t.rejects(site.tries(lost, 1), { code: 'RECORDING_NOT_READY' });
  t.equal(await site.tries(lost, 3), 'failed', 'known to nobody, again and again');
});

test('a redirect to another host gets no credentials of ours', async t => {
  const site = await start(t);
  const other = await startRecordingCarrier(t);
  const { sid } = site.add();
  const id = await site.report(sid);
  const redirect = (response: ServerResponse) =>
    void response.writeHead(307, { location: `${other.url}/elsewhere.wav` }).end();
  site.copies.media.push(redirect, redirect);
  await t.rejects(site.tries(id), { code: 'CARRIER_ANSWER_UNREADABLE' }, 'another host is believed over https alone');
  t.same(other.requests, []);
});

test('a full disk keeps nothing, says what to do, and the next attempt succeeds', async t => {
  let full = true;
  const site = await start(t, {
    around: files =>
      Object.assign(Object.create(files), {
        put: async (...args: Parameters<FileStorage['put']>) => {
          if (full) {
            args[1].destroy();
            throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
          }
          return files.put(...args);
        },
        keys: (prefix: string) => files.keys(prefix),
      }),
  });
  const { sid } = site.add();
  const id = await site.report(sid);
  await t.rejects(site.tries(id), { code: 'STORAGE_FULL', message: /DATA_DIR/ });
  t.match(await site.recordings.findById(id), { state: 'announced', problem: { code: 'STORAGE_FULL' } });
  full = false;
  t.equal(await site.tries(id, 2), 'stored');
});

test('a disk that is full for real: nothing is left of what did not fit, and there is room again', async t => {
  const disk = smallDisk(t, 2);
  if (!disk) return void t.pass('', { skip: 'mounting a small disk takes root; run as root to include it' });
  const site = await start(t, { disk });
  const { sid } = site.add();
  const id = await site.report(sid);
  fillDisk(disk);
  await t.rejects(site.tries(id), { code: 'STORAGE_FULL', message: /DATA_DIR/ });
  t.match(await site.recordings.findById(id), { state: 'announced', problem: { code: 'STORAGE_FULL' } });
  t.same(await site.kept(), []);
  const left = (await readdir(disk, { recursive: true, withFileTypes: true }))
    .filter(each => each.isFile() && !each.name.startsWith('filler-'))
    .map(({ name }) => name);
  t.same(left, [], 'no half file either');
  emptyDisk(disk);
  t.equal(await site.tries(id, 2), 'stored');
  t.equal((await site.kept()).length, 1);
});

test('object storage that refuses is told to people; nothing is said to be there that is not', async t => {
  const site = await start(t, { s3: true });
  const { sid } = site.add();
  const id = await site.report(sid);
  site.bucket!.script.push({ status: 403, code: 'AccessDenied' });
  await t.rejects(site.tries(id), { code: 'STORAGE_REFUSED', message: /read, write, delete/ });
  t.match(await site.recordings.findById(id), { state: 'announced', problem: { code: 'STORAGE_REFUSED' } });
  t.equal(site.bucket!.objects.size, 0);
  t.same(
    (await readdir(site.folder, { recursive: true, withFileTypes: true })).filter(each => each.isFile()),
    [],
  );
  t.equal(await site.tries(id, 2), 'stored');
  const [[key, sealed]] = [...site.bucket!.objects] as [[string, Buffer]];
  t.match(key, /^recordings\/\d{4}\/\d{2}\/[\w-]{20,}\.wav$/);
  t.notMatch(sealed.toString('latin1', 0, 200), /RIFF/, 'sealed before it leaves this machine');
  t.ok(await site.removal.erase((await site.recordings.findById(id))!));
  t.equal(site.bucket!.objects.size, 0);
  t.same(
    (await readdir(site.folder, { recursive: true, withFileTypes: true })).filter(each => each.isFile()),
    [],
  );
});

test('the last failure is said on the recording and on the call, and a replayed job mends it', async t => {
  const site = await start(t);
  const { sid } = site.add();
  const id = await site.report(sid);
  site.copies.down = 500;
  await t.rejects(site.tries(id, 24, true));
  t.match(await site.recordings.findById(id), { state: 'failed' });
  t.match(site.moves, [{ to: 'failed' }]);
  site.copies.down = null;
  t.equal(await site.tries(id), 'stored');
  t.equal(site.moves.at(-1)!.to, 'stored');
});

test('a call erased while its recording downloads leaves nothing behind', async t => {
  const site = await start(t);
  const { sid } = site.add();
  const id = await site.report(sid);
  site.copies.media.push((response, copy) => {
    response.writeHead(200, { 'content-length': copy.file.length });
    response.write(copy.file.subarray(0, 1_000));
    site.call.erasedAt = new Date();
    void site.desk.erase(site.call.id, site.call.sid).then(() => response.end(copy.file.subarray(1_000)));
  });
  t.equal(await site.tries(id), 'removed');
  t.same(await site.kept(), []);
  t.match(await site.recordings.findById(id), { state: 'erased', removing: false, hash: null });
  t.ok(site.deleted.includes(id), 'the carrier is told to delete its copy');
  t.equal(await site.tries(id, 2), 'removed', 'a repeated job brings nothing back');
  t.same(site.announced, []);
});

test('a callback that comes after its call was erased removes what it tells of', async t => {
  const site = await start(t);
  site.call.erasedAt = new Date();
  const { sid } = site.add();
  const id = await site.report(sid);
  t.same(site.wanted, [], 'nothing is fetched');
  t.match(await site.recordings.findById(id), { state: 'erased' });
  t.same(site.deleted, [id]);
});

test('erasing finds what the carrier never told us about, and waits for a carrier that is away', async t => {
  const site = await start(t);
  const { sid } = site.add();
  site.copies.down = 503;
  t.match(await site.desk.erase(site.call.id, site.call.sid), { recordings: 0, complete: false });
  site.copies.down = null;
  t.match(await site.desk.erase(site.call.id, site.call.sid), { recordings: 1, complete: true });
  t.match(await site.recordings.findBySid(sid), { state: 'erased' });
  t.match(await site.desk.erase(site.call.id, site.call.sid), { complete: true }, 'again is the same');
});

test('two processes at one recording store it once', async t => {
  const site = await start(t);
  const { sid } = site.add();
  const id = await site.report(sid);
  t.same(await Promise.all([site.tries(id), site.tries(id)]), ['stored', 'stored']);
  t.equal((await site.kept()).length, 1);
  t.match(await site.recordings.findById(id), { state: 'stored' });
  const read = await site.files.read((await site.kept())[0]!);
  let length = 0;
  for await (const chunk of read) length += chunk.length;
  t.equal(length, tone(2).length);
});

test('while people speak nothing is fetched, and a report out of order changes nothing', async t => {
  const site = await start(t);
  site.call.endedAt = null;
  const { sid } = site.add({ status: 'in-progress' });
  const id = await site.report(sid);
  t.equal(await site.tries(id), 'running');
  site.copies.copies.get(sid)!.status = 'completed';
  t.equal(await site.tries(id), 'stored');
  const facts = { channels: 2, durationSeconds: null, startedAt: null, errorCode: null };
  site.wanted.length = 0;
  await site.desk.reported({ callId: site.call.id, sid, status: 'running', ...facts });
  await site.desk.reported({ callId: site.call.id, sid, status: 'completed', ...facts });
  t.same(site.wanted, [], 'it is here');
  t.match(await site.recordings.findById(id), { state: 'stored', durationSeconds: 2 });
});

test('files that belong to nothing, and those that could not be removed, are swept away', async t => {
  let stuck = true;
  const site = await start(t, {
    around: files =>
      Object.assign(Object.create(files), {
        put: (...args: Parameters<FileStorage['put']>) => files.put(...args),
        keys: (prefix: string) => files.keys(prefix),
        read: (...args: Parameters<FileStorage['read']>) => files.read(...args),
        remove: (key: string) => (stuck ? Promise.reject(new Error('busy')) : files.remove(key)),
      }),
  });
  const first = await site.report(site.add().sid);
  const second = await site.report(site.add().sid);
  await site.tries(first);
  await site.tries(second);
  t.notOk(await site.removal.erase((await site.recordings.findById(first))!), 'its file is still there');
  t.match(await site.recordings.findById(first), { state: 'erased', removing: true });
  const { Readable } = await import('node:stream');
  const { storageKey } = (await site.recordings.findById(second))!;
  const peaksKey = storageKey.replace('.wav', '.peaks');
  for (const key of ['recordings/2026/01/nobodys.wav', 'recordings/2026/01/another.peaks', peaksKey])
    await site.files.put(key, Readable.from([Buffer.from('left by a crash')]));
  stuck = false;
  t.same(await site.removal.sweep(), { left: 1, orphans: 2 });
  t.same((await site.kept()).sort(), [peaksKey, storageKey]);
});
