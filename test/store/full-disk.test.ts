import { test } from 'tap';
import { startApp } from '../helpers/app.ts';
import { emptyDisk, fillDisk, smallDisk } from '../helpers/small-disk.ts';

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
  fillDisk(disk);

  let acknowledged = 1;
  let refused = await add(acknowledged);
  // The journal's last block may still have room for a few.
  for (; refused.status === 201 && acknowledged < 100; refused = await add(acknowledged)) acknowledged++;
  t.match(refused, { status: 503, body: { error: { code: 'STORE_UNAVAILABLE' } } });
  t.match(await app.call('GET', '/health/ready'), { status: 503, body: { status: 'unready' } });
  t.equal((await app.call('GET', '/healthz')).status, 200, 'alive all the same');
  t.match(
    (await app.call('GET', '/api/alerts', { token })).body.items,
    [{ id: 'dependency:store', level: 'urgent', since: String, remedy: /^Free some space/ }],
    'whoever is signed in is told what to do',
  );
  t.equal(
    (await add(acknowledged + 1)).status,
    503,
    'and it stays so until a restart: memory must not run ahead of the disk',
  );
  await app.app.close();

  emptyDisk(disk);
  const again = await startApp(t, { env: { ...env, ADMIN_PASSWORD: 'not the one of before' } });
  t.equal((await again.call('GET', '/health/ready')).status, 200);
  const { items } = (
    await again.call('GET', '/api/users?limit=200', { token: await again.signIn(app.admin.email, app.admin.password) })
  ).body;
  const emails = new Set(items.map((user: { email: string }) => user.email));
  for (let number = 0; number < acknowledged; number++)
    t.ok(emails.has(`u${number}@example.com`), `u${number} was acknowledged`);
});
