import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { compiledFile, linkTheRest } from '../../scripts/lib/compiled-tests.mjs';
import { createTapReport } from '../../scripts/lib/tap-report.mjs';
import { sharedProcesses } from '../../scripts/lib/test-processes.mjs';

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
  t.match(stack, /^Error: somewhere\n +at .*test\/scripts\/compiled-tests\.test\.ts:31:\d+/);
  t.end();
});

/** Runs these files in processes as the suite does, and reads what came of them as the suite does. */
function runGroups(folder: string, names: string[][]) {
  const groups = names.map(group => group.map(name => [`test/${name}`, join(folder, name)]));
  const plan = JSON.stringify({ groups, jobs: 3, timeout: 5 });
  const run = spawnSync(process.execPath, ['scripts/lib/run-compiled.mjs', plan], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], NODE_OPTIONS: '--no-deprecation' },
  });
  const report = createTapReport();
  const lines = [...run.stdout.split('\n').flatMap(line => report.read(line)), ...report.close()].join('\n');
  return { status: run.status, lines, output: run.stdout + run.stderr };
}

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
  const { status, lines, output } = runGroups(
    folder,
    readdirSync(folder)
      .sort()
      .map(name => [name]),
  );
  t.equal(status, 1);
  t.match(lines, /ok +test\/plain\.mjs {2}2 passed, 0 failed/);
  t.match(lines, /not ok +test\/fails\.mjs {2}1 passed, 1 failed/);
  t.match(lines, /not ok +test\/hangs\.mjs {2}0 passed, 1 failed/);
  t.match(lines, /not ok +test\/crashes\.mjs {2}0 passed, 1 failed/);
  for (const [name, words] of [
    ['throws', 'thrown late'],
    ['rejects', 'rejected unseen'],
  ]) {
    t.match(lines, new RegExp(`not ok +test/${name}\\.mjs`), 'what nobody caught ends the file');
    t.match(output, words);
  }
  t.match(lines, /test\/empty\.mjs: no tests found/);
  t.match(lines, /not ok +timeout!/, 'the limit that was passed is told too');
  t.match(lines, /\n4 passed, \d+ failed, 1 skipped$/, 'all of them are counted');
  t.end();
});

t.test('files that share a process are run one after the other and judged each for itself', t => {
  const tap = JSON.stringify(new URL('../../scripts/lib/shared-tap.mjs', import.meta.url));
  const trace = join(t.testdir(), 'trace');
  const file = (name: string, body: string) =>
    `import { appendFileSync } from 'node:fs'; import t, { test } from ${tap};
    const note = what => appendFileSync(${JSON.stringify(trace)}, '${name}:' + what + ' ');
    note('loaded');
    t.teardown(() => note('torn down'));
    ${body}`;
  const folder = t.testdir({
    trace: '',
    'a.mjs': file('a', `test('one', async t => { await new Promise(setImmediate); note('tested'); t.pass(); });`),
    'b.mjs': file(
      'b',
      `t.equal(1, 2, 'one is two'); test('deep', t => { t.test('deeper', async t => t.pass()); t.end(); });`,
    ),
    'c.mjs': file('c', `test('needs', { skip: 'install it' }, t => t.end()); t.pass();`),
    'd.mjs': file('d', `t.pass(); test('ends', async () => process.exit(7));`),
    'e.mjs': file('e', 't.pass();'),
    'f.mjs': '',
    'g.mjs': file('g', `test('waits', () => new Promise(() => setInterval(() => {}, 1000)));`),
    'h.mjs': file(
      'h',
      `t.equal(t.testdir().includes('h.mjs'), true); t.same(process.argv.slice(2), []); t.equal(process.env.PARLEY_TESTS_TOGETHER, undefined);`,
    ),
    'i.mjs': 'not a program',
    'j.mjs': file('j', 't.pass();'),
    'k.mjs': file('k', 't.pass(); setInterval(() => {}, 1000);'),
    'l.mjs': file('l', 't.pass();'),
  });
  const { status, lines, output } = runGroups(folder, [
    ['a.mjs', 'b.mjs', 'c.mjs', 'd.mjs', 'e.mjs'],
    ['f.mjs', 'g.mjs', 'h.mjs', 'i.mjs', 'j.mjs'],
    ['k.mjs', 'l.mjs'],
  ]);
  t.equal(status, 1);
  t.equal(
    readFileSync(trace, 'utf8')
      .match(/[abcd]:\S+/g)
      ?.join(' '),
    'a:loaded a:tested a:torn b:loaded b:torn c:loaded c:torn d:loaded d:torn',
    'the next file is loaded when the one before has ended',
  );
  t.match(lines, /^ok +test\/a\.mjs {2}1 passed, 0 failed/m);
  t.match(lines, /FAILED +test\/b\.mjs {2}one is two/);
  t.match(lines, /^not ok +test\/b\.mjs {2}1 passed, 1 failed/m);
  t.match(lines, /^ok +test\/c\.mjs {2}1 passed, 0 failed, 1 skipped/m);
  t.match(lines, /^ {2}test\/c\.mjs {2}needs: install it$/m);
  t.match(lines, /^not ok +test\/d\.mjs {2}1 passed, 1 failed/m, 'the process ended in it');
  t.match(lines, /^not ok +test\/e\.mjs {2}0 passed, 1 failed/m, 'and what comes after it was not run');
  t.match(lines, /FAILED +test\/d\.mjs {2}ends > test unfinished/);
  t.match(lines, /test\/f\.mjs: no tests found/);
  t.match(lines, /^not ok +test\/g\.mjs {2}0 passed, 1 failed/m, 'its limit is its own');
  t.match(lines, /^ok +test\/h\.mjs {2}3 passed, 0 failed/m, 'and it sees nothing of the others');
  t.match(lines, /^not ok +test\/i\.mjs {2}0 passed, 1 failed/m);
  t.match(lines, /^ok +test\/j\.mjs {2}1 passed, 0 failed/m);
  t.match(lines, /^not ok +together: test\/k\.mjs, test\/l\.mjs {2}0 passed, 1 failed/m);
  t.match(output, /left open by one of test\/k\.mjs, test\/l\.mjs: .*Timeout/, 'neither keeps the process alive');
  t.end();
});

t.test(
  'files of a folder share processes, in groups that stay the same; who asks for it has one of its own',
  async t => {
    const names = ['a/1', 'a/2', 'a/3', 'a/4', 'a/5', 'a/6', 'a/7', 'b/1', 'b/2', 'c'];
    const lines = new Map([
      ['a/3', '// own process: it counts what it keeps open'],
      ['b/2', '// own process:'],
    ]);
    t.same(
      sharedProcesses(names, name => lines.get(name) ?? ''),
      [['a/3'], ['a/1', 'a/2', 'a/4'], ['a/5', 'a/6', 'a/7'], ['b/1', 'b/2'], ['c']],
      'a wish without its reason is none',
    );
  },
);
