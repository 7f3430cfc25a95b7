import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { newAgentPage, operationsPages, settingsPages } from '../../frontend/src/app/pages.ts';
import {
  agentChange,
  agentFields,
  agentSettings,
  isWithin,
  newAgent,
} from '../../frontend/src/features/agents/agent-form.ts';
import type { Agent } from '../../frontend/src/features/agents/api/agents.ts';
import { readNewAgentSearch } from '../../frontend/src/features/agents/new-agent-search.ts';
import { versionChanges } from '../../frontend/src/features/agents/version-changes.ts';
import { readAuditSearch } from '../../frontend/src/features/audit/audit-search.ts';
import { hookEvents as shownEvents } from '../../frontend/src/features/hooks/hook-events.ts';
import { readHookSearch } from '../../frontend/src/features/hooks/hook-search.ts';
import {
  hoursProblem,
  numberChange,
  numberFields,
  numberState,
  wrongHoliday,
} from '../../frontend/src/features/numbers/number-form.ts';
import {
  readJobsSearch,
  readReceiptsSearch,
  jobStates as shownJobStates,
} from '../../frontend/src/features/operations/operations-search.ts';
import { isRight, stopAllFacts } from '../../frontend/src/features/operations/standing.ts';
import { auditText } from '../../frontend/src/strings/audit.ts';
import { retentionText } from '../../frontend/src/strings/settings.ts';
import { hookEvents } from '../../src/hooks/hooks-events.ts';
import { jobStates } from '../../src/jobs/job-record.ts';

const agent: Agent = {
  id: 'a'.repeat(24),
  version: 4,
  engine: 'elevenlabs',
  name: 'Reception',
  vendorAgentId: 'agent_7101',
  overrides: { language: 'en', firstMessage: '' },
  callerId: null,
  speaksAs: 'Nova',
  business: null,
  amd: { mode: 'detect', timeoutSeconds: 20 },
  record: false,
  maxMinutes: 5,
  silenceSeconds: null,
  farewell: null,
  vendor: null,
  createdAt: '2026-11-20T13:30:00.000Z',
  updatedAt: '2026-11-20T13:30:00.000Z',
};

t.test('an agent that is opened and saved unchanged is no new version', async t => {
  t.equal(agentChange(agentFields(agent), agent), null);
  t.match(agentFields(agent), {
    replaces: { language: true, firstMessage: true, prompt: false, voiceId: false },
    amd: { mode: 'detect', onMachine: '', timeoutSeconds: '20', silenceTimeoutMs: '' },
    record: 'no',
  });
});

t.test('only what was changed of an agent is sent, with the version it was read in', async t => {
  const fields = agentFields(agent);
  t.same(agentChange({ ...fields, maxMinutes: ' 7.5 ', business: ' Example Dental ' }, agent), {
    maxMinutes: 7.5,
    business: 'Example Dental',
    version: 4,
  });
  t.same(agentChange({ ...fields, replaces: { ...fields.replaces, language: false } }, agent), {
    overrides: { firstMessage: '' },
    version: 4,
  });
  const amd = { ...fields.amd, mode: '', timeoutSeconds: '' };
  t.same(agentChange({ ...fields, amd }, agent), { amd: null, version: 4 }, 'left to the configuration');
  t.equal(agentSettings({ ...fields, record: '' }).record, null);
});

t.test('a new agent is what was filled in', async t => {
  t.same(newAgent({ ...agentFields(), name: ' Reception ', vendorAgentId: 'agent_7101', record: 'yes' }), {
    name: 'Reception',
    vendorAgentId: 'agent_7101',
    record: true,
  });
});

t.test('a number in a field is empty or within its limits', async t => {
  for (const good of ['', ' ', '0.5', '240']) t.ok(isWithin(good, 0.5, 240), good);
  for (const bad of ['0.4', '241', 'five', '1e9', 'Infinity']) t.notOk(isWithin(bad, 0.5, 240), bad);
  t.notOk(isWithin('3.5', 3, 59, true), 'a whole number is asked for');
});

t.test('versions tell what they have other than the one before, and of long texts only that', async t => {
  const profile = {
    ...agent,
    audio: null,
    variables: [],
    permitted: [],
    firstMessage: 'Hello.',
    vendorMaxSeconds: null,
    vendorSilenceSeconds: null,
  };
  const later = {
    ...profile,
    maxMinutes: 3,
    firstMessage: 'x'.repeat(200),
    variables: ['company_name'],
    overrides: { language: 'de' },
  };
  t.same(versionChanges(later, profile), [
    'Longest call, minutes 5 → 3',
    'Variables its texts expect – → company_name',
    'First message changed',
    'Language en → de',
  ]);
  t.same(versionChanges(profile, profile), []);
});

