import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PlainFailure, root } from './project.mjs';

/**
 * Starts the product by some command, in a process group of its own and on a free port, and resolves once it says at which
 * address it is ready. When it ends first, or stays silent, it is ended whole and its output is the error.
 */
export async function startServer(command, args, { cwd = root, env = {}, readyWithinMs = 60_000, uid, gid } = {}) {
  const since = performance.now();
  // Without the options under which tests run: they would load test tooling into the product.
  const child = spawn('env', ['-u', 'NODE_OPTIONS', command, ...args], {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: undefined, PORT: '0', ...env },
    uid,
    gid,
  });
  const closed = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  let output = '';
  const ready = new Promise(resolve => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', text => {
        output += text;
        // The notice for people comes after the log line that holds the address; with it everything has been said.
        const line = /"address":"([^"]+)".*"msg":"ready"/.exec(output);
        if (line && output.includes('Ctrl-C')) resolve(line[1]);
      });
    }
  });
  const endGroup = signal => signalGroup(child.pid, signal);
  started.add(child.pid);
  closed.finally(() => started.delete(child.pid));
  let silence;
  const outcome = await Promise.race([
    ready.then(address => ({ address })),
    closed.then(({ code, signal }) => ({ problem: `ended with ${signal ?? code} before it was ready` })),
    new Promise(resolve => {
      silence = setTimeout(() => resolve({ problem: `not ready after ${readyWithinMs / 1000} s` }), readyWithinMs);
    }),
  ]);
  clearTimeout(silence);
  if (outcome.problem) {
    endGroup('SIGKILL');
    await closed;
    throw new PlainFailure(`${output}\n${[command, ...args].join(' ')}: ${outcome.problem}`);
  }
  return {
    address: outcome.address,
    readyAfterMs: performance.now() - since,
    output: () => output,
    pid: child.pid,
    endGroup,
    closed,
  };
}

// In groups of their own the servers would outlive whoever started them, should that be ended from outside.
const started = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    for (const pid of started) signalGroup(pid, 'SIGKILL');
    process.kill(process.pid, signal);
  });
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {} // already gone
}
