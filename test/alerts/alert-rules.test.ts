import t from 'tap';
import { alertsOf, toldApart } from '../../src/alerts/alert-rules.ts';
import { createAlertWatch } from '../../src/alerts/alert-watch.ts';
import type { AlertFacts, GuardedAlert } from '../../src/alerts/alerts.types.ts';
import { createDependencies } from '../../src/ops/dependencies.ts';
import { troubleOf } from '../../src/store/embedded.ts';

const now = new Date('2026-11-20T15:00:00.000Z');
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const told = (facts: AlertFacts) => alertsOf(facts, now);

const campaign = (change: object) => ({
  id: 'c1',
  name: 'Spring reminders',
  state: 'paused' as const,
  cause: {
    code: 'breaker',
    message:
      'Calls failed again and again within an hour, so the campaign waits for a person; look at its failed calls and resume it.',
    at: ago(30),
  },
  ...change,
});
const number = (change: object) => ({
  id: 'n1',
  phone: '+13125550100',
  gone: false,
  answered: true,
  problem: null,
  problemSince: null,
  callerProblem: null,
  callerProblemSince: null,
  ...change,
});
const webhook = (change: object) => ({
  id: 'w1',
  url: 'https://crm.example.com/in?key=invented',
  enabled: true,
  problem: null,
  failingSince: ago(11),
  ...change,
});
const dependency = (change: object) => ({ name: 'carrier', critical: true, state: 'down' as const, ...change });
/** What the store's plugin tells of an embedded store this full. */
const storeAt = (state: 'low' | 'full', usedPercent: number) => {
  const { status, problem, remedy, warning } = troubleOf({
    writable: true,
    writeError: undefined,
    memory: { state, usedPercent, limitMb: 4_096 },
  })!;
  return { state: status, detail: problem, remedy, ...(warning ? { warning } : {}) };
};
const stopped = { on: true, since: ago(5).toISOString(), by: 'ada@parley.example', reason: 'wrong list' };

