import { test } from 'tap';
import { judgeNumber, sameAddresses, shownAddress } from '../../src/agents/number-state.ts';

const ours = {
  voiceUrl: 'https://calls.example.com/voice#rc=2',
  fallbackUrl: 'https://calls.example.com/fallback-twiml#rc=2',
  statusCallback: 'https://calls.example.com/call-status-callback#rc=3',
};
const former = {
  voiceUrl: 'https://old.example.com/voice',
  fallbackUrl: 'https://old.example.com/fallback-twiml',
  statusCallback: 'https://old.example.com/call-status-callback',
};
const empty = { voiceUrl: '', fallbackUrl: '', statusCallback: '' };
const base = { at: ours, obstacle: null, wanted: ours, pointedAt: null, answered: false };

test('whether calls to a number reach us, and what to do if not', t => {
  const cases: [string, Partial<Parameters<typeof judgeNumber>[0]>, boolean, RegExp | null][] = [
    ['it points at us', {}, true, null],
    [
      'it was pointed by hand, without our fragments',
      { at: { ...ours, voiceUrl: 'https://calls.example.com/voice' } },
      true,
      null,
    ],
    ['nobody wants it here', { at: empty }, false, null],
    [
      'it should be answered and was never connected',
      { at: empty, answered: true },
      false,
      /not reach us yet: connect it/,
    ],
    ['our own address changed', { at: former, pointedAt: former, answered: true }, false, /SERVER_URL was changed/],
    [
      'somebody changed it',
      { at: { ...ours, voiceUrl: 'https://other.example.com/in?token=secret' }, pointedAt: ours },
      false,
      /voice address is now https:\/\/other\.example\.com\/in\. Connect it again, or take its agent away\.$/,
    ],
    [
      'somebody emptied it',
      { at: empty, pointedAt: ours },
      false,
      /voice address is now empty, its fallback address is now empty/,
    ],
    [
      'only its status goes elsewhere',
      { at: { ...ours, statusCallback: '' }, pointedAt: ours },
      false,
      /: its status address is now empty\./,
    ],
    [
      'an application takes its calls',
      { obstacle: 'an application takes its calls', pointedAt: ours },
      false,
      /do not reach us: an application takes/,
    ],
    [
      'an application takes its calls, which nobody wants here',
      { obstacle: 'an application takes its calls' },
      false,
      null,
    ],
  ];
  for (const [what, change, connected, problem] of cases) {
    const verdict = judgeNumber({ ...base, ...change });
    t.equal(verdict.connected, connected, what);
    if (problem) t.match(verdict.problem, problem, what);
    else t.equal(verdict.problem, null, what);
  }
  t.end();
});

test('addresses are the same to whoever calls them', t => {
  t.ok(sameAddresses(ours, { ...ours, voiceUrl: 'HTTPS://Calls.Example.com:443/voice' }));
  t.notOk(sameAddresses(ours, { ...ours, voiceUrl: 'https://calls.example.com/voice/' }));
  t.notOk(sameAddresses(ours, { ...ours, voiceUrl: 'https://calls.example.com/voice?x=1' }));
  t.equal(shownAddress('https://name:word@other.example.com/in?token=secret#x'), 'https://other.example.com/in'); // allow-secret: invented
  t.equal(shownAddress('not an address'), 'not an address');
  t.end();
});
