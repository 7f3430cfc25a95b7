import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import { startApp } from '../helpers/app.ts';

/** A file system of a few megabytes of its own; false where this user may not mount one. */
function smallDisk(t: { teardown(fn: () => unknown): void }, megabytes: number): string | false {
  const path = mkdtempSync(join(tmpdir(), 'parley-disk-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return false;
  }
  t.teardown(() => execFileSync('umount', [path]));
  return path;
}

/** Writes until nothing more fits. */
function fill(path: string): void {
  for (const size of [1 << 20, 1 << 14, 1 << 10, 1]) {
    try {
      for (let count = 0; ; count++) writeFileSync(join(path, `filler-${size}-${count}`), Buffer.alloc(size));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}

test('a full disk: writes fail, readiness says so, and what was acknowledged is there after the restart', async t => {
  const disk = smallDisk(t, 24);
  if (!disk) return void t.pass('', { skip: 'mounting a small disk takes root; run as root to include it' });
  const env = { DATA_DIR: disk, MONGODB_URI: '' };
  const app = await startApp(t, { env });
  const token = await app.signIn();
  const add = (number: number) =>
    app.call('POST', '/api/users', {
      token,
      body: { email: `u${number}@example.com`, role: 'viewer', password: 'a-password-of-u' },
    });
  t.equal((await add(0)).status, 201);
  fill(disk);

  let acknowledged = 1;
  let refused = await add(acknowledged);
  // The journal's last block may still have room for a few.
  for (; refused.status === 201 && acknowledged < 100; refused = await add(acknowledged)) acknowledged++;
  t.match(refused, { status: 503, body: { error: { code: 'STORE_UNAVAILABLE' } } });
  t.match(await app.call('GET', '/health/ready'), { status: 503, body: { status: 'unready' } });
  t.equal((await app.call('GET', '/healthz')).status, 200, 'alive all the same');
  t.equal(
    (await add(acknowledged + 1)).status,
    503,
    'and it stays so until a restart: memory must not run ahead of the disk',
  );
  await app.app.close();

  execFileSync('sh', ['-c', 'rm -f "$0"/filler-*', disk]);
  const again = await startApp(t, { env: { ...env, ADMIN_PASSWORD: 'not the one of before' } });
  t.equal((await again.call('GET', '/health/ready')).status, 200);
  const { items } = (
    await again.call('GET', '/api/users?limit=200', { token: await again.signIn(app.admin.email, app.admin.password) })
  ).body;
  const emails = new Set(items.map((user: { email: string }) => user.email));
  for (let number = 0; number < acknowledged; number++)
    t.ok(emails.has(`u${number}@example.com`), `u${number} was acknowledged`);
});
