import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import t, { type Test } from 'tap';
import { importProblems } from '../../scripts/lib/check-imports.mjs';
import { recursions } from '../../scripts/lib/import-rules.mjs';
import { importsOf } from '../../scripts/lib/imports.mjs';
import { at, root } from '../../scripts/lib/project.mjs';

const manifest = JSON.stringify({
  dependencies: { mongoose: '1.0.0', typebox: '1.0.0' },
  devDependencies: { tap: '1.0.0' },
});

/** A small house of its own, from paths to texts. */
function house(t: Test, files: Record<string, string>): string {
  const tree: Record<string, unknown> = { 'package.json': manifest };
  for (const [file, text] of Object.entries(files)) {
    const folders = file.split('/');
    const name = folders.pop() ?? '';
    let folder = tree;
    for (const part of folders) {
      folder[part] ??= {};
      folder = folder[part] as Record<string, unknown>;
    }
    folder[name] = text;
  }
  return t.testdir(tree as Parameters<Test['testdir']>[0]);
}

const problemsOf = (t: Test, files: Record<string, string>) =>
  importProblems(house(t, files)).problems.map(
    (problem: { file: string; line: number; text: string }) => `${problem.file}:${problem.line} ${problem.text}`,
  );

t.test('the repository itself keeps the direction', async t => {
  t.same(importProblems(root).problems, []);
});

t.test('what the design allows passes', async t => {
  const problems = problemsOf(t, {
    'src/server.ts': "import { buildApp } from './app.ts';\nbuildApp(process.env);\n",
    'src/app.ts':
      "import { callsPlugin } from './calls/calls.plugin.ts';\nimport { twin } from './sandbox/carrier/twin.ts';\nexport const buildApp = (env: unknown) => [callsPlugin, twin, env];\n",
    'src/errors.ts': 'export class AppError extends Error {}\n',
    'src/calls/calls.plugin.ts':
      "import { dial } from '../telephony/rest.ts';\nimport { findAll } from './call-repository.ts';\nexport const callsPlugin = [dial, findAll];\n",
    'src/calls/call-repository.ts':
      "import mongoose from 'mongoose';\nimport { connect } from '../store/connection.ts';\nexport const findAll = [mongoose, connect];\n",
    'src/calls/call-state.ts':
      "import { createHash } from 'node:crypto';\nimport { AppError } from '../errors.ts';\nexport type CallState = 'ended';\nexport const next = [createHash, AppError];\n",
    'src/campaigns/dialer.ts':
      "import { next } from '../calls/call-state.ts';\nimport type { CallState } from '../calls/call-state.ts';\nexport const a = (s: CallState) => [s, next];\n",
    'src/telephony/rest.ts': "import { connect } from '../store/connection.ts';\nexport const dial = connect;\n",
    'src/store/connection.ts': "import { readFile } from 'node:fs/promises';\nexport const connect = readFile;\n",
    'src/store/serve-cli.ts': 'export const dir = process.env;\n',
    'src/sandbox/carrier/twin.ts':
      "import { encode } from '../../telephony/stream-protocol.ts';\nexport const twin = encode;\n",
    'src/telephony/stream-protocol.ts': "import { Type } from 'typebox';\nexport const encode = Type;\n",
    'frontend/src/live.ts':
      "import type { CallEvent } from '../../src/live/call-events.ts';\nexport type A = CallEvent;\n",
    'src/live/call-events.ts': "export type CallEvent = 'x';\n",
  });
  t.same(problems, []);
});

