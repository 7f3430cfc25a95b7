import t from 'tap';
import { describeSignInError } from '../../frontend/src/features/session/sign-in-error.ts';
import {
  ApiError,
  namesField,
  networkError,
  parseApiError,
  parseRetryAfter,
} from '../../frontend/src/lib/api-error.ts';
import { describeError } from '../../frontend/src/lib/describe-error.ts';
import { repeatDelayMs, shouldRepeatRead } from '../../frontend/src/lib/retry.ts';

const failed = (status: number, more: Partial<ConstructorParameters<typeof ApiError>[0]> = {}) =>
  new ApiError({ status, code: 'SOME', message: 'Some sentence', ...more });

t.test('the one error shape is read whole', t => {
  const body = { error: { code: 'CONFLICT', message: 'Taken.', details: [{ field: 'email' }], requestId: 'r-1' } };
  const error = parseApiError(409, body, new Headers());
  t.match(error, { status: 409, code: 'CONFLICT', message: 'Taken.', requestId: 'r-1' });
  t.ok(namesField(error, 'email'));
  t.notOk(namesField(error, 'role'));
  t.end();
});

t.test('whatever else answers still becomes an error with a code', t => {
  for (const body of [null, 'text', 17, {}, { error: 'bad' }, { error: { code: 5 } }, []]) {
    t.match(parseApiError(502, body, new Headers({ 'x-request-id': 'r-2' })), { code: 'HTTP_502', requestId: 'r-2' });
  }
  t.end();
});

t.test('Retry-After is a number of seconds or a date', t => {
  const now = Date.parse('2026-11-21T10:00:00Z');
  const cases: [string | null, number | undefined][] = [
    [null, undefined],
    ['', undefined],
    ['soon', undefined],
    ['230', 230],
    ['-4', 0],
    ['Sat, 21 Nov 2026 10:00:30 GMT', 30],
    ['Sat, 21 Nov 2026 09:00:00 GMT', 0],
  ];
  for (const [value, seconds] of cases) t.equal(parseRetryAfter(value, now), seconds, String(value));
  t.end();
});

t.test('reads are repeated three times after silence, overload and server faults, never after a plain answer', t => {
  t.ok(shouldRepeatRead(0, networkError(null)));
  t.ok(shouldRepeatRead(2, failed(503)));
  t.notOk(shouldRepeatRead(3, failed(503)), 'not a fourth time');
  t.ok(shouldRepeatRead(0, failed(429, { retryAfterSeconds: 5 })));
  t.notOk(shouldRepeatRead(0, failed(429, { retryAfterSeconds: 300 })), 'not after a wait nobody sits through');
  for (const status of [400, 401, 403, 404, 409]) t.notOk(shouldRepeatRead(0, failed(status)), String(status));
  t.notOk(shouldRepeatRead(0, new TypeError('a bug of ours')));
  t.end();
});

t.test('the pause doubles, is spread, and yields to the server', t => {
  t.equal(repeatDelayMs(0, failed(503), 0.5), 500);
  t.equal(repeatDelayMs(2, failed(503), 0.5), 2_000);
  t.equal(repeatDelayMs(9, failed(503), 0.5), 8_000, 'and is bounded');
  t.ok(repeatDelayMs(1, failed(503), 0) < repeatDelayMs(1, failed(503), 1));
  t.equal(repeatDelayMs(0, failed(429, { retryAfterSeconds: 7 }), 0), 7_000);
  t.end();
});

t.test('every failure says what it means and what to do, with the request id kept for Details', t => {
  for (const status of [0, 400, 401, 403, 404, 409, 429, 500, 502, 503]) {
    const { meaning, remedy } = describeError(failed(status, { requestId: 'r-3' }));
    t.match(meaning, /\.$/, `${status} has a meaning`);
    t.match(remedy, /\.$/, `${status} has a remedy`);
  }
  t.equal(describeError(failed(409, { requestId: 'r-3' })).requestId, 'r-3');
  t.match(describeError(failed(409, { message: 'This e-mail is taken' })).meaning, 'This e-mail is taken.');
  t.match(describeError(failed(429, { retryAfterSeconds: 61 })).remedy, 'Try again in 2 minutes.');
  t.match(describeError(new TypeError('x is undefined')), { detail: 'x is undefined' });
  t.end();
});

t.test('a refused sign-in says the wait in words and never which field was wrong', t => {
  t.equal(describeSignInError(failed(401)), 'E-mail and password do not match.');
  t.equal(describeSignInError(failed(400)), 'E-mail and password do not match.');
  t.equal(describeSignInError(failed(429, { retryAfterSeconds: 230 })), 'Too many tries. Wait 4 minutes.');
  t.match(describeSignInError(networkError(null)), /does not answer/);
  t.match(describeSignInError(failed(500)), /could not check/);
  t.end();
});
