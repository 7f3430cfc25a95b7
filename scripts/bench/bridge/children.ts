import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { compiledBench } from '../compiled.ts';

/** A process that answers one message at a time. */
export interface Child {
  /** What it said when it was ready. */
  readonly hello: number;
  readonly pid: number;
  ask<T>(command?: unknown): Promise<T>;
  stop(): void;
}

const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

const pinned = availableParallelism() > 1 && canPin();

function canPin(): boolean {
  try {
    execFileSync('taskset', ['-pc', String(process.pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export const howPinned = pinned
  ? 'each on a core of its own (taskset)'
  : 'not pinned: taskset is missing, or there is one core';

const folder = await compiledBench('bridge', { data: ['media'] });

/** Starts a compiled file of this folder on a core; `flags` are Node's. */
export async function start(
  file: string,
  core: number,
  args: readonly string[] = [],
  flags: readonly string[] = [],
): Promise<Child> {
  const path = fileURLToPath(new URL(`${file}.js`, folder));
  const child = fork(path, args, {
    execArgv: ['--expose-gc', ...flags],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  if (pinned) execFileSync('taskset', ['-apc', String(core), String(child.pid)], { stdio: 'ignore' });
  const answer = <T>() =>
    new Promise<T>((resolve, reject) => {
      const ended = () => reject(new Error(`${file} ${args.join(' ')} ended`));
      child.once('exit', ended);
      child.once('message', (message: { result?: T; problem?: string }) => {
        child.off('exit', ended);
        if (message.problem) reject(new Error(message.problem));
        else resolve(message.result as T);
      });
    });
  return {
    hello: await answer<number>(),
    pid: child.pid!,
    ask(command = {}) {
      const answered = answer<never>();
      child.send(command as object);
      return answered;
    },
    stop: () => void child.kill('SIGKILL'),
  };
}
