import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'tap';
import { type Finding, reportOn } from '../../src/campaigns/preflight.types.ts';
import {
  abandonmentFindings,
  accountFindings,
  balanceFindings,
  budgetFindings,
  firstMessageFindings,
  formatFindings,
  paceFindings,
  peopleFindings,
  registrationFindings,
  scheduleFindings,
  settingFindings,
  sourceFindings,
  variableFindings,
} from '../../src/campaigns/preflight-rules.ts';
import { runChecks } from '../../src/campaigns/preflight-runner.ts';
import { admin } from '../helpers/admin.ts';
import { startApp } from '../helpers/app.ts';

const levels = (findings: readonly Finding[]) => findings.map(({ level }) => level).join(' ');
const API_KEY = 'an-invented-key-of-a-test'; // allow-secret: invented

test('each rule says block, warn or ok', t => {
  t.equal(levels(accountFindings({ status: 'active', type: 'Full' })), 'ok');
  t.equal(levels(accountFindings({ status: 'active', type: 'Trial' })), 'warn');
  t.equal(levels(accountFindings({ status: 'suspended', type: 'Full' })), 'block');
  for (const [amount, level] of [
    ['0.00', 'block'],
    ['-1.20', 'block'],
    ['4.99', 'warn'],
    ['20', 'ok'],
    ['?', 'warn'],
  ] as const)
    t.equal(levels(balanceFindings({ amount, currency: 'USD' })), level, amount);
  const mulaw = { encoding: 'mulaw', sampleRate: 8_000 } as const;
  t.equal(levels(formatFindings({ input: mulaw, output: mulaw })), 'ok');
  t.equal(levels(formatFindings({ input: mulaw, output: { encoding: 'pcm16', sampleRate: 16_000 } })), 'warn');
  t.equal(levels(formatFindings({ input: null, output: null })), 'warn');

  const said = (text: string | null, contentClass = 'telemarketing', record: boolean | null = false) =>
    levels(firstMessageFindings(text, { contentClass, record }, ['Northwind Dental']));
  t.equal(said('Hello, this is an AI assistant of Northwind Dental. To stop calls, press 9.'), 'ok');
  t.equal(said('Hello, this is an AI assistant of Northwind Dental.'), 'warn', 'no way out');
  t.equal(
    said('Hello, this is an AI assistant of Northwind Dental. Press 9 to stop.', 'telemarketing', true),
    'warn',
    'recorded',
  );
  t.equal(said('Hello, this is Northwind Dental.'), 'block', 'no word of the AI');
  t.equal(said('Hello, this is an AI assistant.'), 'block', 'nobody says who calls');
  t.equal(said(''), 'warn');
  t.equal(said(null), 'warn');
  t.equal(said(null, 'emergency'), 'ok');

  const heardNobody = (answered: number, abandoned: number, contentClass = 'informational') =>
    levels(abandonmentFindings({ answered, abandoned }, contentClass));
  t.same([heardNobody(0, 0), heardNobody(20, 1), heardNobody(100, 2)], ['ok', 'ok', 'ok']);
  t.same([heardNobody(20, 2), heardNobody(100, 3)], ['block', 'block']);
  t.equal(heardNobody(20, 2, 'emergency'), 'ok');

  const agent = { name: 'Reception', variables: ['first_name', 'company_name'] };
  t.equal(levels(variableFindings(agent, { first_name: {} }, ['company_name'])), 'ok');
  t.match(variableFindings(agent, {}, ['company_name']), [{ level: 'block', message: /first_name\.$/ }]);

  const pace = (callsPerSecond: number, others: number, maxCalls: number | null, inboundReserve = 1) =>
    levels(
      paceFindings(
        { pace: { callsPerSecond, maxConcurrent: 20 } },
        { accountCallsPerSecond: 1, others, maxCalls, inboundReserve },
      ),
    );
  t.equal(pace(1, 0, null), 'ok ok');
  t.equal(pace(2, 0, null), 'warn ok');
  t.equal(pace(0.6, 0.6, 50), 'warn ok');
  t.equal(pace(1, 0, 20), 'ok warn');
  t.equal(pace(1, 0, 1), 'ok block');

  const now = Date.parse('2026-11-21T14:00:00Z');
  const week = [0, 1, 2, 3, 4, 5, 6].map(day => ({ day, from: '09:00', to: '17:00' }));
  t.equal(levels(scheduleFindings(null, now)), 'ok');
  t.equal(levels(scheduleFindings({ timeZone: 'contact', windows: week, endsAt: '2026-11-19' }, now)), 'block');
  t.match(scheduleFindings({ timeZone: 'UTC', windows: week, startsAt: '2026-12-01' }, now), [
    { level: 'ok', message: /2026-12-01T09:00/ },
  ]);

  const campaign = {
    contentClass: 'informational',
    emergencyBy: null,
    emergencyReason: null,
    seller: null,
    record: false,
    schedule: null,
    pace: { callsPerSecond: 1, maxConcurrent: 20 },
    budget: null,
    variables: {},
  };
  t.equal(levels(settingFindings(campaign, 'Northwind Dental')), 'ok ok');
  t.equal(levels(settingFindings({ ...campaign, record: null }, undefined)), 'block block');
  t.equal(levels(settingFindings({ ...campaign, contentClass: 'emergency' }, 'Northwind')), 'ok ok block');
  t.equal(levels(registrationFindings('telemarketing', ['FL:2026-01-01', 'TX:2026-01-01'])), 'warn');
  t.equal(levels(registrationFindings('telemarketing', ['FL:2026-01-01', 'TX:2026-01-01', 'WA:2026-01-01'])), 'ok');
  t.same(registrationFindings('informational', []), []);
  t.match(sourceFindings('telemarketing'), [{ level: 'warn', message: /national do-not-call/ }]);
  t.same(sourceFindings('emergency'), []);
  t.equal(levels(budgetFindings(null, null)), 'warn');
  t.equal(levels(budgetFindings(null, '500 USD')), 'ok');
  t.equal(levels(budgetFindings({ amount: 5, currency: 'USD', per: 'month' }, null)), 'ok');
  const spent = (spentMicros: number, reservedMicros: number) =>
    budgetFindings({ amount: 5, currency: 'USD', per: 'total' }, null, [
      { name: 'the campaign’s budget', currency: 'USD', capMicros: 5_000_000, spentMicros, reservedMicros },
    ]);
  t.equal(levels(spent(3_000_000, 500_000)), 'ok');
  t.equal(levels(spent(3_000_000, 1_000_000)), 'warn', 'what is reserved for live calls is not there for others');
  t.match(spent(3_000_000, 2_000_000), [
    { level: 'warn', message: /^3\.00 USD are spent and 2\.00 reserved of the 5\.00/ },
  ]);
  t.equal(levels(spent(5_000_000, 0)), 'block');
  t.equal(levels(peopleFindings({ asked: 0, dialable: 0, later: 0, refused: {} })), 'block');
  t.equal(levels(peopleFindings({ asked: 5, dialable: 0, later: 5, refused: {} })), 'ok');
  t.match(peopleFindings({ asked: 9, dialable: 2, later: 3, refused: { SUPPRESSED: 1, NO_CONSENT: 3 } }), [
    {
      level: 'warn',
      message:
        'Of 9 people looked at, 2 may be called now, 3 later, the others not: 3 without a known consent (NO_CONSENT), ' +
        '1 on the do-not-call list (SUPPRESSED).',
    },
  ]);
  t.equal(levels(peopleFindings({ asked: 9, dialable: 0, later: 0, refused: { NO_CONSENT: 9 } })), 'block');
  t.end();
});

