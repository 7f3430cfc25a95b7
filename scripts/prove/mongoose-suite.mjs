// mongoose's own test suite against the embedded store: MONGOOSE_CHECKOUT=DIR (a checkout of Automattic/mongoose with its packages installed).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPocketMongo } from '../../packages/pocket-mongo/dist/index.js';

/** The ratchet: fewer passes than this is a step back. */
const leastPasses = 4430;
/** Every failure has to be a refusal that names its feature; this many others are tolerated. */
const mostOthers = 0;

const checkout = process.env.MONGOOSE_CHECKOUT;
if (!checkout || !existsSync(path.join(checkout, 'node_modules/mocha/bin/mocha.js'))) {
  console.error(
    'Set MONGOOSE_CHECKOUT to a checkout of Automattic/mongoose in which `npm install --ignore-scripts` has run ' +
      '(version 9.9.3 was measured).',
  );
  process.exit(2);
}

const folder = await mkdtemp(path.join(tmpdir(), 'mongoose-suite-'));
const store = await startPocketMongo({
  dir: path.join(folder, 'data'),
  port: 0,
  ttlIntervalMs: 1000,
  onEvent: ({ level, message }) => console.error(`store: ${level}: ${message}`),
});
try {
  const result = await runMocha(new URL('mongoose_test', store.uri).href, path.join(folder, 'result.json'));
  process.exitCode = judge(result) ? 0 : 1;
} finally {
  await store.close();
  await rm(folder, { recursive: true, force: true });
}

/** Runs every test except those of client-side encryption, which need a library of their own. */
async function runMocha(uri, output) {
  const args = [
    'node_modules/mocha/bin/mocha.js',
    '--exit',
    '--timeout',
    '15000', // the suite's own two seconds measure the machine
    '--ignore',
    'test/encryption/**/*.test.js',
    './test/**/*.test.js',
    '--reporter',
    'json',
    '--reporter-option',
    `output=${output}`,
  ];
  const mocha = spawn(process.execPath, args, {
    cwd: checkout,
    env: { ...process.env, MONGOOSE_TEST_URI: uri },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await once(mocha, 'exit');
  return JSON.parse(await readFile(output, 'utf8'));
}

function judge({ stats, failures }) {
  const reasons = new Map();
  for (const { fullTitle, err } of failures) {
    const reason = reasonOf(err.message ?? '');
    reasons.set(reason, [...(reasons.get(reason) ?? []), fullTitle]);
  }
  const others = reasons.get('other')?.length ?? 0;
  console.log(`${stats.passes} passes, ${stats.failures} failures, ${stats.pending} pending in ${stats.duration} ms`);
  for (const [reason, titles] of [...reasons].sort((a, b) => b[1].length - a[1].length)) {
    console.log(`\n${reason}: ${titles.length}`);
    for (const title of titles) console.log(`  ${title}`);
  }
  for (const { fullTitle, err } of failures) {
    if (reasonOf(err.message ?? '') === 'other') console.log(`\nother: ${fullTitle}\n${err.message}`);
  }
  const good = stats.passes >= leastPasses && others <= mostOthers;
  console.log(
    `\n${good ? 'held' : 'NOT held'}: at least ${leastPasses} passes, at most ${mostOthers} failures that are no refusal`,
  );
  return good;
}

/** The refused feature that a failure names, or `other`. */
function reasonOf(message) {
  const refused = /(?:^|: )([^:]+) (?:is|are) not supported by the embedded store/.exec(message);
  return refused ? refused[1].replace(/^A(?:n)? /, '') : 'other';
}
