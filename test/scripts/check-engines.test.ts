import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { lockfileProblems } from '../../scripts/lib/check-engines.mjs';
import { at, root } from '../../scripts/lib/project.mjs';

const good = { version: '1.0.0', integrity: 'sha512-abc' };
const problemsOf = (packages: Record<string, object>) =>
  lockfileProblems({ packages: { '': {}, ...packages } }).problems;

t.test('ranges around the oldest Node', async t => {
  const table: [range: string, runs: boolean][] = [
    ['>=20.19.0', true],
    ['>=20', true],
    ['18 || 20 || >=22', true],
    ['^20.17.0 || >=22.9.0', true],
    ['*', true],
    ['>=20.19.1', false],
    ['>=22', false],
    ['^22.12.0 || >=24', false],
    ['>=18 <20', false],
  ];
  for (const [range, runs] of table)
    t.equal(problemsOf({ 'node_modules/a': { ...good, engines: { node: range } } }).length, runs ? 0 : 1, range);
});

t.test('an unknown install script is refused, a known one has its reason', async t => {
  t.match(problemsOf({ 'node_modules/sharp': { ...good, hasInstallScript: true } }), [
    /sharp@1\.0\.0: has an install script/,
  ]);
  t.same(problemsOf({ 'node_modules/esbuild': { ...good, hasInstallScript: true } }), []);
});

t.test('an address to install from is refused', async t => {
  t.match(problemsOf({ 'node_modules/a': { ...good, resolved: 'https://packages.parley.test/a.tgz' } }), [
    /packages\.parley\.test/,
  ]);
});

t.test('a package without a hash is refused', async t => {
  t.match(problemsOf({ 'node_modules/a': { version: '1.0.0' } }), [/no integrity hash/]);
});

t.test('every optional platform package must be recorded, wherever Node would find it', async t => {
  const parent = { ...good, optionalDependencies: { 'b-darwin': '1.0.0' } };
  t.match(problemsOf({ 'node_modules/x/node_modules/b': parent }), [/lacks its optional package b-darwin/]);
  for (const place of [
    'node_modules/b-darwin',
    'node_modules/x/node_modules/b-darwin',
    'node_modules/x/node_modules/b/node_modules/b-darwin',
  ])
    t.same(problemsOf({ 'node_modules/x/node_modules/b': parent, [place]: good }), [], place);
});

t.test('the lockfile of the repository is fine', async t => {
  t.same(lockfileProblems(JSON.parse(readFileSync(at('package-lock.json'), 'utf8'))).problems, []);
});

t.test('the command ends with 1 and says what to do', async t => {
  const folder = t.testdir({
    'lock.json': JSON.stringify({ packages: { 'node_modules/a': { ...good, engines: { node: '>=22' } } } }),
  });
  const { status, stderr } = spawnSync(process.execPath, ['scripts/check-engines.mjs', `${folder}/lock.json`], {
    cwd: root,
    encoding: 'utf8',
  });
  t.equal(status, 1);
  t.match(stderr, /a@1\.0\.0: its engines ">=22" exclude Node 20\.19\.0; pin an older release/);
});
