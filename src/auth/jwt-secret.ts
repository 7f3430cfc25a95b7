import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import { randomSecret } from './secrets.ts';

/** The secret kept in `DATA_DIR` for installations that set none; made by whichever process comes first, then shared. */
export function keptJwtSecret(dataDir: string): string {
  const path = join(dataDir, 'jwt-secret');
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, randomSecret(48), { mode: 0o600, flush: true });
    // A link never replaces what exists, and the file appears with its whole content: two first starts end with one secret.
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new AppError('INTERNAL', `${path} cannot be written; make DATA_DIR writable or set JWT_SECRET`, {
        cause: error,
      });
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(path, 'utf8').trim();
}
