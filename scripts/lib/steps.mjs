import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { PlainFailure, root } from './project.mjs';

// Progress goes to stderr: `npm run store:export > file` must hold data alone.
const out = process.stderr;
const seconds = since => `${((performance.now() - since) / 1000).toFixed(1)} s`;
const indented = text => text.trimEnd().replace(/^/gm, '    ');

/** Says what is done and how long it took: `· building the server … 1.4 s`. On a terminal the seconds count while it works. */
export async function step(title, work) {
  const since = performance.now();
  const counting = out.isTTY && setInterval(() => out.write(`\r· ${title} … ${seconds(since)} `), 500);
  if (counting) out.write(`· ${title} … `);
  const close = end => {
    if (counting) clearInterval(counting);
    out.write(`${counting ? '\r' : ''}· ${title} … ${end} ${seconds(since)}\n`.replace('…  ', '… '));
  };
  try {
    const result = await work();
    close('');
    return result;
  } catch (error) {
    close('failed after');
    throw error;
  }
}

/** One line of progress. */
export function say(text) {
  out.write(`· ${text}\n`);
}

/** Runs a program silently; when it fails, its whole output is the message. `onSpawn` learns the process id. */
export function runQuietly(command, args, { cwd = root, env = process.env, onSpawn } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    child.stdout.on('data', chunk => output.push(chunk));
    child.stderr.on('data', chunk => output.push(chunk));
    const unlisten = passSignalsTo(child);
    child.once('spawn', () => onSpawn?.(child.pid));
    child.once('error', error => reject(new PlainFailure(`${command} cannot be started: ${error.message}`)));
    child.once('close', (code, signal) => {
      unlisten();
      if (code === 0) return resolve(Buffer.concat(output).toString());
      const name = [command === process.execPath ? 'node' : command, ...args].join(' ').replaceAll(`${root}/`, '');
      const why = signal ? `ended by ${signal}` : `exit code ${code}`;
      reject(
        new PlainFailure(`${indented(Buffer.concat(output).toString())}\n${name}: ${why}`, exitCodeOf(code, signal)),
      );
    });
  });
}

/** Hands terminal and signals to a program and resolves to its exit code. */
export function runAttached(command, args, { cwd = root, env = process.env, stdio = 'inherit', onSpawn } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio });
    onSpawn?.(child);
    const unlisten = passSignalsTo(child);
    child.once('error', error => reject(new PlainFailure(`${command} cannot be started: ${error.message}`)));
    child.once('close', (code, signal) => {
      unlisten();
      resolve(exitCodeOf(code, signal));
    });
  });
}

const exitCodeOf = (code, signal) => code ?? 128 + (constants.signals[signal] ?? 0);

/** While a child works we outlive every signal, so that the child decides how to end and no half-done work is left unwatched. */
function passSignalsTo(child) {
  const listeners = ['SIGINT', 'SIGTERM', 'SIGHUP'].map(signal => {
    const pass = () => child.kill(signal);
    process.on(signal, pass);
    return () => process.off(signal, pass);
  });
  return () => {
    for (const unlisten of listeners) unlisten();
  };
}
