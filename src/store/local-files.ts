import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { assertFileKey, type FileStorage, fileNotFound, type StoredFile } from './file-storage.ts';
import type { Sealer } from './seal.ts';
import type { RangeWish } from './seal-stream.ts';

/** Unfinished files carry this ending; no key can. */
const unfinished = '.~part';

/** Files in a folder of this machine, sealed when a key is set. A file is there whole or not at all, also after a crash. */
export class LocalFiles implements FileStorage {
  readonly kind = 'local';
  readonly #root: string;
  readonly #sealer: Sealer;

  constructor(root: string, sealer: Sealer) {
    this.#root = root;
    this.#sealer = sealer;
  }

  async put(key: string, content: Readable): Promise<StoredFile> {
    const path = this.pathOf(key);
    const part = `${path}.${randomBytes(6).toString('hex')}${unfinished}`;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const hash = createHash('sha256');
    let bytes = 0;
    const measured = new Transform({
      transform(chunk: Buffer, _, done) {
        hash.update(chunk);
        bytes += chunk.length;
        done(null, chunk);
      },
    });
    try {
      await pipeline(
        content,
        measured,
        this.#sealer.sealStream(),
        createWriteStream(part, { mode: 0o600, flush: true }),
      );
      await rename(part, path);
      await syncFolder(dirname(path));
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
    return { key, bytes, hash: hash.digest('hex') };
  }

  async size(key: string): Promise<number | null> {
    const file = await this.#open(key);
    if (!file) return null;
    try {
      return await this.#sealer.plainSize(await rangeSource(file));
    } finally {
      await file.close();
    }
  }

  async read(key: string, range: RangeWish = { start: 0 }): Promise<AsyncIterable<Buffer>> {
    const file = await this.#open(key);
    if (!file) throw fileNotFound(key);
    return this.#read(file, range);
  }

  async remove(key: string): Promise<boolean> {
    try {
      await rm(this.pathOf(key));
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  async *keys(prefix: string): AsyncGenerator<string> {
    const folder = this.pathOf(prefix);
    const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(error => {
      if (isMissing(error)) return [];
      throw error;
    });
    for (const entry of entries) {
      if (!entry.isFile() || entry.name.endsWith(unfinished)) continue;
      yield relative(this.#root, join(entry.parentPath, entry.name)).split(sep).join('/');
    }
  }

  pathOf(key: string): string {
    assertFileKey(key);
    return join(this.#root, ...key.split('/'));
  }

  async *#read(file: FileHandle, range: RangeWish): AsyncGenerator<Buffer> {
    try {
      yield* this.#sealer.openRange(await rangeSource(file), range);
    } finally {
      await file.close();
    }
  }

  async #open(key: string): Promise<FileHandle | null> {
    try {
      return await open(this.pathOf(key), 'r');
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }
}

const rangeSource = async (file: FileHandle) => ({
  size: (await file.stat()).size,
  read: async (offset: number, length: number) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  },
});

/** A rename survives a power cut only once its folder is on the disk. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

export const storedSize = async (path: string): Promise<number | null> => {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
};
