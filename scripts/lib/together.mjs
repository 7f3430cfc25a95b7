import { spawn } from 'node:child_process';
import { root } from './project.mjs';

/**
 * Runs several node programs until the first ends or a signal comes, then ends the others and waits for all of them.
 * The first in the list has the terminal; its exit code is the answer unless another failed first.
 */
export async function runTogether(commands) {
  const children = commands.map(({ args, cwd = root }, index) =>
    spawn(process.execPath, args, { cwd, stdio: [index === 0 ? 'inherit' : 'ignore', 'inherit', 'inherit'] }),
  );
  let answer;
  const endAll = signal => {
    for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      answer ??= 0;
      endAll(signal);
    });
  await Promise.all(
    children.map(
      child =>
        new Promise(resolve => {
          child.once('error', resolve);
          child.once('close', code => {
            answer ??= code ?? 1;
            endAll('SIGTERM');
            resolve();
          });
        }),
    ),
  );
  return answer;
}
