import { webcrypto } from 'node:crypto';
import t from 'tap';
import { alertPage } from '../../frontend/src/app/alert-page.ts';
import { mainPages, type PageEntry, settingsPages } from '../../frontend/src/app/pages.ts';
import { freshAlerts } from '../../frontend/src/features/alerts/fresh-alerts.ts';
import { expiryDate, keyState } from '../../frontend/src/features/api-keys/expiry.ts';
import { describeChange } from '../../frontend/src/features/audit/describe-change.ts';
import { matches, nextPlace, questionsOf } from '../../frontend/src/features/palette/palette-match.ts';
import { checkPasswordChange } from '../../frontend/src/features/session/password-rules.ts';
import { type SetUpFacts, setUpSteps } from '../../frontend/src/features/set-up/set-up-steps.ts';
import { advanceKeys, noKeys } from '../../frontend/src/lib/key-sequence.ts';
import { opensPalette } from '../../frontend/src/lib/palette-keys.ts';
import { generatePassword } from '../../frontend/src/lib/passwords.ts';
import { may } from '../../frontend/src/lib/permissions.ts';
import { parsePreferences } from '../../frontend/src/lib/preferences.ts';
import type { SessionUser } from '../../frontend/src/lib/session.ts';

const bindings = ['?', 'g o', 'g s'];
/** Presses keys, each written with its time: "400 s". */
const typed = (...presses: string[]) => {
  let progress = noKeys;
  const run: string[] = [];
  for (const press of presses) {
    const [at = '', key = ''] = press.split(' ');
    const step = advanceKeys(progress, key, Number(at), bindings);
    progress = step.progress;
    if (step.run) run.push(step.run);
  }
  return run;
};

t.test('single keys and two-key sequences', t => {
  t.same(typed('0 ?'), ['?']);
  t.same(typed('0 g', '400 s'), ['g s']);
  t.same(typed('0 g', '4000 s'), [], 'too late to belong together');
  t.same(typed('0 g', '100 g', '200 o'), ['g o'], 'a second g begins anew');
  t.same(typed('0 g', '100 x', '200 o'), [], 'a foreign key ends the sequence');
  t.same(typed('0 o'), []);
  t.end();
});

t.test('saved preferences survive damage', t => {
  const defaults = { theme: 'system', density: 'compact', letterKeys: true, chime: false, wallDisplay: false };
  for (const text of [null, '', 'not json', '[]', 'null', '{"theme":"sepia","density":7}']) {
    t.same(parsePreferences(text), defaults, String(text));
  }
  t.same(
    parsePreferences('{"theme":"dark","density":"comfortable","letterKeys":false,"chime":true,"wallDisplay":true}'),
    {
      theme: 'dark',
      density: 'comfortable',
      letterKeys: false,
      chime: true,
      wallDisplay: true,
    },
  );
  t.end();
});

t.test('what a user may not do is decided by permission, not by the name of the role', t => {
  const admin: SessionUser = { id: '1', email: 'a@parley.example', role: 'admin', permissions: [] };
  t.notOk(may(admin, 'users:read'));
  t.ok(may({ ...admin, role: 'viewer', permissions: ['users:read'] }, 'users:read'));
  t.ok(may(admin, undefined), 'some pages are for everybody');
  const stopper: SessionUser = { ...admin, permissions: ['kill-switch:write'] };
  t.ok(may(stopper, ['system:read', 'kill-switch:write']), 'any one of several is enough');
  t.notOk(may(admin, ['system:read', 'kill-switch:write']));
  t.end();
});

t.test('no two pages share an address or a key', t => {
  const pages: PageEntry[] = [...Object.values(mainPages), ...Object.values(settingsPages)];
  t.equal(new Set(pages.map(page => page.path)).size, pages.length);
  const keys = pages.flatMap(page => page.key ?? []);
  t.equal(new Set(keys).size, keys.length);
  t.end();
});

t.test('a change of password is checked before it travels', t => {
  t.same(checkPasswordChange('old and long enough', 'new and long enough'), {});
  t.match(checkPasswordChange('', 'new and long enough'), { current: /current password/ });
  t.match(checkPasswordChange('old', 'short'), { next: /at least 12/ });
  t.match(checkPasswordChange('the same sentence', 'the same sentence'), { next: /differs/ });
  t.end();
});

t.test('made passwords are readable over the telephone and differ', t => {
  const made = Array.from({ length: 200 }, () => generatePassword(bytes => webcrypto.getRandomValues(bytes)));
  for (const password of made) t.match(password, /^([a-kmnp-z2-9]{5}-){3}[a-kmnp-z2-9]{5}$/);
  t.equal(new Set(made).size, made.length);
  t.end();
});

