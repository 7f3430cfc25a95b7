import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json; scripts work from here whatever folder they were called in. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** A path inside the project, absolute. */
export const at = (...parts) => path.join(root, ...parts);

/** True where the server would run as production: the environment decides, then `.env`, exactly as the server reads them. */
export function isProduction(env = process.env, folder = root) {
  if (env.NODE_ENV !== undefined) return env.NODE_ENV === 'production';
  const file = path.join(folder, '.env');
  if (!existsSync(file)) return false;
  return /^\s*(?:export\s+)?NODE_ENV\s*=\s*["']?production["']?\s*(?:#.*)?$/m.test(readFileSync(file, 'utf8'));
}

/** A failure that the reader can act on: printed as its message alone, without a stack. */
export class PlainFailure extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Runs a script's main function and turns whatever it throws into one message and an exit code. */
export async function runMain(main) {
  try {
    const code = await main();
    if (typeof code === 'number') process.exitCode = code;
  } catch (error) {
    if (!(error instanceof PlainFailure)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  }
}
