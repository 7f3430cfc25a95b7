import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of a few megabytes of its own; false where this user may not mount one. */
export function smallDisk(t: { teardown(fn: () => unknown): void }, megabytes: number): string | false {
  const path = mkdtempSync(join(tmpdir(), 'parley-disk-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return false;
  }
  t.teardown(() => execFileSync('umount', [path]));
  return path;
}

/** Writes until nothing more fits. */
export function fillDisk(path: string): void {
  for (const size of [1 << 20, 1 << 14, 1 << 10, 1]) {
    try {
      for (let count = 0; ; count++) writeFileSync(join(path, `filler-${size}-${count}`), Buffer.alloc(size));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}

/** Makes room again. */
export const emptyDisk = (path: string): void => {
  execFileSync('sh', ['-c', 'rm -f "$0"/filler-*', path]);
};