t.test('a key is good, expired or revoked', t => {
  const now = Date.parse('2026-11-21T00:00:00Z');
  t.equal(keyState({ expiresAt: null, revokedAt: null }, now), 'good');
  t.equal(keyState({ expiresAt: '2026-11-20T00:00:00Z', revokedAt: null }, now), 'expired');
  t.equal(keyState({ expiresAt: '2026-11-20T00:00:00Z', revokedAt: '2026-11-01T00:00:00Z' }, now), 'revoked');
  t.equal(expiryDate('30', now), '2026-12-21T00:00:00.000Z');
  t.equal(expiryDate('never', now), undefined);
  t.end();
});

t.test('the audit log tells what changed, and only that', t => {
  t.equal(describeChange({ role: 'viewer' }, { role: 'manager' }), 'role viewer → manager');
  t.equal(describeChange({ role: 'viewer', disabled: false }, { role: 'viewer', disabled: true }), 'disabled no → yes');
  t.equal(describeChange({ disabled: false }, { disabled: false, passwordChanged: true }), 'new password');
  t.equal(describeChange({ disabled: false }, { disabled: false, passwordChanged: false }), null);
  t.equal(describeChange(null, { scopes: ['audit:read', 'system:read'] }), 'scopes audit:read system:read');
  t.equal(describeChange({ name: 'CRM sync' }, null), 'name CRM sync');
  t.equal(describeChange(null, null), null);
  t.end();
});

t.test('the palette finds by beginnings of words, and asks the server only what means something', t => {
  t.ok(matches('Do-not-call list', 'call do'));
  t.ok(matches('Änderungen', 'and'));
  t.notOk(matches('Live', 'ive'));
  t.ok(matches('Live', ' '));
  t.notOk(matches('Live', '?'));
  t.ok(matches('Show the set-up', 'set-up'), 'a word may be written with the signs that are in it');
  t.ok(matches('Do-not-call list', 'do-not'));
  t.same(questionsOf('a'), { campaigns: false });
  t.same(questionsOf(' ada '), { people: { name: 'ada' }, campaigns: true });
  t.same(questionsOf('(312) 555'), {
    people: { phone: '(312) 555' },
    calls: { number: '(312) 555' },
    campaigns: false,
  });
  t.same(questionsOf('12'), { campaigns: false });
  t.equal(questionsOf(`CA${'0f'.repeat(16)}`).callId, `CA${'0f'.repeat(16)}`);
  t.same([nextPlace(0, -1, 3), nextPlace(2, 1, 3), nextPlace(0, 1, 0)], [2, 0, -1]);
  const key = { key: 'k', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
  t.same(
    [{ ctrlKey: true }, { metaKey: true }, {}, { ctrlKey: true, shiftKey: true }, { ctrlKey: true, key: 'K' }].map(
      each => opensPalette({ ...key, ...each }),
    ),
    [true, true, false, false, true],
  );
  t.end();
});

t.test('the set-up knows what is done, what comes next and what is not known yet', t => {
  const states = (facts: Partial<SetUpFacts>) =>
    setUpSteps({
      blocking: undefined,
      agents: undefined,
      numbers: undefined,
      calls: undefined,
      campaignStarted: undefined,
      ...facts,
    }).map(({ state }) => state);
  t.same(states({}), ['unknown', 'unknown', 'unknown', 'unknown', 'unknown']);
  t.same(states({ blocking: 0, agents: 1, numbers: 0, calls: 0, campaignStarted: false }), [
    'done',
    'done',
    'next',
    'open',
    'open',
  ]);
  t.same(states({ blocking: 2, agents: 1, numbers: 1, calls: 4, campaignStarted: true })[0], 'next');
  t.end();
});

t.test('an alert is said once, and leads to its page', t => {
  const alert = (id: string) => ({ id }) as Parameters<typeof freshAlerts>[1][number];
  const ids = (known: string[] | null, ...now: string[]) =>
    freshAlerts(known && new Set(known), now.map(alert)).map(({ id }) => id);
  t.same(ids(null, 'a', 'b'), [], 'what stood there when the page was opened');
  t.same(ids(['a'], 'a', 'b'), ['b']);
  t.same(ids([], 'a'), ['a'], 'gone and back');
  t.same(ids(['a', 'b'], 'a'), []);

  t.match(alertPage({ kind: 'campaign', id: 'c1' }), { path: '/campaigns/c1', needs: 'campaigns:read' });
  t.match(alertPage({ kind: 'webhook', id: 'w1' }), { path: '/settings/webhooks/w1', needs: 'hooks:read' });
  t.match(alertPage({ kind: 'webhook-messages', id: 'w1' }), {
    path: '/settings/webhooks/w1',
    search: { state: 'dead' },
    needs: 'hooks:read',
  });
  t.match(alertPage({ kind: 'numbers', id: 'n1' }), { path: '/settings/numbers', needs: 'numbers:read' });
  t.match(alertPage({ kind: 'jobs', id: null }), { path: '/operations/jobs', search: { state: 'dead' } });
  t.match(alertPage({ kind: 'calling', id: null }), { path: '/operations/calling' });
  t.match(alertPage({ kind: 'health', id: null }), { path: '/operations', needs: 'system:read' });
  t.end();
});
