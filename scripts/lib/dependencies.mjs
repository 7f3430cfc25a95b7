import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './project.mjs';
import { runQuietly, step } from './steps.mjs';

/**
 * Why the installed packages are not those of the lockfile, or undefined when they are. Compares against npm's own record
 * of what it installed, so packages installed by hand, pruned, or half installed are judged right as well.
 */
export function dependencyProblem({ folder = root, withDevelopment = true } = {}) {
  if (existsSync(interruptedMark(folder))) return 'the last installation was interrupted';
  const wanted = readPackages(path.join(folder, 'package-lock.json'));
  if (!wanted) return 'package-lock.json is missing or not readable';
  const installed = readPackages(path.join(folder, 'node_modules/.package-lock.json'));
  if (!installed) return 'they are not installed';
  for (const [place, entry] of Object.entries(wanted)) {
    if (!place.includes('node_modules/')) continue; // the project itself and its workspaces
    if (!withDevelopment && (entry.dev || entry.devOptional)) continue;
    const found = installed[place];
    if (!found && (entry.optional || entry.peer)) continue; // other platforms' binaries
    if (!found) return `${nameAt(place)} is missing`;
    if (found.version !== entry.version || found.integrity !== entry.integrity)
      return `${nameAt(place)} is ${found.version}, the lockfile says ${entry.version}`;
  }
  // npm's record survives a deleted folder; one look at a package everything needs catches that.
  return existsSync(path.join(folder, 'node_modules/fastify/package.json')) || !wanted['node_modules/fastify']
    ? undefined
    : 'node_modules is incomplete';
}

/** Installs exactly the lockfile. Until it has finished, a mark outside node_modules says that it has not. */
export async function installDependencies({ folder = root, reason, childStarted }) {
  const mark = interruptedMark(folder);
  mkdirSync(path.dirname(mark), { recursive: true });
  await step(`installing dependencies (${reason})`, async () => {
    writeFileSync(mark, '');
    await runNpm(['ci', '--include=dev', '--no-audit', '--no-fund', '--prefer-offline'], {
      cwd: folder,
      onSpawn: childStarted,
    });
    rmSync(mark);
  });
}

/** Runs the npm that runs us, or else the one on the path. */
function runNpm(args, options) {
  const cli = process.env.npm_execpath;
  return cli?.endsWith('npm-cli.js')
    ? runQuietly(process.execPath, [cli, ...args], options)
    : runQuietly('npm', args, options);
}

const interruptedMark = folder => path.join(folder, '.setup/installing');
const nameAt = place => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
