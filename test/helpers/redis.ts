import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A real redis-server on a port of its own, for one test. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Ends the server without a chance to say goodbye (SIGKILL); nothing was saved. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  start(): Promise<void>;
}

interface Teardown {
  teardown(fn: () => unknown): void;
}

/** Why tests against a real Redis cannot run here, for tap's `skip`; false when they can. */
export const redisMissing: string | false =
  spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0 ? false : 'install redis-server';

/** Starts redis-server on a free loopback port in a folder of its own and ends it with the test. */
export async function startRedis(t: Teardown, options: { password?: string } = {}): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-redis-'));
  const port = await freePort();
  const secret = options.password ? ['--requirepass', options.password] : [];
  let server: ChildProcess | undefined;

  async function start(): Promise<void> {
    const child = spawn(
      'redis-server',
      ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no', ...secret],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    server = child;
    for await (const line of createInterface({ input: child.stdout! })) {
      if (line.includes('Ready to accept connections')) break;
    }
    child.stdout?.resume();
    if (child.exitCode !== null) throw new Error(`redis-server ended with code ${child.exitCode} before it was ready`);
  }

  async function kill(): Promise<void> {
    const child = server;
    server = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  t.teardown(async () => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  });
  await start();
  const credentials = options.password ? `:${encodeURIComponent(options.password)}@` : '';
  return { url: `redis://${credentials}127.0.0.1:${port}`, port, kill, start };
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