const table: readonly [what: string, facts: AlertFacts, expected: readonly Partial<GuardedAlert>[]][] = [
  ['nothing is known', {}, []],
  [
    'all is well',
    {
      killSwitch: { on: false, since: ago(5).toISOString(), by: 'ada@parley.example', reason: null },
      campaigns: [],
      dependencies: [dependency({ state: 'up' })],
      numbers: [number({})],
      webhooks: [],
      deadJobs: { jobs: [], more: false },
      mixed: null,
    },
    [],
  ],
  [
    'calling is stopped',
    { killSwitch: stopped },
    [
      {
        id: 'calling-stopped',
        level: 'urgent',
        sentence: 'All calling is stopped. ada@parley.example stopped it: “wrong list”.',
        since: ago(5).toISOString(),
        needs: 'kill-switch:read',
      },
    ],
  ],
  [
    'a damaged switch stops as well, and nobody knows since when',
    { killSwitch: { on: true, since: 'soon', by: null, reason: null } },
    [{ sentence: 'All calling is stopped.', since: null }],
  ],
  [
    'the breaker paused a campaign',
    { campaigns: [campaign({})] },
    [
      {
        id: 'campaign:c1',
        level: 'urgent',
        sentence:
          'The campaign Spring reminders paused by itself: Calls failed again and again within an hour, so the campaign waits for a person.',
        remedy: 'Look at its failed calls and resume it.',
        since: ago(30).toISOString(),
        link: { kind: 'campaign', id: 'c1' },
        needs: 'campaigns:read',
      },
    ],
  ],
  [
    'a budget that is used up can wait',
    {
      campaigns: [
        campaign({
          state: 'pausing',
          cause: {
            code: 'budget',
            message: '10 of 10 USD are spent: its budget is used up. Raise it, then resume the campaign.',
            at: ago(1),
          },
        }),
      ],
    },
    [{ level: 'attention', remedy: 'Raise it, then resume the campaign.' }],
  ],
  [
    'refused credentials stopped a campaign',
    {
      campaigns: [
        campaign({
          state: 'error',
          cause: {
            code: 'CARRIER_CREDENTIALS_REFUSED',
            message: 'The carrier refuses our account; check its token.',
            at: ago(1),
          },
        }),
      ],
    },
    [
      {
        level: 'urgent',
        sentence: 'The campaign Spring reminders stopped with an error: The carrier refuses our account.',
        remedy: 'Check its token. Then resume it.',
      },
    ],
  ],
  ['a person paused it', { campaigns: [campaign({ cause: null })] }, []],
  ['it goes on already', { campaigns: [campaign({ state: 'resuming' })] }, []],
  [
    'an account that is refused is told at once',
    {
      dependencies: [
        dependency({
          detail: 'The carrier refuses our account or its token; check TWILIO_AUTH_TOKEN.',
          remedy: 'Check the account.',
          since: ago(0).toISOString(),
        }),
      ],
    },
    [
      {
        id: 'dependency:carrier',
        level: 'urgent',
        sentence: 'The carrier refuses our account or its token.',
        remedy: 'Check the account.',
        needs: 'system:read',
      },
    ],
  ],
  [
    'the store cannot write',
    {
      dependencies: [
        dependency({
          name: 'store',
          detail: 'The embedded store cannot write: the disk is full',
          remedy: 'Free some space.',
        }),
      ],
    },
    [{ level: 'urgent', sentence: 'The embedded store cannot write: the disk is full.', since: null }],
  ],
  [
    'what may come back by itself is waited for',
    { dependencies: [dependency({ name: 'redis', critical: false, state: 'degraded', since: ago(1).toISOString() })] },
    [],
  ],
  [
    'and told when it does not',
    {
      dependencies: [
        dependency({
          name: 'redis',
          critical: false,
          state: 'degraded',
          since: ago(2).toISOString(),
          detail: 'Redis is away',
        }),
      ],
    },
    [{ level: 'attention', sentence: 'Redis works badly: Redis is away.', since: ago(2).toISOString() }],
  ],
  [
    'somebody changed a number at the carrier',
    {
      numbers: [
        number({
          problem: 'Somebody changed it at the carrier: its voice address is now empty. Connect it again.',
          problemSince: ago(9),
        }),
      ],
    },
    [
      {
        id: 'number:n1:reach',
        sentence: '+13125550100: Somebody changed it at the carrier: its voice address is now empty.',
        remedy: 'Connect it again.',
        since: ago(9).toISOString(),
        needs: 'numbers:read',
      },
    ],
  ],
  [
    'it may not be called from either',
    { numbers: [number({ problem: 'It is not ours.', callerProblem: 'Refused; verify it.' })] },
    [{ id: 'number:n1:caller' }, { id: 'number:n1:reach' }],
  ],
  [
    'a number was given back on purpose',
    { numbers: [number({ gone: true, answered: false, problem: 'Not listed.' })] },
    [],
  ],
  [
    'a webhook was switched off',
    { webhooks: [webhook({ enabled: false, problem: 'The receiver answered 410: gone.', failingSince: ago(1) })] },
    [
      {
        id: 'webhook:w1',
        sentence: 'The webhook to crm.example.com was switched off: The receiver answered 410: gone.',
        link: { kind: 'webhook', id: 'w1' },
        needs: 'hooks:read',
      },
    ],
  ],
  ['its receiver takes nothing', { webhooks: [webhook({})] }, [{ level: 'attention', since: ago(11).toISOString() }]],
  ['but only for a moment', { webhooks: [webhook({ failingSince: ago(9) })] }, []],
  [
    'messages were given up',
    {
      givenUp: [
        { id: 'w1', url: 'https://crm.example.com/in?key=invented', count: 14, more: false, since: ago(90) },
        { id: 'w2', url: 'https://erp.example.com', count: 1, more: false, since: ago(5) },
        { id: 'w3', url: 'https://old.example.com', count: 60, more: true, since: null },
      ],
    },
    [
      {
        id: 'webhook-messages:w1',
        level: 'attention',
        sentence: '14 messages to crm.example.com were given up: what they tell is not known there.',
        since: ago(90).toISOString(),
        remedy: 'Mend the receiver and send them again, or discard them.',
        link: { kind: 'webhook-messages', id: 'w1' },
        needs: 'hooks:read',
      },
      { sentence: '1 message to erp.example.com was given up: what it tells is not known there.' },
      { sentence: 'More than 60 messages to old.example.com were given up: what they tell is not known there.' },
    ],
  ],
  [
    'the embedded store has little memory left',
    { dependencies: [{ ...dependency({ name: 'store', ...storeAt('low', 80) }), since: ago(1).toISOString() }] },
    [
      {
        id: 'dependency:store',
        level: 'attention',
        sentence: 'The embedded store uses 80 % of its 4,096 MB of memory and will soon take nothing new.',
        since: ago(1).toISOString(),
        remedy:
          'Give it more memory with EMBEDDED_STORE_MB, remove data that is no longer needed, or set MONGODB_URI to a MongoDB server.',
        link: { kind: 'health', id: null },
        needs: 'system:read',
      },
    ],
  ],
  [
    'the embedded store is full',
    { dependencies: [dependency({ name: 'store', ...storeAt('full', 91) })] },
    [
      {
        level: 'urgent',
        sentence: 'The embedded store uses 91 % of its 4,096 MB of memory and takes nothing new, so no call can begin.',
      },
    ],
  ],
  [
    'jobs failed for good',
    {
      deadJobs: {
        jobs: [
          { name: 'recordings.fetch', finishedAt: ago(3) },
          { name: 'calls.hang-up', finishedAt: ago(70) },
          { name: 'recordings.fetch' },
        ],
        more: false,
      },
    },
    [
      {
        sentence: '3 background jobs failed for good: calls.hang-up, recordings.fetch.',
        since: ago(70).toISOString(),
        needs: 'jobs:read',
      },
    ],
  ],
  [
    'one job',
    { deadJobs: { jobs: [{ name: 'a' }], more: false } },
    [{ sentence: '1 background job failed for good: a.', since: null }],
  ],
  ['a deployment', { mixed: { releases: ['1.0.0', '1.1.0'], since: ago(14) } }, []],
  [
    'a process was left behind',
    { mixed: { releases: ['1.1.0', null], since: ago(15) } },
    [{ sentence: 'Processes of different releases serve this installation: 1.1.0, one that does not say which.' }],
  ],
  [
    'urgent ones first, then what has lasted longest',
    {
      killSwitch: stopped,
      campaigns: [campaign({})],
      webhooks: [webhook({ failingSince: ago(600) })],
      deadJobs: { jobs: [{ name: 'a' }], more: false },
    },
    [{ kind: 'campaign-stopped' }, { kind: 'calling-stopped' }, { kind: 'webhook' }, { kind: 'dead-jobs' }],
  ],
];

