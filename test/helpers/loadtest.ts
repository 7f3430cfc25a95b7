import { execFile } from 'node:child_process';
import { program } from './program.ts';

export interface LoadtestRun {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `npm run loadtest` from the sources, in a process of its own. */
export const loadtest = (args: string[], env: Record<string, string> = {}): Promise<LoadtestRun> =>
  new Promise(resolve => {
    execFile(
      process.execPath,
      program('src/sandbox/load/cli.ts', ...args),
      { env: { PATH: process.env['PATH'], ...env }, timeout: 60_000 },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