const number = {
  id: 'b'.repeat(24),
  phone: '+13125550142',
  label: 'Reception',
  agentId: 'a'.repeat(24),
  text: 'We are closed.',
  hours: null,
  callerId: true,
  connected: true,
  problem: null,
  source: 'owned' as const,
  addresses: null,
  syncedAt: null,
};

t.test('a number is answered by an agent, a text or nobody, and only an agent has hours', async t => {
  const fields = numberFields(number, 'America/Chicago');
  t.match(fields, { answer: 'agent', hoursOn: false, timeZone: 'America/Chicago' });
  t.match(numberChange({ ...fields, hoursOn: true, holidays: '2026-12-25\n\n 2026-12-26 ' }), {
    agentId: number.agentId,
    text: 'We are closed.',
    hours: {
      timeZone: 'America/Chicago',
      windows: [1, 2, 3, 4, 5].map(day => ({ day, from: '09:00', to: '17:00' })),
      holidays: ['2026-12-25', '2026-12-26'],
    },
  });
  t.match(numberChange({ ...fields, hoursOn: true, answer: 'text' }), { agentId: null, hours: null });
  t.match(numberChange({ ...fields, answer: 'nobody' }), { agentId: null, text: null });
  t.equal(numberState(number), 'connected');
  t.equal(numberState({ source: 'owned', connected: false }), 'elsewhere');
  t.equal(numberState({ source: 'gone', connected: true }), 'gone');
});

t.test('hours and holidays that cannot be are found before they travel', async t => {
  const line = { day: '1', from: '09:00', to: '17:00' };
  t.equal(hoursProblem({ windows: [line, { ...line, from: '18:00', to: '02:00' }] }), undefined, 'over midnight');
  t.equal(hoursProblem({ windows: [{ ...line, from: '00:00', to: '24:00' }] }), undefined);
  t.match(hoursProblem({ windows: [] }), /at least one/);
  t.match(hoursProblem({ windows: [{ ...line, from: '9:00' }] }), /09:00/);
  t.match(hoursProblem({ windows: [{ ...line, to: '09:00' }] }), /begins when it ends/);
  t.equal(wrongHoliday('2026-12-25, 2028-02-29'), undefined);
  t.equal(wrongHoliday('2026-12-25\n2026-02-30'), '2026-02-30');
  t.equal(wrongHoliday('25.12.2026'), '25.12.2026');
});

t.test('stopping everything counts what has begun and not ended', async t => {
  const people = { waiting: 10, dialing: 1, 'in-call': 2, done: 5, blocked: 0 };
  const standing = { id: 'c'.repeat(24), name: 'Spring', cause: null, nextDueAt: null, leftBehind: 0, people };
  t.same(
    stopAllFacts(
      (['running', 'paused', 'idle', 'completed', 'stopped', 'error'] as const).map(state => ({ ...standing, state })),
    ),
    { campaigns: 3, live: 9, left: 30 },
  );
  const report = {
    dryRun: true,
    id: standing.id,
    name: 'Spring',
    places: 0,
    reservations: 0,
    counters: [],
    recounted: 3,
    recountedCalls: 0,
  };
  t.ok(isRight({ ...report, completes: false }));
  t.notOk(isRight({ ...report, completes: true }));
});

t.test('addresses of these pages are read with care', async t => {
  t.same(readHookSearch({ state: 'dead' }), { state: 'dead' });
  t.same(readHookSearch({ state: 'toString' }), {});
  t.same(readJobsSearch({ state: 'dead', name: 'recordings.fetch' }), { state: 'dead', name: 'recordings.fetch' });
  t.same(readReceiptsSearch({ state: 'nope', call: 'x' }), {});
  t.same(readAuditSearch({ action: 'agent.change', by: 7 }), { action: 'agent.change', by: '7' });
  t.same(readNewAgentSearch({ vendor: 'v'.repeat(500) }), { vendor: 'v'.repeat(128) });
  const paths = [...Object.values(settingsPages), ...Object.values(operationsPages), newAgentPage].map(
    ({ path }) => path,
  );
  t.equal(new Set(paths).size, paths.length, 'no two share an address');
});

t.test('what the dashboard can name is what the server has', async t => {
  t.same([...shownEvents], [...hookEvents]);
  t.same([...shownJobStates], [...jobStates]);
  t.equal(retentionText.long(1), '1 day');
  t.equal(retentionText.long(1826), '5 years');

  const src = new URL('../../src/', import.meta.url);
  const actions = readdirSync(src, { recursive: true })
    .map(String)
    .filter(file => /\.[jt]s$/.test(file) && !file.endsWith('.d.ts'))
    .flatMap(file => [...readFileSync(new URL(file, src), 'utf8').matchAll(/\baudit: '([\w.-]+)'/g)])
    .map(([, action]) => action!);
  t.ok(actions.length > 40, `${actions.length} actions`);
  t.same(
    [...new Set(actions)].filter(action => auditText.actions[action] === undefined),
    [],
    'every audited action has words',
  );
});
