import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { compiledFile, linkTheRest } from '../../scripts/lib/compiled-tests.mjs';
import { createTapReport } from '../../scripts/lib/tap-report.mjs';

t.test('beside compiled files everything else is found where it is found beside the sources', async t => {
  const folder = t.testdir({
    from: {
      '.git': {},
      node_modules: { tap: {} },
      docs: { 'one.md': '1' },
      test: { 'a.test.ts': 'source', 'data.json': '{}', fixtures: { 'b.json': '[]' } },
    },
  });
  const [from, next] = [join(folder, 'from'), join(folder, 'next')];
  mkdirSync(join(next, 'test'), { recursive: true });
  writeFileSync(join(next, 'test', 'a.test.js'), 'compiled');
  linkTheRest(from, next);
  t.same(readdirSync(next).sort(), ['docs', 'test'], 'packages and history are not part of it');
  t.same(readdirSync(join(next, 'test')).sort(), ['a.test.js', 'a.test.ts', 'data.json', 'fixtures']);
  t.equal(readFileSync(join(next, 'test/a.test.js'), 'utf8'), 'compiled');
  t.equal(readFileSync(join(next, 'test/fixtures/b.json'), 'utf8'), '[]');
  t.equal(readlinkSync(join(next, 'docs')), '../from/docs', 'the whole may be moved');
  t.equal(compiledFile('test/calls/x.test.ts'), '.setup/suite/test/calls/x.test.js');
});

t.test('a stack names the sources', t => {
  const { stack } = new Error('somewhere');
  t.match(stack, /^Error: somewhere\n +at .*test\/scripts\/compiled-tests\.test\.ts:30:\d+/);
  t.end();
});

t.test('files run in processes as if node were called by hand, and are judged by tap', t => {
  const tap = JSON.stringify(import.meta.resolve('tap'));
  const folder = t.testdir({
    'plain.mjs': `import t from ${tap}; t.equal(process.env.NODE_OPTIONS, '--no-deprecation'); t.same(process.execArgv, []);`,
    'fails.mjs': `import t from ${tap}; t.equal(1, 2, 'one is two'); t.ok(true);`,
    'hangs.mjs': `import t from ${tap}; t.test('waits', () => new Promise(() => setInterval(() => {}, 1000)));`,
    'crashes.mjs': `process.exit(7);`,
    'throws.mjs': `import t from ${tap}; t.test('later', () => new Promise(() => setTimeout(() => { throw new Error('thrown late') })));`,
    'rejects.mjs': `import t from ${tap}; t.test('unseen', async t => { void Promise.reject(new Error('rejected unseen')); t.ok(await new Promise(setImmediate), undefined); });`,
    'empty.mjs': '',
  });
  const names = readdirSync(folder).sort();
  const plan = { files: names.map(name => [`test/${name}`, join(folder, name)]), jobs: 3, timeout: 5 };
  const run = spawnSync(process.execPath, ['scripts/lib/run-compiled.mjs', JSON.stringify(plan)], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], NODE_OPTIONS: '--no-deprecation' },
  });
  t.equal(run.status, 1);
  const report = createTapReport();
  const lines = [...run.stdout.split('\n').flatMap(line => report.read(line)), ...report.close()].join('\n');
  t.match(lines, /ok +test\/plain\.mjs {2}2 passed, 0 failed/);
  t.match(lines, /not ok +test\/fails\.mjs {2}1 passed, 1 failed/);
  t.match(lines, /not ok +test\/hangs\.mjs {2}0 passed, 1 failed/);
  t.match(lines, /not ok +test\/crashes\.mjs {2}0 passed, 1 failed/);
  for (const [name, words] of [
    ['throws', 'thrown late'],
    ['rejects', 'rejected unseen'],
  ]) {
    t.match(lines, new RegExp(`not ok +test/${name}\\.mjs`), 'what nobody caught ends the file');
    t.match(run.stdout + run.stderr, words);
  }
  t.match(lines, /test\/empty\.mjs: no tests found/);
  t.match(lines, /not ok +timeout!/, 'the limit that was passed is told too');
  t.match(lines, /\n4 passed, \d+ failed, 1 skipped$/, 'all of them are counted');
  t.end();
});
