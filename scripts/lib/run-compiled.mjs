// Runs test files in processes of their own, some at a time, and writes TAP: what tap's own command does, without the loaders
// that it puts into every process below it to follow what was loaded. Those cost more than most tests (docs/decisions/0008).
// Argument: JSON of { files: [[name, file to run]], jobs, timeout (seconds) }.
import { fileURLToPath } from 'node:url';
import t from 'tap';

const { files, jobs, timeout } = JSON.parse(process.argv[2]);
const flags = [`--require=${fileURLToPath(new URL('./test-process.cjs', import.meta.url))}`];
const running = new Set();
t.setTimeout(0); // each file has a limit of its own
t.jobs = jobs; // without a plan: a file that takes too long counts twice in it, and the last ones would be left out
t.on('spawn', spawned =>
  spawned.on('process', child => {
    running.add(child);
    child.once('close', () => running.delete(child));
  }),
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    for (const child of running) child.kill(signal);
    process.kill(process.pid, signal);
  });
}
for (const [name, file] of files) {
  // tap adds its loader to NODE_OPTIONS of whatever it spawns; `env` puts back what was there before.
  const command = [`NODE_OPTIONS=${process.env.NODE_OPTIONS ?? ''}`, process.execPath, ...flags, file];
  const env = { ...process.env, TAP_TIMEOUT: String(timeout) };
  t.spawn('env', command, { name, at: null, stack: '', buffered: true, timeout: timeout * 1000, env });
}
