import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { test } from 'tap';
import { admin } from '../helpers/admin.ts';
import { startApp } from '../helpers/app.ts';
import { program } from '../helpers/program.ts';

const run = promisify(execFile);

test('set-password opens the account again and ends its sessions', async t => {
  const app = await startApp(t);
  const { MONGODB_URI, DATA_DIR } = app.app.operations.config;
  const env = { PATH: process.env['PATH'], MONGODB_URI, DATA_DIR };
  const command = (args: string[], input = '') => {
    const child = run(process.execPath, program('src/auth/admin-cli.ts', ...args), { env });
    child.child.stdin?.end(input);
    return child;
  };
  const before = await app.signIn();
  const { stdout } = await command(['set-password', app.admin.email]);
  const password = /: (\S+)$/m.exec(stdout)?.[1];
  t.type(password, 'string');
  t.equal((await app.call('GET', '/api/auth/me', { token: before })).status, 401);
  const token = await app.signIn(app.admin.email, password!);
  t.match((await app.call('GET', '/api/audit?action=user.set-password', { token })).body.items, [
    { actor: { kind: 'operator' } },
  ]);

  await command(['set-password', app.admin.email, '--stdin'], 'a password of my own\n');
  t.type(await app.signIn(app.admin.email, 'a password of my own'), 'string');

  await t.rejects(command(['set-password', 'nobody@example.com']), {
    code: 1,
    stderr: /^There is no user with this e-mail address.\n$/,
  });
  await t.rejects(command(['set-password', app.admin.email, '--stdin'], 'short'), {
    code: 1,
    stderr: /12 to 256 characters/,
  });
  await t.rejects(command([]), { code: 1, stderr: /usage: npm run admin/ });
  await t.rejects(command(['set-password', app.admin.email, '--passwort=x']), { code: 1 });
});

test('rebuild-rollups adds the figures up anew while the server runs, and they are the same', async t => {
  const { app, call, signIn } = await startApp(t);
  const { calls } = app.callRecords;
  for (const to of ['+13125550142', '+13125550143', '+13125550144']) {
    const attempt = await calls.begin({ direction: 'outbound', to, from: '+12125550100' });
    await calls.refuse(attempt._id, new Date(), { state: 'failed', outcome: 'failed' });
  }
  await app.figures.all();
  const token = await signIn();
  const totals = async () => (await call('GET', '/api/analytics/dashboard', { token })).body.totals;
  while ((await totals()).calls < 3) await new Promise(resolve => setTimeout(resolve, 50));
  const before = await totals();
  const stdout = await admin(app, ['rebuild-rollups']);
  t.match(stdout, /^The figures of 3 calls were added up anew in [\d.]+ s\.$/m);
  t.same(await totals(), before);
});
