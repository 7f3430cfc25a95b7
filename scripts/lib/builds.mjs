import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { root } from './project.mjs';
import { runQuietly, step } from './steps.mjs';

/** What is built: from which inputs, into which folder, by which command. A part whose first source is not there does not exist. */
export const parts = {
  'pocket-mongo': {
    title: 'the embedded store',
    firstSource: 'packages/pocket-mongo/src/index.ts',
    inputs: ['packages/pocket-mongo/src', 'packages/pocket-mongo/tsconfig.json', 'tsconfig.base.json'],
    output: 'packages/pocket-mongo/dist',
    build: (out, run) => compile('packages/pocket-mongo', out, run),
  },
  server: {
    title: 'the server',
    firstSource: 'src/server.ts',
    inputs: ['src', 'tsconfig.json', 'tsconfig.base.json'],
    output: 'dist',
    // Checking types takes ten times as long as compiling and is npm run typecheck's work; whoever only starts need not wait.
    build: (out, run) => compile('.', out, run, ['--noCheck']),
  },
  dashboard: {
    title: 'the dashboard',
    firstSource: 'frontend/index.html',
    inputs: ['frontend', 'src/live', 'package-lock.json'],
    output: 'frontend/dist',
    build: (out, run) =>
      run([path.join(root, 'node_modules/vite/bin/vite.js'), 'build', '--outDir', out, '--emptyOutDir'], 'frontend'),
  },
};

const stampName = '.built.json';
const notInputs = new Set(['node_modules', 'dist', 'coverage']);

async function compile(folder, out, run, flags = []) {
  // A fresh folder each time: an incremental build would keep the output of sources that are gone.
  const fresh = ['--incremental', 'false', '--tsBuildInfoFile', 'null', '--noEmitOnError', '--outDir', out, ...flags];
  await run([path.join(root, 'node_modules/typescript/bin/tsc'), '-p', folder, ...fresh], '.');
  const source = path.join(root, folder, 'src');
  cpSync(source, out, { recursive: true, filter: from => statSync(from).isDirectory() || !from.endsWith('.ts') });
}

/** Why a part must be built, or undefined when its output is what its inputs give. Content decides, not dates: clones and branches change dates. */
export function staleness(part, folder = root) {
  if (!existsSync(path.join(folder, part.firstSource))) return undefined;
  const stamp = readStamp(path.join(folder, part.output));
  if (!stamp) return 'not built yet';
  if (stamp.inputs !== digestOf(part.inputs, folder, contentOf)) return 'its sources changed';
  if (stamp.outputs !== digestOf([part.output], folder, sizeOf)) return 'its output was changed by other hands';
  return undefined;
}

/** Builds beside the old output and swaps at the end; whatever interrupts it leaves either the old build or none, never a half one. */
export async function build(part, { reason, childStarted, folder = root }) {
  const output = path.join(folder, part.output);
  const next = `${output}.next`;
  const previous = `${output}.previous`;
  await step(`building ${part.title} (${reason})`, async () => {
    rmSync(next, { recursive: true, force: true });
    const inputs = digestOf(part.inputs, folder, contentOf); // before the build: what is edited meanwhile is stale afterwards
    await part.build(next, (args, cwd) =>
      runQuietly(process.execPath, args, { cwd: path.join(folder, cwd), onSpawn: childStarted }),
    );
    mkdirSync(next, { recursive: true });
    const outputs = digestOf([path.relative(folder, next)], folder, sizeOf);
    writeFileSync(path.join(next, stampName), JSON.stringify({ inputs, outputs }));
    rmSync(previous, { recursive: true, force: true });
    if (existsSync(output)) renameSync(output, previous);
    renameSync(next, output);
    rmSync(previous, { recursive: true, force: true });
  });
}

const contentOf = file => readFileSync(file);
const sizeOf = file => String(statSync(file).size);

/** One hash over names and contents (or sizes) below the given files and folders, the same on every machine. */
export function digestOf(inputs, folder, identityOf) {
  const hash = createHash('sha256');
  for (const input of inputs) {
    const start = path.join(folder, input);
    if (!existsSync(start)) continue;
    for (const file of statSync(start).isDirectory() ? filesBelow(start) : [start]) {
      hash
        .update(`${path.relative(start, file)}\0`)
        .update(identityOf(file))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

function* filesBelow(folder) {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory() && !notInputs.has(entry.name) && !/\.(next|previous)$/.test(entry.name))
      yield* filesBelow(place);
    else if (entry.isFile() && entry.name !== stampName && !entry.name.endsWith('.tsbuildinfo')) yield place;
  }
}

function readStamp(output) {
  try {
    return JSON.parse(readFileSync(path.join(output, stampName), 'utf8'));
  } catch {
    return undefined;
  }
}
