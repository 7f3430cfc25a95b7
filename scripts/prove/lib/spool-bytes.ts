import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of calls' records that wait on the disk. */
export function spoolBytes(dataDir: string): number {
  const folder = join(dataDir, 'spool');
  try {
    return readdirSync(folder, { recursive: true })
      .map(name => join(folder, String(name)))
      .filter(path => !path.endsWith('owner.json') && statSync(path).isFile())
      .reduce((sum, path) => sum + statSync(path).size, 0);
  } catch {
    return 0; // it is being taken over at this moment
  }
}
