import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import type { Environment } from './config.ts';
import { AppError } from './errors.ts';

/** The given environment over `.env` of the working folder: what is set for this very process wins. */
export function withEnvFile(environment: Environment): Environment {
  let file: Environment = {};
  try {
    file = parseEnv(readFileSync('.env', 'utf8')) as Environment;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw new AppError('INTERNAL', '.env cannot be read; mend its permissions or remove it', { cause: error });
  }
  return { ...file, ...environment };
}