const violations: [name: string, files: Record<string, string>, expected: RegExp][] = [
  [
    "a feature imports another feature's repository",
    {
      'src/campaigns/dialer.ts': "import { findAll } from '../calls/call-repository.ts';\n",
      'src/calls/call-repository.ts': '',
    },
    /dialer\.ts:1 imports src\/calls\/call-repository\.ts: features meet through services/,
  ],
  [
    "a feature imports the type of another feature's service",
    {
      'src/campaigns/dialer.ts': "import type { Calls } from '../calls/call-service.ts';\n",
      'src/calls/call-service.ts': '',
    },
    /features meet through services/,
  ],
  [
    'a door imports a feature',
    { 'src/telephony/webhooks.ts': "import '../calls/call-service.ts';\n", 'src/calls/call-service.ts': '' },
    /a door knows no feature/,
  ],
  [
    'one door imports the other',
    { 'src/engines/relay/session.ts': "import '../../telephony/rest.ts';\n", 'src/telephony/rest.ts': '' },
    /a door knows no feature and no other door/,
  ],
  [
    'the store imports a feature',
    { 'src/store/models.ts': "import '../calls/call-model.ts';\n", 'src/calls/call-model.ts': '' },
    /store, jobs, ops and http know no vendor/,
  ],
  [
    'a pure folder reads a file',
    { 'src/compliance/rules.ts': "import { readFileSync } from 'node:fs';\n" },
    /rules\.ts:1 is a pure module but uses node:fs/,
  ],
  [
    'a state table reaches the driver through a helper',
    {
      'src/calls/call-state.ts': "\nimport { help } from './helper.ts';\n",
      'src/calls/helper.ts': "import mongoose from 'mongoose';\n",
    },
    /call-state\.ts:2 is a pure module but uses mongoose \(through src\/calls\/helper\.ts\)/,
  ],
  [
    'a protocol reads the clock',
    { 'src/telephony/stream-protocol.ts': 'export const at = () => Date.now();\n' },
    /uses the clock/,
  ],
  ['a pure module starts a timer', { 'src/audio/ring.ts': 'setTimeout(() => {}, 1);\n' }, /uses a timer/],
  [
    'a pure module reaches the store',
    { 'src/calls/call-state.ts': "import '../store/names.ts';\n", 'src/store/names.ts': '' },
    /reaches the store/,
  ],
  [
    'a service imports a plugin',
    { 'src/calls/call-service.ts': "import './calls.plugin.ts';\n", 'src/calls/calls.plugin.ts': '' },
    /plugins are put together in app\.ts alone/,
  ],
  [
    'a feature imports the application',
    { 'src/calls/call-service.ts': "import '../app.ts';\n", 'src/app.ts': '' },
    /nothing else reaches back/,
  ],
  [
    'a feature imports the sandbox',
    { 'src/calls/place.ts': "import '../sandbox/carrier/twin.ts';\n", 'src/sandbox/carrier/twin.ts': '' },
    /must not lean on its own stand-ins/,
  ],
  [
    'the sandbox imports a feature',
    { 'src/sandbox/seed.ts': "import '../calls/call-service.ts';\n", 'src/calls/call-service.ts': '' },
    /the sandbox stands outside/,
  ],
  [
    'somebody else reads the environment',
    { 'src/ops/log.ts': '\n\nexport const level = process.env.LOG_LEVEL;\n' },
    /log\.ts:3 reads process\.env/,
  ],
  [
    'the package imports the server',
    {
      'packages/pocket-mongo/package.json': '{}',
      'packages/pocket-mongo/src/a.ts': "import '../../../src/errors.ts';\n",
      'src/errors.ts': '',
    },
    /a package stands on its own/,
  ],
  [
    'the dashboard imports a value of the server',
    { 'frontend/src/a.tsx': "import { x } from '../../src/live/call-events.ts';\n", 'src/live/call-events.ts': '' },
    /only the types of contract files/,
  ],
  [
    'the server imports a test helper',
    { 'src/calls/place.ts': "import '../../test/helpers/app.ts';\n" },
    /imports nothing outside src/,
  ],
  [
    'the server imports a development package',
    { 'src/ops/report.ts': "import t from 'tap';\n" },
    /imports tap, which package\.json does not list under dependencies/,
  ],
  ['a file imports what is not there', { 'src/calls/place.ts': "import '../errors.ts';\n" }, /does not exist/],
  [
    'three files import each other in a circle',
    {
      'src/calls/a.ts': "import './b.ts';\n",
      'src/calls/b.ts': "import './c.ts';\n",
      'src/calls/c.ts': "import './a.ts';\n",
    },
    /in a circle: src\/calls\/a\.ts → src\/calls\/b\.ts → src\/calls\/c\.ts → src\/calls\/a\.ts/,
  ],
];

t.test('what runs against the direction fails, and says where and why', async t => {
  for (const [name, files, expected] of violations) {
    t.test(name, async t => {
      const problems = problemsOf(t, files);
      t.equal(problems.length, 1, problems.join('\n'));
      t.match(problems[0], expected);
    });
  }
});

t.test('every circle that may stay is still there', async t => {
  for (const { files, because } of recursions) {
    for (const file of files) t.ok(existsSync(at(file)), `${file} (${because})`);
  }
});

t.test('types alone make no circle', async t => {
  const problems = problemsOf(t, {
    'src/calls/a.ts': "import './b.ts';\n",
    'src/calls/b.ts': "import type { A } from './a.ts';\n",
  });
  t.same(problems, []);
});

t.test('the command ends with 1 and names file and line', async t => {
  const folder = house(t, { 'src/engines/x.ts': "\nimport '../calls/y.ts';\n", 'src/calls/y.ts': '' });
  const { status, stderr } = spawnSync(process.execPath, ['scripts/check-imports.mjs', folder], {
    cwd: root,
    encoding: 'utf8',
  });
  t.equal(status, 1);
  t.match(stderr, /^src\/engines\/x\.ts:2 {2}imports src\/calls\/y\.ts/m);
});

t.test('imports are found as the compiler finds them', async t => {
  const source = [
    "import a, { b } from './one.ts';",
    'import type {',
    '  C,',
    "} from './two.ts';",
    "export * from './three.ts';",
    "export type { D } from './four.ts';",
    "import './five.ts';",
    "const late = await import('./six.ts');",
    "const worker = new URL('./seven.ts', import.meta.url);",
    "// import './comment.ts';",
    "/* \nimport './block.ts';\n*/",
    'const text = `',
    "import './template.ts';",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is the input
    "${late} import './more.ts' `;",
    "const pattern = /import '[`]/;",
    "const slash = '//'; import('./eight.ts');",
    "export const from = 'x';",
    "import type from './nine.ts';",
  ].join('\n');
  t.same(
    importsOf(source).map(edge => `${edge.kind} ${edge.specifier}`),
    [
      'value ./one.ts',
      'type ./two.ts',
      'value ./three.ts',
      'type ./four.ts',
      'value ./five.ts',
      'dynamic ./six.ts',
      'dynamic ./seven.ts',
      'dynamic ./eight.ts',
      'value ./nine.ts',
    ],
  );
});
