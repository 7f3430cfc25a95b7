import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import { at, root } from '../../scripts/lib/project.mjs';
import { startServer } from '../../scripts/lib/running-server.mjs';
import { setUp } from '../../scripts/lib/set-up.mjs';

// The real commands in real processes: what a shell, npm or a service manager does to them.
const isRoot = process.getuid?.() === 0;
const nobody = 65_534;

t.before(() => setUp({ only: ['pocket-mongo', 'server'] }));

/** A folder outside the repository, which a user without rights can enter. */
function tempFolder(t: Test, mode = 0o755): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'parley-test-'));
  chmodSync(folder, mode);
  t.teardown(() => {
    spawnSync('chmod', ['-R', 'u+w', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

t.test('npm start drains and ends with 0', async t => {
  const ways: [name: string, signal: NodeJS.Signals, toGroup: boolean][] = [
    ['SIGTERM to npm alone', 'SIGTERM', false],
    ['SIGTERM to the whole group', 'SIGTERM', true],
    ['Ctrl-C in a terminal, which reaches the whole group', 'SIGINT', true],
  ];
  for (const [name, signal, toGroup] of ways) {
    t.test(name, async t => {
      const server = await startServer('npm', ['start'], { env: { DATA_DIR: tempFolder(t) } });
      t.teardown(() => server.endGroup('SIGKILL'));
      t.equal((await fetch(`${server.address}/healthz`)).status, 200);
      if (toGroup) server.endGroup(signal);
      else process.kill(server.pid as number, signal);
      t.same(await server.closed, { code: 0, signal: null });
      t.match(server.output(), /"msg":"draining[^"]*"/);
      t.match(server.output(), /"msg":"stopped"/);
      t.throws(() => process.kill(-(server.pid as number), 0), { code: 'ESRCH' }, 'nothing of it still runs');
    });
  }
});

/** Runs the server where it cannot start, and gives back what it said. */
function runToItsEnd(variables: NodeJS.ProcessEnv) {
  const env = { ...process.env, NODE_ENV: undefined, ...variables };
  return spawnSync('env', ['-u', 'NODE_OPTIONS', process.execPath, 'dist/server.js'], {
    cwd: root,
    encoding: 'utf8',
    env,
    timeout: 30_000,
  });
}

t.test('a port in use is one clear line', async t => {
  const holder = createServer().listen(0, '127.0.0.1');
  t.teardown(() => holder.close());
  await new Promise(resolve => holder.once('listening', resolve));
  const { port } = holder.address() as { port: number };
  const run = runToItsEnd({ PORT: String(port), DATA_DIR: tempFolder(t) });
  t.equal(run.status, 1);
  t.match(run.stderr, new RegExp(`^[^\\n]*port ${port}[^\\n]* in use[^\\n]*PORT[^\\n]*\\n$`));
});

t.test('a DATA_DIR that cannot be written is one clear line', async t => {
  const file = path.join(tempFolder(t), 'a-file');
  cpSync(at('package.json'), file);
  const run = runToItsEnd({ PORT: '0', DATA_DIR: path.join(file, 'data') });
  t.equal(run.status, 1);
  t.match(run.stderr, /^[^\n]*DATA_DIR \([^\n]*cannot be written[^\n]*\n$/);
});

t.test('wrong settings are listed, each with its remedy, and nothing starts', async t => {
  const run = runToItsEnd({ PORT: 'eighty', TWILIO_CALLER_ID: '+12125550100', DATA_DIR: tempFolder(t) });
  t.equal(run.status, 1);
  t.match(run.stderr, 'PORT');
  t.match(run.stderr, 'TWILIO_PHONE_NUMBER');
  t.notMatch(run.stderr, /^\s+at /m, 'no stack');
});

t.test('the server runs from a folder it cannot write, without development packages, as any user', async t => {
  const folder = tempFolder(t);
  copyForServer(folder);
  spawnSync('chmod', ['-R', 'a-w', folder]);
  const before = fingerprint(folder);

  const dataDir = tempFolder(t, 0o700);
  const user = isRoot ? { uid: nobody, gid: nobody } : {};
  if (isRoot) chownSync(dataDir, nobody, nobody);
  const env = { DATA_DIR: dataDir, HOME: '/nonexistent', SANDBOX: 'on' };
  const server = await startServer(process.execPath, ['dist/server.js'], { cwd: folder, env, ...user });
  t.teardown(() => server.endGroup('SIGKILL'));
  t.comment(`ready after ${(server.readyAfterMs / 1000).toFixed(2)} s`);
  t.equal((await fetch(`${server.address}/health/ready`)).status, 200);
  if (existsSync(at('frontend/dist/index.html'))) t.equal((await fetch(server.address)).status, 200);
  process.kill(server.pid as number, 'SIGTERM');
  t.same(await server.closed, { code: 0, signal: null });
  t.equal(fingerprint(folder), before, 'it wrote nothing beside DATA_DIR');
});

/** What `npm ci --include=dev && npm run build && npm prune --omit=dev` leaves of a clone. */
function copyForServer(folder: string): void {
  const { packages } = JSON.parse(readFileSync(at('package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; link?: boolean; resolved?: string }>;
  };
  const places = ['package.json', 'dist', 'frontend/dist', 'sandbox-data', 'media'].filter(place =>
    existsSync(at(place)),
  );
  for (const [place, entry] of Object.entries(packages)) {
    // A package's folder holds those nested in it, so outer ones are enough; other systems' binaries are not there at all.
    const outermost = place.indexOf('node_modules/') === 0 && place.lastIndexOf('node_modules/') === 0;
    if (outermost && !entry.dev && !entry.link && existsSync(at(place))) places.push(place);
  }
  for (const place of places) cpSync(at(place), path.join(folder, place), { recursive: true });
  for (const name of readdirSync(at('packages'))) {
    const home = path.join(folder, 'node_modules', name);
    mkdirSync(home, { recursive: true });
    for (const part of ['package.json', 'dist'])
      if (existsSync(at('packages', name, part)))
        cpSync(at('packages', name, part), path.join(home, part), { recursive: true });
  }
}

const fingerprint = (folder: string): string =>
  readdirSync(folder, { recursive: true })
    .map(name => {
      const { mtimeMs, size } = statSync(path.join(folder, String(name)));
      return `${name} ${mtimeMs} ${size}`;
    })
    .sort()
    .join('\n');
