import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { program } from '../helpers/program.ts';
import { startTestStore } from '../helpers/store.ts';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

t.test('npm run migrate', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-migrate-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const run = (args: string[], env: Record<string, string>) =>
    new Promise<Outcome>(resolve => {
      const options = { cwd: folder, env: { PATH: process.env['PATH'] ?? '', ...env } };
      execFile(process.execPath, program('src/store/migrate-cli.ts', ...args), options, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
      );
    });
  const { uri, link } = await startTestStore(t);
  const env = { MONGODB_URI: uri, DATA_DIR: join(folder, 'data') };

  const dry = await run(['--dry-run'], env);
  t.match(dry, { code: 0, stdout: /^would run 0001 installation: identity\n/ });
  t.same(await link.database.listCollections().toArray(), [], 'a dry run leaves nothing behind');
  t.match(await run([], env), { code: 0, stdout: /^ran 0001 installation\n/ });
  t.match(await run([], env), { code: 0, stdout: 'the store is up to date\n' });
  t.match(await run(['--dry'], env), { code: 1, stderr: /usage: npm run migrate/ });
  const wrong = await run([], { ...env, MONGODB_URI: 'mongodb://user:hunter2@127.0.0.1:99999/x' }); // allow-secret: invented
  t.equal(wrong.code, 1);
  t.match(wrong.stderr, /^MONGODB_URI[^\n]*\n$|^The configuration cannot be used:\n {2}MONGODB_URI[^\n]*\n$/);
  t.notMatch(wrong.stderr, /hunter2/);
});
