import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { commands } from '../../scripts/lib/commands.mjs';
import { at, root } from '../../scripts/lib/project.mjs';
import { findProofs } from '../../scripts/lib/proofs.mjs';
import { sortArguments } from '../../scripts/lib/suite.mjs';

const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8')) as { scripts: Record<string, string> };
const entries = readdirSync(at('scripts')).filter(file => file.endsWith('.mjs'));

t.test('an old Node gets one clear line from every script', async t => {
  for (const version of ['v20.18.3', 'v18.20.4', 'v16.0.0']) {
    for (const entry of version === 'v18.20.4' ? entries : ['start.mjs']) {
      const pretend = `data:text/javascript,Object.defineProperty(process,'version',{value:'${version}'})`;
      const run = spawnSync(process.execPath, [`--import=${pretend}`, `scripts/${entry}`], {
        cwd: root,
        encoding: 'utf8',
      });
      t.equal(run.status, 1, `${entry} on ${version}`);
      t.match(run.stderr, /^Parley needs Node 20\.19\.0 or newer, this is Node [\d.]+\. Install .*\n$/);
      t.equal(run.stdout, '');
    }
  }
});

t.test('scripts keep to syntax an old Node can parse until they have looked at its version', async t => {
  for (const entry of entries) {
    const text = readFileSync(at('scripts', entry), 'utf8');
    t.same(
      [...text.matchAll(/^import (.*)$/gm)].map(match => match[1]),
      ["'./lib/node-floor.mjs';"],
      entry,
    );
    t.notMatch(text, /^await |\?\?=|\|\|=/m, entry);
  }
});

t.test('in production npm start and npm test touch nothing and say what to do', async t => {
  const folder = t.testdir({
    src: { 'server.ts': '' },
    'package.json': '{}',
    'package-lock.json': '{"packages":{"node_modules/a":{"version":"1.0.0"}}}',
  });
  cpSync(at('scripts'), `${folder}/scripts`, { recursive: true });
  const before = readdirSync(folder);
  const run = (script: string) =>
    spawnSync(process.execPath, [`${folder}/scripts/${script}.mjs`], {
      encoding: 'utf8',
      env: { ...process.env, NODE_ENV: 'production' },
    });

  const start = run('start');
  t.equal(start.status, 1);
  t.match(start.stderr, 'npm ci --include=dev && npm run build && npm prune --omit=dev');
  t.match(start.stderr, 'node dist/server.js');
  t.match(start.stderr, 'dependencies: they are not installed');
  t.match(start.stderr, 'the server: not built yet');

  t.equal(run('build').status, 1);
  t.match(run('build').stderr, 'npm ci --include=dev');
  t.equal(run('test').status, 1);
  t.match(run('test').stderr, 'Unset NODE_ENV');
  t.same(readdirSync(folder), before);
});

t.test('every command-line entry has its npm script, and every script its file', async t => {
  for (const [name, { entry }] of Object.entries(commands)) {
    t.equal(manifest.scripts[name], `node scripts/run.mjs ${name}`);
    t.ok(existsSync(at('src', entry.replace(/\.js$/, '.ts'))), entry);
  }
  for (const script of Object.values(manifest.scripts)) {
    for (const [, file = ''] of script.matchAll(/node (scripts\/\S+\.mjs)/g))
      t.ok(entries.includes(file.slice('scripts/'.length)), file);
  }
});

t.test('an unknown command is answered with the known ones', async t => {
  const run = spawnSync(process.execPath, ['scripts/run.mjs', 'nonsense'], { cwd: root, encoding: 'utf8' });
  t.equal(run.status, 1);
  t.match(run.stderr, /NAME is one of admin, campaign:judge, migrate/);
});

t.test('arguments of npm test', async t => {
  const folder = t.testdir({ test: { calls: { 'place.test.ts': '' }, helpers: { 'app.ts': '' } } });
  const sort = (...args: string[]) => sortArguments(args, folder);
  t.same(sort('test/calls'), { coverage: false, selection: ['test/calls/**/*.test.ts'], flags: [] });
  t.same(sort('test/calls/'), { coverage: false, selection: ['test/calls/**/*.test.ts'], flags: [] });
  t.same(sort('test/calls/place.test.ts', '--grep=busy', '--coverage'), {
    coverage: true,
    selection: ['test/calls/place.test.ts'],
    flags: ['--grep=busy'],
  });
  t.same(sort('test/**/pl*.test.ts').selection, ['test/**/pl*.test.ts']);
  t.match(sort('--jobs=1'), { jobs: 1, flags: [] });
  t.throws(() => sort('calls'), { message: 'there is no test file or folder "calls"; did you mean test/calls?' });
  t.throws(() => sort('test/helpers'), { message: /no test files/ });
});

t.test('proofs are found in both places, with what they say of themselves', async t => {
  const folder = t.testdir({
    scripts: { prove: { 'dialing.mjs': '// Kills the dialler.\nconst short = "--sample";\n', 'notes.md': '' } },
    packages: { 'pocket-mongo': { prove: { 'fuzz.ts': "/** Mutates messages. */\nimport x from 'x';\n" } } },
  });
  t.match(findProofs(folder), [
    { name: 'dialing', about: 'Kills the dialler.', hasSample: true },
    { name: 'pocket-mongo/fuzz', about: 'Mutates messages.', hasSample: false },
  ]);
});