test('checks run side by side; what hangs or fails is a warning', async t => {
  const failed: string[] = [];
  let aborted = false;
  const findings = await runChecks(
    [
      { name: 'quick', look: () => [{ check: 'quick', level: 'ok', message: 'fine', remedy: null }] },
      {
        name: 'hangs',
        look: signal =>
          new Promise(() => {
            signal.addEventListener('abort', () => {
              aborted = true;
            });
          }),
      },
      { name: 'breaks', look: () => Promise.reject(new Error('no')) },
      {
        name: 'throws',
        look: () => {
          throw new Error('no');
        },
      },
    ],
    check => failed.push(check),
    30,
  );
  t.equal(levels(findings), 'ok warn warn warn');
  t.same(failed.sort(), ['breaks', 'throws']);
  t.ok(aborted, 'who hangs is told to stop');
  t.match(reportOn(findings, new Date(0)), { ready: true, blocking: 0, warnings: 3, findings: [{ level: 'warn' }] });
});

test('the installation says what to mend, over the API and as doctor, and prints no secret', async t => {
  const { app, url, call, signIn } = await startApp(t, { env: { API_KEY } });
  const token = await signIn();
  const look = async () => (await call('GET', '/api/admin/preflight', { token })).body.preflight;
  const checkOf = async (name: string) => (await look()).findings.find(({ check }: Finding) => check === name);
  t.match(await look(), { ready: true, blocking: 0 });
  for (const name of ['carrier-account', 'engine-elevenlabs', 'webhooks', 'caller-id', 'dependency-store'])
    t.match(await checkOf(name), { level: 'ok' }, name);
  await app.killSwitch.turn(true, 'ada@example.com', null);
  t.match(await checkOf('kill-switch'), { level: 'block', message: /by ada@example.com/, remedy: /kill-switch off/ });
  t.equal((await look()).ready, false);
  t.equal((await call('GET', '/api/admin/preflight')).status, 401);

  const here = await admin(app, ['doctor']);
  t.match(here, /node v20/);
  t.match(here, /STOP {2}kill-switch: Calling is stopped/);
  t.match(here, /Calls cannot be placed: 1 thing to mend/);
  t.equal(process.exitCode, 1);
  process.exitCode = 0;
  const remote = await admin(app, ['doctor', '--json', '--url', url], { PARLEY_API_KEY: API_KEY });
  process.exitCode = 0;
  t.match(JSON.parse(remote), { versions: { parley: '0.0.0-test' }, preflight: { ready: false } });
  const { authToken } = app.farEnds.carrier;
  for (const secret of [API_KEY, authToken, app.farEnds.agent.apiKey]) t.notOk(`${here}${remote}`.includes(secret));
});

