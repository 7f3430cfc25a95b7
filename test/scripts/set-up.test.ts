import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { build, staleness } from '../../scripts/lib/builds.mjs';
import { dependencyProblem } from '../../scripts/lib/dependencies.mjs';
import { isProduction } from '../../scripts/lib/project.mjs';
import { withSetupLock } from '../../scripts/lib/setup-lock.mjs';

const lockfile = (packages: Record<string, object>) => JSON.stringify({ packages: { '': {}, ...packages } });
const entry = (version: string, more: object = {}) => ({ version, integrity: `sha512-${version}`, ...more });

t.test('dependencies', async t => {
  const wanted = {
    'node_modules/a': entry('1.0.0'),
    'node_modules/tool': entry('2.0.0', { dev: true }),
    'node_modules/binary-elsewhere': entry('1.0.0', { optional: true }),
    'packages/own': { version: '0.1.0' },
  };
  const problem = (installed: Record<string, object> | undefined, withDevelopment = true) => {
    const record = installed ? { '.package-lock.json': lockfile(installed) } : {};
    const folder = t.testdir({ 'package-lock.json': lockfile(wanted), node_modules: record });
    return dependencyProblem({ folder, withDevelopment });
  };
  const { 'node_modules/tool': _, ...pruned } = wanted;

  t.equal(problem(wanted), undefined, 'what the lockfile says is installed');
  t.equal(problem(undefined), 'they are not installed');
  t.equal(problem({ ...wanted, 'node_modules/a': entry('0.9.0') }), 'a is 0.9.0, the lockfile says 1.0.0');
  t.equal(problem(pruned), 'tool is missing', 'development needs its tools');
  t.equal(problem(pruned, false), undefined, 'a pruned server does not');
  const { 'node_modules/binary-elsewhere': __, ...thisPlatform } = wanted;
  t.equal(problem(thisPlatform), undefined, "other systems' binaries may be absent");
});

t.test('an interrupted installation is not taken for a whole one', async t => {
  const packages = lockfile({ 'node_modules/a': entry('1.0.0') });
  const folder = t.testdir({
    'package-lock.json': packages,
    node_modules: { '.package-lock.json': packages },
    '.setup': { installing: '' },
  });
  t.equal(dependencyProblem({ folder }), 'the last installation was interrupted');
});

t.test('builds', async t => {
  const part = {
    title: 'a part',
    firstSource: 'src/main.txt',
    inputs: ['src', 'settings.json'],
    output: 'out',
    build: async (out: string) => {
      mkdirSync(out, { recursive: true });
      writeFileSync(path.join(out, 'main.js'), 'built');
    },
  };
  const fresh = async () => {
    const folder = t.testdir({ src: { 'main.txt': 'one', deep: { 'b.txt': 'two' } }, 'settings.json': '{}' });
    await build(part, { folder, reason: 'test', childStarted: () => {} });
    return folder;
  };

  t.test('what was never built is stale, what was just built is not', async t => {
    const folder = t.testdir({ src: { 'main.txt': 'one' } });
    t.equal(staleness(part, folder), 'not built yet');
    await build(part, { folder, reason: 'test', childStarted: () => {} });
    t.equal(staleness(part, folder), undefined);
    t.same(readdirSync(folder).sort(), ['out', 'src'], 'nothing else is left behind');
  });

  t.test('a part without sources does not exist', async t => t.equal(staleness(part, t.testdir({})), undefined));

  const changes: [name: string, change: (folder: string) => void, expected: string][] = [
    ['a changed source', folder => writeFileSync(`${folder}/src/deep/b.txt`, 'three'), 'its sources changed'],
    ['a new source', folder => writeFileSync(`${folder}/src/c.txt`, ''), 'its sources changed'],
    ['a removed source', folder => rmSync(`${folder}/src/deep/b.txt`), 'its sources changed'],
    ['changed settings', folder => writeFileSync(`${folder}/settings.json`, '{ }'), 'its sources changed'],
    ['a lost output', folder => rmSync(`${folder}/out/main.js`), 'its output was changed by other hands'],
    [
      'an output from elsewhere',
      folder => writeFileSync(`${folder}/out/old.js`, ''),
      'its output was changed by other hands',
    ],
  ];
  for (const [name, change, expected] of changes) {
    t.test(`${name} makes it stale`, async t => {
      const folder = await fresh();
      change(folder);
      t.equal(staleness(part, folder), expected);
    });
  }

  t.test('writing the same content again does not', async t => {
    const folder = await fresh();
    writeFileSync(`${folder}/src/main.txt`, 'one');
    t.equal(staleness(part, folder), undefined);
  });

  t.test('a source edited while it is built is stale afterwards', async t => {
    const folder = t.testdir({ src: { 'main.txt': 'one' } });
    const edited = {
      ...part,
      build: async (out: string) => part.build(out).then(() => writeFileSync(`${folder}/src/main.txt`, 'two')),
    };
    await build(edited, { folder, reason: 'test', childStarted: () => {} });
    t.equal(staleness(part, folder), 'its sources changed');
  });

  t.test('a build that fails half-way leaves the old output, and what it left is not taken for a build', async t => {
    const folder = await fresh();
    writeFileSync(`${folder}/src/main.txt`, 'two');
    const failing = {
      ...part,
      build: async (out: string) => part.build(out).then(() => Promise.reject(new Error('no'))),
    };
    await t.rejects(build(failing, { folder, reason: 'test', childStarted: () => {} }), { message: 'no' });
    t.ok(existsSync(`${folder}/out/main.js`));
    t.equal(staleness(part, folder), 'its sources changed');
    await build(part, { folder, reason: 'test', childStarted: () => {} });
    t.equal(staleness(part, folder), undefined);
  });
});