for (const [what, facts, expected] of table) {
  t.test(what, t => {
    const alerts = told(facts);
    t.equal(alerts.length, expected.length);
    t.match(alerts, expected);
    for (const { sentence, remedy } of alerts) {
      t.match(sentence, /\.$/);
      t.match(remedy, /^[A-Z].*\.$/);
      t.notMatch(sentence, /invented/, 'no query of somebody else’s address');
    }
    t.same(told(facts), alerts, 'the same facts are the same alerts, ids and all');
    t.end();
  });
}

t.test('what happened is told apart from what to do', t => {
  t.same(toldApart('It broke; mend it'), { what: 'It broke.', remedy: 'Mend it.' });
  t.same(toldApart('It broke: mend it'), { what: 'It broke.', remedy: 'Mend it.' });
  t.same(toldApart('It broke. Mend it.'), { what: 'It broke.', remedy: 'Mend it.' });
  t.same(toldApart('It broke.'), { what: 'It broke.', remedy: null });
  t.equal(toldApart('x'.repeat(5_000)).what.length, 400, 'nothing that was written down makes an alert endless');
  t.end();
});

t.test('many ask, each source is asked once; one that fails hides nothing of the others', async t => {
  let asked = 0;
  const nothing = { campaigns: () => [], numbers: () => [], webhooks: () => [], givenUp: () => [], mixed: () => null };
  const watch = createAlertWatch({
    sources: {
      ...nothing,
      killSwitch: async () => {
        asked += 1;
        return stopped;
      },
      dependencies: () => Promise.reject(new Error('away')),
      deadJobs: () => {
        throw new Error('away');
      },
    },
    logger: { debug() {} } as never,
    now: () => now,
  });
  const answers = await Promise.all(Array.from({ length: 50 }, () => watch.current()));
  t.equal(asked, 1);
  t.match(answers[49], [{ id: 'calling-stopped' }]);
  watch.forget();
  await watch.current();
  t.equal(asked, 2, 'after something happened they are asked again');
});

t.test('a dependency says since when it is not up, until it is', async t => {
  let time = 0;
  let state: 'up' | 'degraded' | 'down' = 'up';
  const dependencies = createDependencies(() => new Date(time));
  dependencies.register({ name: 'redis', critical: false, check: () => ({ state }) });
  const since = async (next: typeof state) => {
    state = next;
    time += 1_000;
    return (await dependencies.check())[0]!.since;
  };
  t.equal(await since('up'), undefined);
  t.equal(await since('degraded'), new Date(2_000).toISOString());
  t.equal(await since('down'), new Date(2_000).toISOString(), 'worse is the same trouble');
  t.equal(await since('up'), undefined);
  t.equal(await since('down'), new Date(5_000).toISOString());
});

t.test('a check that fails says by which error, and nothing of its words', async t => {
  const dependencies = createDependencies();
  const failing = (error: Error) => {
    dependencies.register({ name: error.name, critical: false, check: () => Promise.reject(error) });
  };
  failing(new TypeError('at a secret place'));
  failing(Object.assign(new Error('at another'), { code: 'ECONNREFUSED' }));
  failing(new DOMException('after a while', 'TimeoutError'));
  const details = (await dependencies.check()).map(({ detail }) => detail);
  t.same(
    details,
    ['TypeError', 'ECONNREFUSED', 'TimeoutError'].map(name => `the check itself failed: ${name}`),
  );
});
