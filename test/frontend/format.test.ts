import t from 'tap';
import { markOfStatus } from '../../frontend/src/lib/call-status.ts';
import { codeInWords, nameInWords } from '../../frontend/src/lib/code-words.ts';
import {
  formatBrief,
  formatBytes,
  formatDayOrWhen,
  formatDuration,
  formatMs,
  formatWait,
  formatWhen,
} from '../../frontend/src/lib/format.ts';

t.test('moments are told by the viewer’s day and zone', t => {
  const now = Date.parse('2026-11-21T14:00:00Z');
  const inLondon = { now, locale: 'en-GB', timeZone: 'Europe/London' };
  // Commas differ between releases of the locale data.
  const cases: [string, string | RegExp][] = [
    ['2026-11-21T13:32:00Z', 'today 13:32'],
    ['2026-11-20T23:59:00Z', 'yesterday 23:59'],
    ['2026-11-22T09:00:00Z', 'tomorrow 09:00'],
    ['2026-11-12T09:00:00Z', /^Thu,? 12 Nov,? 09:00$/],
    ['2025-11-12T09:00:00Z', /^12 Nov 2025,? 09:00$/],
  ];
  for (const [at, words] of cases) t.match(formatWhen(Date.parse(at), inLondon), words);
  t.equal(
    formatWhen(Date.parse('2026-11-21T13:32:00Z'), { ...inLondon, timeZone: 'Pacific/Auckland' }),
    'today 02:32',
    'both are the 22nd there',
  );
  t.end();
});

t.test('what was given as a date alone is that date everywhere', t => {
  const now = Date.parse('2026-11-21T14:00:00Z');
  for (const timeZone of ['America/Los_Angeles', 'UTC', 'Pacific/Auckland'])
    t.equal(formatDayOrWhen('2026-11-21T00:00:00.000Z', { now, locale: 'en-GB', timeZone }), '21 Nov 2026', timeZone);
  t.equal(
    formatDayOrWhen('2026-11-21T00:00:01.000Z', { now, locale: 'en-GB', timeZone: 'America/New_York' }),
    'yesterday 19:00',
  );
  t.end();
});

t.test('codes are told in words', t => {
  for (const [code, words] of [
    ['appointment-booked', 'Appointment booked'],
    ['call_again', 'Call again'],
    ['sold', 'Sold'],
    ['Wants a call back', 'Wants a call back'],
    ['2026-11-21', '2026-11-21'],
    ['+13125550142', '+13125550142'],
  ] as const)
    t.equal(codeInWords(code), words);
  t.equal(nameInWords('closeReason'), 'close reason');
  t.equal(nameInWords('tookMs'), 'took');
  t.same(['in-progress', 'ringing', 'initiated', 'queued'].map(markOfStatus), ['running', 'ringing', 'idle', 'idle']);
  t.end();
});

t.test('durations show their two largest units', t => {
  const cases: [number, string][] = [
    [0, '0 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [134, '2 min 14 s'],
    [3_600, '1 h'],
    [11_100, '3 h 5 min'],
    [86_400, '1 d'],
    [352_800, '4 d 2 h'],
    [-5, '0 s'],
  ];
  for (const [seconds, words] of cases) t.equal(formatDuration(seconds), words);
  t.same([380, 2_140, 14_300].map(formatBrief), ['0.4 s', '2.1 s', '14 s'], 'a stretch within a call');
  t.end();
});

t.test('a wait is rounded up, so that trying again then works', t => {
  t.equal(formatWait(0.2), '1 second');
  t.equal(formatWait(42), '42 seconds');
  t.equal(formatWait(60), '1 minute');
  t.equal(formatWait(181), '4 minutes');
  t.end();
});

t.test('amounts carry their unit', t => {
  t.equal(formatMs(4.23, 'en'), '4.2 ms');
  t.equal(formatMs(680.4, 'en'), '680 ms');
  t.equal(formatBytes(182_400_000, 'en'), '182 MB');
  t.end();
});
