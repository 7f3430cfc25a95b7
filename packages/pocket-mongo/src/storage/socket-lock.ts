import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, realpath, unlink } from 'node:fs/promises';
import { connect, type Server, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The kernel takes socket paths of 107 bytes and a final zero. */
const maxSocketPath = 107;
const namePattern = /^store-(\d{1,9})\.sock$/;
const longestName = 'store-999999999.sock';

/** The folder is ours and `server` listens at `path`, or another process owns it and answers at `path`. */
export type LockResult = { readonly joined: boolean; readonly path: string };

export interface LockHooks {
  /** Does the process at this socket answer requests? It may still be loading, so this may take its time. */
  isOwner(path: string): Promise<boolean>;
  /** Ends connections that were accepted before it was clear who owns the folder. */
  dropWaiting(): void;
}

/**
 * Makes this process the only owner of a data folder, or finds the one that is.
 *
 * The socket is the lock. Its name carries a number, and whoever takes over from a dead owner binds the next number, which the kernel
 * grants to one process alone. Nobody removes a socket before owning the folder, so nobody can remove a living one by mistake. Two
 * processes may still meet between binding and listening; so a claimant looks around once it listens, and steps back when it sees a
 * higher number (somebody thought it dead) or a lower one that answers (it thought somebody dead). Should both step back, both try again.
 */
export async function ownOrJoin(directory: string, server: Server, hooks: LockHooks): Promise<LockResult> {
  const folder = await socketFolder(directory);
  for (;;) {
    const numbers = await socketNumbers(folder);
    const highest = numbers.at(-1) ?? 0;
    if (highest > 0) {
      const path = socketPath(folder, highest);
      const answer = await probe(path);
      if (answer === 'alive') {
        // It may be a claimant about to step back: only an owner answers requests.
        if (await hooks.isOwner(path)) return { joined: true, path };
        await pause();
        continue;
      }
      if (answer === 'gone') continue;
    }
    const path = socketPath(folder, highest + 1);
    if (!(await listen(server, path))) continue;
    if (await uncontested(folder, highest + 1)) {
      for (const number of numbers) await unlink(socketPath(folder, number)).catch(ignoreMissing);
      return { joined: false, path };
    }
    const closed = new Promise<void>(resolve => server.close(() => resolve())); // removes the socket, too
    hooks.dropWaiting();
    await closed;
    await pause();
  }
}

async function uncontested(folder: string, own: number): Promise<boolean> {
  for (const number of await socketNumbers(folder)) {
    if (number > own) return false;
    if (number < own && (await probe(socketPath(folder, number))) === 'alive') return false;
  }
  return true;
}

async function listen(server: Server, path: string): Promise<boolean> {
  const listening = await new Promise<boolean>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      server.off('listening', succeeded);
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    };
    const succeeded = () => {
      server.off('error', failed);
      resolve(true);
    };
    server.once('error', failed);
    server.once('listening', succeeded);
    server.listen(path);
  });
  if (listening) await chmod(path, 0o600);
  return listening;
}

/** Does somebody listen there? A socket whose process died refuses; one that was removed is gone. */
async function probe(path: string): Promise<'alive' | 'dead' | 'gone'> {
  const socket = connect(path);
  try {
    return await new Promise((resolve, reject) => {
      socket.once('connect', () => resolve('alive'));
      socket.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') resolve('dead');
        else if (error.code === 'ENOENT') resolve('gone');
        else if (error.code === 'EAGAIN')
          resolve('alive'); // its queue of connections is full
        else reject(error);
      });
    });
  } finally {
    (socket as Socket).destroy();
  }
}

async function socketNumbers(folder: string): Promise<number[]> {
  const numbers = (await readdir(folder)).map(name => Number(namePattern.exec(name)?.[1] ?? 0));
  return numbers.filter(number => number > 0).sort((a, b) => a - b);
}

function socketPath(folder: string, number: number): string {
  return join(folder, `store-${number}.sock`);
}

/** The data folder itself, or for long paths a private folder whose name follows from it. */
async function socketFolder(directory: string): Promise<string> {
  const real = await realpath(directory);
  if (Buffer.byteLength(join(real, longestName)) <= maxSocketPath) return real;
  const name = createHash('sha256').update(real).digest('hex').slice(0, 16);
  const folder = join(tmpdir(), `pocket-mongo-${userInfo().uid}-${name}`);
  if (Buffer.byteLength(join(folder, longestName)) > maxSocketPath) {
    throw new Error(`Neither ${real} nor ${folder} is short enough for a socket; choose a shorter data folder`);
  }
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  // The temporary folder is everybody's: a folder that somebody else prepared must not be used.
  const status = await lstat(folder);
  if (!status.isDirectory() || status.uid !== userInfo().uid || (status.mode & 0o077) !== 0) {
    throw new Error(`${folder} is not a private folder of this user; remove it, or choose a shorter data folder`);
  }
  return folder;
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** Of two that stepped back one should come first. */
function pause(): Promise<void> {
  return delay(10 + Math.random() * 40);
}
