import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { build, parts, staleness } from './builds.mjs';
import { compiledTests } from './compiled-tests.mjs';
import { dependencyProblem, installDependencies } from './dependencies.mjs';
import { at, isProduction, PlainFailure } from './project.mjs';
import { withSetupLock } from './setup-lock.mjs';
import { runQuietly, step } from './steps.mjs';

const everyPart = Object.keys(parts);
/** How a server's folder is made ready, before `node dist/server.js`. */
export const serverCommands = 'npm ci --include=dev && npm run build && npm prune --omit=dev';

/**
 * Makes the folder ready to run: dependencies as the lockfile says, the named parts built from the present sources and,
 * for tests, tap prepared and the tests compiled. When all of that holds already it only looks, starts no process and takes no lock.
 */
export async function setUp({ only = everyPart, forTests = false } = {}) {
  const wanted = [...only.map(name => parts[name]), ...(forTests ? [compiledTests] : [])];
  if (!dependencyProblem() && !wanted.some(part => staleness(part)) && !(forTests && tapProblem())) return;
  await withSetupLock(at('.setup'), async ({ childStarted }) => {
    const missing = dependencyProblem(); // looked at again: whoever held the lock before us may have done it
    if (missing) await installDependencies({ reason: missing, childStarted });
    if (forTests && tapProblem()) await prepareTap(childStarted);
    for (const part of wanted) {
      const reason = staleness(part);
      if (reason) await build(part, { reason, childStarted });
    }
  });
}

/** In production nothing is installed or built on the way; whatever is missing is named, with the commands that bring it. */
export function assertReadyForProduction() {
  const problems = [];
  const missing = dependencyProblem({ withDevelopment: false });
  if (missing) problems.push(`dependencies: ${missing}`);
  for (const name of everyPart) {
    // Shipped without its sources a part cannot be stale, only missing; the server without a dashboard is a choice.
    const gone = name !== 'dashboard' && !existsSync(at(parts[name].output));
    const reason = staleness(parts[name]) ?? (gone ? 'not built yet' : undefined);
    if (reason) problems.push(`${parts[name].title}: ${reason}`);
  }
  if (problems.length === 0) return;
  throw new PlainFailure(
    `NODE_ENV=production: npm start neither installs nor builds here, and this folder is not ready (${problems.join('; ')}).\n` +
      `On servers run:  ${serverCommands}\nand then start:  node dist/server.js`,
  );
}

/** `npm run build`: builds what is stale. In production it installs nothing, as the server's deployment does that as a step of its own. */
export async function buildStale({ force = false } = {}) {
  const missing = dependencyProblem();
  if (missing && isProduction())
    throw new PlainFailure(
      `NODE_ENV=production: building needs all dependencies, and ${missing}. Run:  ${serverCommands}`,
    );
  if (missing || !force) await setUp();
  if (!force) return;
  await withSetupLock(at('.setup'), async ({ childStarted }) => {
    for (const name of everyPart) {
      if (existsSync(at(parts[name].firstSource))) await build(parts[name], { reason: 'asked for', childStarted });
    }
  });
}

// tap's own class is generated from the chosen plugins after every installation, partly in node_modules and partly in .tap.
// The mark lies beside what was generated, so a fresh installation takes it away.
const tapMark = at('node_modules/@tapjs/test/test-built/.built-for');
const tapConfiguration = () =>
  createHash('sha256')
    .update(readFileSync(at('.taprc')))
    .digest('hex');
const tapProblem = () =>
  !existsSync(at('.tap/plugins/package.json')) ||
  !existsSync(tapMark) ||
  readFileSync(tapMark, 'utf8') !== tapConfiguration();

async function prepareTap(childStarted) {
  await step('preparing tap', async () => {
    await runQuietly(process.execPath, [at('node_modules/tap/dist/esm/run.mjs'), 'build'], { onSpawn: childStarted });
    writeFileSync(tapMark, tapConfiguration());
  });
}