test('the public address is asked for a proof that it leads here', async t => {
  const other = createServer((_, response) => response.end('{}'));
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve));
  t.teardown(() => other.close());
  const { app, url, call } = await startApp(t);
  const nonce = 'ab'.repeat(16);
  const { proof } = (await call('GET', `/health/echo?nonce=${nonce}`)).body;
  t.match(proof, /^[0-9a-f]{64}$/);
  t.not((await call('GET', `/health/echo?nonce=${'cd'.repeat(16)}`)).body.proof, proof);
  t.equal((await call('GET', '/health/echo?nonce=x')).status, 400);

  const { reachFindings } = await import('../../src/campaigns/preflight-installation.ts');
  const { accountSid, authToken } = app.farEnds.carrier;
  const { proofOf } = {
    proofOf: async (asked: string) => (await call('GET', `/health/echo?nonce=${asked}`)).body.proof,
  };
  const reach = (origin: string, token = authToken) =>
    reachFindings(
      {
        direct: false,
        serverUrl: 'https://calls.example.com',
        addressOf: path => `${origin}${path}`,
        signedAddress: () => `${origin}/stream-status-callback?attempt=${'0'.repeat(24)}#rc=3`,
        accountSid,
        authToken: token,
        proofOf,
      },
      AbortSignal.timeout(5_000),
    );
  t.match(await reach(url), [{ level: 'ok' }]);
  t.match(
    await reach(url, 'another'),
    [{ level: 'block', message: /HTTP 403/ }],
    'a signature that is not as it was made',
  );
  const { port } = other.address() as AddressInfo;
  t.match(await reach(`http://127.0.0.1:${port}`), [{ level: 'block', message: /Something else answers/ }]);
  t.match(await reach('http://127.0.0.1:1'), [{ level: 'warn', message: /did not answer from here/ }]);
});
