import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { at, PlainFailure } from './project.mjs';
import { startServer } from './running-server.mjs';
import { runQuietly, step } from './steps.mjs';

/** `npm start` in this folder with an empty DATA_DIR: every first address answers, SIGTERM ends it with 0, and the second start is quick. */
export async function smokeAsStranger() {
  await inTempFolder(async dataDir => {
    const start = () => startServer('npm', ['start'], { env: { DATA_DIR: dataDir } });
    await lookAround('first start', start);
    await lookAround('second start', start);
  });
}

/** What a server's folder looks like after `npm prune --omit=dev`, made beside this one from links, and started in production. */
export async function smokeAsServer() {
  mkdirSync(at('.setup'), { recursive: true });
  const copy = mkdtempSync(at('.setup/server-'));
  try {
    await step('copying the built folder and pruning development packages', async () => {
      for (const name of [
        'package.json',
        'package-lock.json',
        '.npmrc',
        'scripts',
        'src',
        'tsconfig.json',
        'tsconfig.base.json',
      ])
        if (existsSync(at(name))) cpSync(at(name), path.join(copy, name), { recursive: true });
      // Links instead of copies: pruning only takes names away.
      for (const name of ['node_modules', 'dist', 'packages', 'frontend', 'sandbox-data', 'media'])
        if (existsSync(at(name))) execFileSync('cp', ['-al', at(name), copy]);
      // All but the one file that npm writes over in place, which would prune the original's record too.
      const record = 'node_modules/.package-lock.json';
      rmSync(path.join(copy, record));
      copyFileSync(at(record), path.join(copy, record));
      await runQuietly('npm', ['prune', '--omit=dev', '--no-audit', '--no-fund'], { cwd: copy });
    });
    await inTempFolder(async dataDir => {
      const env = {
        DATA_DIR: dataDir,
        NODE_ENV: 'production',
        STORE: 'embedded',
        HOST: '127.0.0.1',
        SERVER_URL: 'http://127.0.0.1:8000',
        JWT_SECRET: 'only-for-this-smoke-run-of-the-server',
      };
      await lookAround('node dist/server.js', () =>
        startServer(process.execPath, ['dist/server.js'], { cwd: copy, env }),
      );
      await lookAround('npm start in production', () => startServer('npm', ['start'], { cwd: copy, env }));
    });
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

const firstAddresses = [
  { path: '/healthz', contains: '"status":"ok"' },
  { path: '/health/ready', contains: '' },
  { path: '/api/openapi.json', contains: '"openapi":"3.1' },
  { path: '/', contains: '<!doctype html', when: () => existsSync(at('frontend/index.html')) },
];

async function lookAround(title, start) {
  const server = await start();
  try {
    for (const { path: route, contains, when } of firstAddresses) {
      if (when && !when()) continue;
      const response = await fetch(new URL(route, server.address), { signal: AbortSignal.timeout(10_000) });
      const body = await response.text();
      if (response.status !== 200 || !body.toLowerCase().includes(contains))
        throw new PlainFailure(
          `${server.output()}\n${title}: GET ${route} answered ${response.status}: ${body.slice(0, 500)}`,
        );
    }
    process.kill(server.pid, 'SIGTERM');
    const { code, signal } = await server.closed;
    if (code !== 0)
      throw new PlainFailure(`${server.output()}\n${title}: SIGTERM ended it with ${signal ?? code} instead of 0`);
    console.log(
      `${title}: ready after ${(server.readyAfterMs / 1000).toFixed(2)} s, every address answered, SIGTERM ended it with 0`,
    );
  } finally {
    server.endGroup('SIGKILL');
  }
}

async function inTempFolder(work) {
  const folder = mkdtempSync(path.join(tmpdir(), 'parley-smoke-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
