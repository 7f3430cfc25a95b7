import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { test } from 'tap';
import { createKillSwitch } from '../../src/ops/kill-switch.ts';
import { SettingsRepository } from '../../src/ops/settings-repository.ts';
import { startApp } from '../helpers/app.ts';
import { program } from '../helpers/program.ts';
import { startTestStore } from '../helpers/store.ts';

const run = promisify(execFile);

test('the admin command stops calling in a running server, within a second of its end', async t => {
  const app = await startApp(t);
  const token = await app.signIn();
  const { MONGODB_URI, DATA_DIR } = app.app.operations.config;
  const env = { PATH: process.env['PATH'], MONGODB_URI, DATA_DIR };
  const admin = (...args: string[]) => run(process.execPath, program('src/auth/admin-cli.ts', ...args), { env });
  const state = async () => (await app.call('GET', '/api/admin/kill-switch', { token })).body.killSwitch;

  t.match(await state(), { on: false, since: null, by: null });
  t.match((await admin('kill-switch', 'on', '--reason', 'wrong list')).stdout, /stopped/);
  const asked = performance.now();
  t.match(await state(), { on: true, by: 'npm run admin', reason: 'wrong list' });
  t.ok(performance.now() - asked < 1000);
  t.match((await admin('kill-switch', 'off')).stdout, /allowed again/);
  t.equal((await state()).on, false);
  await t.rejects(admin('kill-switch', 'maybe'), { code: 1, stderr: /kill-switch on\|off/ });
  t.match((await app.call('GET', '/api/audit?action=kill-switch.turn', { token })).body.items, [
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
