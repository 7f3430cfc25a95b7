// Runs test files in processes of their own, some at a time, and writes TAP: what tap's own command does, without the loaders
// that it puts into every process below it to follow what was loaded. Those cost more than most tests (docs/decisions/0008).
// Argument: JSON of { groups: [[[name, file to run], … that share a process]], jobs, timeout (seconds of a file) }.
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { groupName } from './tap-report.mjs';

const { groups, jobs, timeout } = JSON.parse(process.argv[2]);
const flags = [`--require=${fileURLToPath(new URL('./test-process.cjs', import.meta.url))}`];
const together = fileURLToPath(new URL('./files-together.mjs', import.meta.url));
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
for (const group of groups) {
  const [[name, file], ...others] = group;
  if (others.length === 0) spawnTests(name, file, timeout);
  else
    spawnTests(groupName(group.map(([name]) => name)), together, timeout * group.length, {
      PARLEY_TESTS_TOGETHER: JSON.stringify({ files: group, timeout }),
    });
}

function spawnTests(name, program, seconds, more = {}) {
  // tap adds its loader to NODE_OPTIONS of whatever it spawns; `env` puts back what was there before.
  const command = [`NODE_OPTIONS=${process.env.NODE_OPTIONS ?? ''}`, process.execPath, ...flags, program];
  const env = { ...process.env, TAP_TIMEOUT: String(seconds), ...more };
  t.spawn('env', command, { name, at: null, stack: '', buffered: true, timeout: seconds * 1000, env });
}
