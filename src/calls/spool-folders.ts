import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

export interface SpoolFolder {
  readonly path: string;
}

export interface SpoolFolders {
  /** The folder of this process, made when it is first needed. */
  own(): Promise<SpoolFolder>;
  /** False once another process took it, because this one was frozen for long. */
  holds(folder: SpoolFolder): boolean;
  /** Removes a folder whose contents are all written. */
  leave(folder: SpoolFolder): Promise<void>;
  /** Makes folders of processes that are no more ours; of several processes that try, one gets each. */
  adopt(): Promise<SpoolFolder[]>;
  close(): void;
}

interface Owner {
  readonly host: string;
  readonly pid: number;
  readonly processId: string;
}

/** While a folder exists, its owner touches it; one that was not touched for so long belongs to nobody. */
const touchEveryMs = 5_000;
const abandonedAfterMs = 60_000;

/** Several processes may share one DATA_DIR: each has a folder of its own, with a note of who it is. */
export function createSpoolFolders({ folder, processId }: { folder: string; processId: string }): SpoolFolders {
  const me: Owner = { host: hostname(), pid: process.pid, processId };
  const held = new Set<SpoolFolder>();
  let own: SpoolFolder | undefined;
  const touching = setInterval(() => {
    const now = new Date();
    for (const each of held) {
      utimes(ownerFile(each.path), now, now).catch(() => {
        // It was taken from us, as we looked dead: what comes next goes into a new one.
        held.delete(each);
        if (own === each) own = undefined;
      });
    }
  }, touchEveryMs);
  touching.unref();

  const claim = async (path: string): Promise<SpoolFolder> => {
    await writeFile(ownerFile(path), JSON.stringify(me), { mode: 0o600 });
    const claimed = { path };
    held.add(claimed);
    return claimed;
  };
  const newPath = () => join(folder, `calls-${randomUUID()}`);

  return {
    async own() {
      if (own) return own;
      const path = newPath();
      await mkdir(path, { recursive: true, mode: 0o700 });
      own = await claim(path);
      return own;
    },
    holds: folder => held.has(folder),
    async leave(left) {
      held.delete(left);
      if (own === left) own = undefined;
      await rm(left.path, { recursive: true, force: true });
    },
    async adopt() {
      const adopted: SpoolFolder[] = [];
      const names = await readdir(folder).catch(() => []);
      for (const name of names.filter(name => name.startsWith('calls-'))) {
        const path = join(folder, name);
        if ([...held].some(each => each.path === path) || !(await isAbandoned(path, me))) continue;
        const taken = newPath();
        try {
          await rename(path, taken);
          adopted.push(await claim(taken));
        } catch {
          // Another process was faster.
        }
      }
      return adopted;
    },
    close: () => clearInterval(touching),
  };
}

const ownerFile = (path: string): string => join(path, 'owner.json');

async function isAbandoned(path: string, me: Owner): Promise<boolean> {
  try {
    const owner = JSON.parse(await readFile(ownerFile(path), 'utf8')) as Owner;
    if (owner.processId === me.processId) return false;
    // In a container that starts again, the process of before had our own number.
    if (owner.host === me.host && (owner.pid === me.pid || !isRunning(owner.pid))) return true;
    return (await ageOf(ownerFile(path))) > abandonedAfterMs;
  } catch {
    return (await ageOf(path).catch(() => 0)) > abandonedAfterMs;
  }
}

const ageOf = async (path: string): Promise<number> => Date.now() - (await stat(path)).mtimeMs;

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
