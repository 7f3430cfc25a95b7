import { test } from 'tap';
import { createKillSwitch } from '../../src/ops/kill-switch.ts';
import { SettingsRepository } from '../../src/ops/settings-repository.ts';
import { admin } from '../helpers/admin.ts';
import { startApp } from '../helpers/app.ts';
import { startTestStore } from '../helpers/store.ts';

const API_KEY = 'an-invented-key-of-a-test'; // allow-secret: invented

test('the admin command stops calling in a running server, from the next look on', async t => {
  const app = await startApp(t, { env: { API_KEY } });
  const token = await app.signIn();
  const command = (...args: string[]) => admin(app.app, args, { PARLEY_API_KEY: API_KEY });
  const state = async () => (await app.call('GET', '/api/admin/kill-switch', { token })).body.killSwitch;

  t.match(await state(), { on: false, since: null, by: null });
  t.match(await command('kill-switch', 'on', '--reason', 'wrong list'), /stopped/);
  t.match(await state(), { on: true, by: 'npm run admin', reason: 'wrong list' });
  t.match(await command('kill-switch', 'off'), /allowed again/);
  t.equal((await state()).on, false);
  t.match(JSON.parse(await command('kill-switch', 'on', '--dry-run', '--json')), {
    dryRun: true,
    before: { on: false },
    after: { on: false },
  });
  t.match(await command('kill-switch', 'on', '--reason', 'far away', '--url', app.url), /stopped/);
  t.match(await state(), { on: true, reason: 'far away' }, 'over the API of a server');
  await command('kill-switch', 'off');
  await t.rejects(command('kill-switch', 'on', '--url', 'http://calls.example.com'), { message: /https:/ });
  await t.rejects(command('kill-switch', 'on', '--yes'), { message: /knows no --yes/ });
  await t.rejects(command('kill-switch', 'maybe'), { message: /kill-switch on or/ });
  t.match((await app.call('GET', '/api/audit?action=kill-switch.turn', { token })).body.items, [
    { actor: { kind: 'operator' }, before: { on: true }, after: { on: false } },
    { actor: { kind: 'static' }, before: { on: false }, after: { on: true, reason: 'far away' } },
    { actor: { kind: 'operator' }, before: { on: true }, after: { on: false } },
    { actor: { kind: 'operator' }, before: { on: false }, after: { on: true, reason: 'wrong list' } },
  ]);
});

test('turned over the API it says who did it and why, and is audited', async t => {
  const app = await startApp(t);
  const token = await app.signIn();
  const turned = await app.call('PUT', '/api/admin/kill-switch', { token, body: { on: true, reason: 'complaints' } });
  t.match(turned, { status: 200, body: { killSwitch: { on: true, by: app.admin.email, reason: 'complaints' } } });
  t.match((await app.call('GET', '/api/audit?action=kill-switch.turn', { token })).body.items, [
    { actor: { kind: 'user' }, after: { on: true, reason: 'complaints' } },
  ]);
  const wrong = await app.call('PUT', '/api/admin/kill-switch', { token, body: { on: 'yes' } });
  t.match(wrong, { status: 400, body: { error: { code: 'VALIDATION_FAILED', details: [{ field: 'on' }] } } });
});

test('a setting that is not a clear "off" stops', async t => {
  const settings = new SettingsRepository(await startTestStore(t));
  await settings.ensureIndexes();
  const killSwitch = createKillSwitch(settings, () => new Date());
  for (const value of [{}, { on: 'false' }, { on: null }, { on: 0 }]) {
    await settings.setValue('kill-switch', value);
    t.equal((await killSwitch.state()).on, true, JSON.stringify(value));
  }
});
