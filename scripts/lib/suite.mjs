import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import { compiledFile } from './compiled-tests.mjs';
import { at, PlainFailure, root } from './project.mjs';
import { runAttached, runQuietly } from './steps.mjs';
import { createTapReport } from './tap-report.mjs';
import { sharedProcesses } from './test-processes.mjs';

const tapCommand = at('node_modules/tap/dist/esm/run.mjs');
const ownRunner = at('scripts/lib/run-compiled.mjs');

/**
 * Runs the compiled tests and prints a line per test file, every failure in full, what was skipped and why, and one closing
 * line. With flags of tap's its own command runs them from the sources.
 */
export async function runSuite(args) {
  const { coverage, selection, flags, jobs } = sortArguments(args);
  const ownReport = !flags.some(flag => /^(-R|--reporter)/.test(flag));
  const command =
    flags.length > 0
      ? [
          tapCommand,
          ...(ownReport ? ['--reporter=tap'] : []),
          ...(jobs ? [`--jobs=${jobs}`] : []),
          ...flags,
          ...selection,
        ]
      : [ownRunner, JSON.stringify(planOf(await filesOf(selection), jobs))];
  if (coverage) rmSync(at('coverage'), { recursive: true, force: true });
  const child = spawn(process.execPath, command, {
    cwd: root,
    stdio: ['ignore', ownReport ? 'pipe' : 'inherit', 'inherit'],
    // Every node process below writes what it ran into this folder; that is all that measuring needs.
    env: { ...process.env, FORCE_COLOR: undefined, ...(coverage && { NODE_V8_COVERAGE: at('coverage/tmp') }) },
  });
  const passSignal = signal => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, passSignal);

  const report = createTapReport();
  if (ownReport) {
    for await (const line of createInterface({ input: child.stdout }))
      for (const text of report.read(line)) console.log(text);
  }
  const code = await new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode ?? 1);
    else child.once('close', exitCode => resolve(exitCode ?? 1));
  });
  if (coverage) await reportCoverage();
  if (ownReport) for (const text of report.close()) console.log(text);
  return code;
}

/** Which files a selection names is tap's to say: it reads the same `.taprc` as when it runs them itself. */
async function filesOf(selection) {
  const listed = await runQuietly(process.execPath, [tapCommand, 'list', ...selection]);
  return listed.split('\n').filter(name => name.endsWith('.test.ts'));
}

function planOf(names, jobs) {
  const settings = parse(readFileSync(at('.taprc'), 'utf8'));
  const groups = sharedProcesses(names).map(group => group.map(name => [name, compiledFile(name)]));
  return { groups, jobs: jobs ?? settings.jobs, timeout: settings.timeout };
}

// tap's own coverage takes everything that goes through tsx for covered, so it is off in .taprc, and c8 reads the figures.
async function reportCoverage() {
  const sources = ['--all', '--src=src', '--include=src/**', '--include=packages/*/src/**', '--exclude-after-remap'];
  const reports = ['--reporter=text-summary', '--reporter=lcov'];
  await runAttached(process.execPath, [at('node_modules/c8/bin/c8.js'), 'report', ...sources, ...reports]);
}

/** Folders become globs, as tap takes no folders; a path that does not exist is refused rather than silently matching nothing. */
export function sortArguments(args, folder = root) {
  const flags = [];
  const selection = [];
  let jobs;
  for (const arg of args) {
    if (arg === '--coverage') continue;
    if (/^--jobs=\d+$/.test(arg)) jobs = Number(arg.slice('--jobs='.length));
    else if (arg.startsWith('-')) flags.push(arg);
    else selection.push(toPattern(arg, folder));
  }
  return { coverage: args.includes('--coverage'), selection, flags, ...(jobs && { jobs }) };
}

function toPattern(arg, folder) {
  const place = path.resolve(folder, arg);
  if (/[*?{[]/.test(arg)) return arg;
  if (!existsSync(place)) throw new PlainFailure(`there is no test file or folder "${arg}"${suggestion(arg, folder)}`);
  if (!statSync(place).isDirectory()) return arg;
  if (!hasTests(place)) throw new PlainFailure(`there are no test files (*.test.ts) below "${arg}"`);
  return `${arg.replace(/\/+$/, '')}/**/*.test.ts`;
}

function suggestion(arg, folder) {
  const inTest = path.join('test', arg);
  return existsSync(path.join(folder, inTest)) ? `; did you mean ${inTest}?` : '';
}

const hasTests = place => readdirSync(place, { recursive: true }).some(name => String(name).endsWith('.test.ts'));
