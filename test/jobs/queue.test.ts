import { test } from 'tap';
import { Type } from 'typebox';
import { AppError } from '../../src/errors.ts';
import { afterFailure, JobCutOff, problemOf } from '../../src/jobs/job-outcome.ts';
import { defineJob, PermanentJobFailure, RetryJobAt } from '../../src/jobs/queue.ts';

const payload = Type.Object(
  { callId: Type.String(), part: Type.Optional(Type.Integer()) },
  { additionalProperties: false },
);
const fetchRecording = defineJob('recordings.fetch', {
  payload,
  maxAttempts: 3,
  backoff: { firstMs: 1_000, longestMs: 10_000 },
});

test('a payload is checked against its schema, and a refusal names the field', async t => {
  t.same(fetchRecording.check({ callId: 'a', part: 2 }), { callId: 'a', part: 2 });
  for (const [wrong, expected] of [
    [{}, /recordings\.fetch.*callId/],
    [{ callId: 7 }, /callId must be string/],
    [{ callId: 'a', part: 1.5 }, /part must be integer/],
    [{ callId: 'a', phone: 'b' }, /phone is not a field of it/],
    [null, /payload/],
    ['text', /payload/],
    [[], /payload|callId/],
  ] as const) {
    t.throws(() => fetchRecording.check(wrong), { code: 'JOB_PAYLOAD_INVALID', message: expected });
  }
});

test('a payload that belongs into a document of its own is refused by its size', async t => {
  const note = defineJob('notes.write', { payload: Type.Object({ text: Type.String() }) });
  t.throws(() => note.check({ text: 'x'.repeat(65_536) }), { code: 'JOB_PAYLOAD_INVALID', message: /at most 65536/ });
});

test('a job type with an unusable name or limit is refused where it is defined', async t => {
  for (const name of ['', 'Recordings', 'a:b', 'a..b', '.a', 'a b', '1a', 'a_b', 'a\n']) {
    t.throws(() => defineJob(name, { payload }), { message: /must look like/ }, JSON.stringify(name));
  }
  t.throws(() => defineJob('a', { payload, maxAttempts: 0 }), { message: /maxAttempts/ });
  t.throws(() => defineJob('a', { payload, concurrency: 1.5 }), { message: /concurrency/ });
  t.throws(() => defineJob('a', { payload, timeLimitMs: Number.NaN }), { message: /timeLimitMs/ });
});

test('what follows from a failed attempt', async t => {
  const now = Date.parse('2026-03-02T10:00:00Z');
  const day = 24 * 60 * 60_000;
  const after = (error: unknown, attempt: number) => afterFailure(fetchRecording, { error, attempt, now, random: 0 });
  for (const [what, outcome, expected] of [
    ['the first failure waits', after(new Error('x'), 1), { kind: 'retry', dueAt: new Date(now + 500) }],
    ['the second waits longer', after(new Error('x'), 2), { kind: 'retry', dueAt: new Date(now + 1_000) }],
    ['the last attempt leaves a dead letter', after(new Error('x'), 3), { kind: 'dead', now: new Date(now) }],
    ['so does one past the last', after(new Error('x'), 9), { kind: 'dead' }],
    ['a permanent failure is not tried again', after(new PermanentJobFailure('gone'), 1), { kind: 'dead' }],
    ['nor is a payload that cannot be read', after(new AppError('JOB_PAYLOAD_INVALID', 'x'), 1), { kind: 'dead' }],
    [
      'the far side names the time',
      after(new RetryJobAt(new Date(now + 7_000), 'busy'), 1),
      { dueAt: new Date(now + 7_000) },
    ],
    ['not a time in the past', after(new RetryJobAt(new Date(now - 7_000), 'busy'), 1), { dueAt: new Date(now) }],
    ['nor one in a year', after(new RetryJobAt(new Date(now + 365 * day), 'busy'), 1), { dueAt: new Date(now + day) }],
    ['nor no time at all', after(new RetryJobAt(new Date('nonsense'), 'busy'), 1), { dueAt: new Date(now + 500) }],
    ['and it is an attempt like others', after(new RetryJobAt(new Date(now + 7_000), 'busy'), 3), { kind: 'dead' }],
  ] as const) {
    t.match(outcome, expected, what);
  }
});

test('what is kept of an error are our own words, never those of others', async t => {
  t.same(problemOf(new AppError('STORE_UNAVAILABLE', 'The store is away')), {
    code: 'STORE_UNAVAILABLE',
    message: 'The store is away',
  });
  t.same(problemOf(new PermanentJobFailure('The recording was erased')).message, 'The recording was erased');
  t.equal(problemOf(new JobCutOff('JOB_TIME_LIMIT', 'No end within 5 ms')).code, 'JOB_TIME_LIMIT');
  const foreign = problemOf(new TypeError('cannot reach https://vendor.example/?key=12345 for +12025550143'));
  t.equal(foreign.code, 'TypeError');
  t.notMatch(foreign.message, /vendor|12345|2025550143/);
  t.equal(problemOf('a text').code, 'string');
  t.equal(problemOf(undefined).code, 'undefined');
});