t.test('the set-up lock', async t => {
  const quietly = { announce: () => {}, pollMs: 5 };

  t.test('lets one at a time work, and all of them', async t => {
    const folder = t.testdir({});
    let working = 0;
    let most = 0;
    let done = 0;
    const work = async () => {
      working += 1;
      most = Math.max(most, working);
      await new Promise(resolve => setImmediate(resolve));
      working -= 1;
      done += 1;
    };
    await Promise.all(Array.from({ length: 8 }, () => withSetupLock(folder, work, quietly)));
    t.same({ most, done, left: readdirSync(folder) }, { most: 1, done: 8, left: [] });
  });

  t.test('is given back when the work fails', async t => {
    const folder = t.testdir({});
    await t.rejects(
      withSetupLock(folder, () => Promise.reject(new Error('no')), quietly),
      { message: 'no' },
    );
    t.same(readdirSync(folder), []);
  });

  t.test('of a process that is gone is taken over', async t => {
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'close');
    const folder = t.testdir({ lock: JSON.stringify([{ pid: gone.pid }]) });
    t.equal(await withSetupLock(folder, async () => 'done', quietly), 'done');
  });

  t.test('whose owner is gone but whose npm still works is waited for', async t => {
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'close');
    const working = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const folder = t.testdir({ lock: JSON.stringify([{ pid: gone.pid }, { pid: working.pid }]) });
    let announced = () => {};
    const waiting = new Promise<void>(resolve => {
      announced = resolve;
    });
    let ended = false;
    const taken = withSetupLock(folder, async () => t.ok(ended, 'only after it has ended'), {
      ...quietly,
      announce: () => announced(),
    });
    await waiting;
    working.stdin.end();
    await once(working, 'close');
    ended = true;
    await taken;
  });

  t.test(
    'a process id that was given to somebody else does not hold it',
    { skip: !existsSync('/proc/self/stat') && 'needs /proc' },
    async t => {
      const folder = t.testdir({ lock: JSON.stringify([{ pid: process.pid, startedAt: '1' }]) });
      t.equal(await withSetupLock(folder, async () => 'done', quietly), 'done');
    },
  );
});

t.test('production is read as the server reads it: the environment before .env', async t => {
  const folder = t.testdir({ '.env': '# NODE_ENV=development\nNODE_ENV="production" # server\n' });
  t.equal(isProduction({}, folder), true);
  t.equal(isProduction({ NODE_ENV: 'test' }, folder), false);
  t.equal(isProduction({}, t.testdir({ '.env': '#NODE_ENV=production\n' })), false);
  t.equal(isProduction({ NODE_ENV: 'production' }, t.testdir({})), true);
});
