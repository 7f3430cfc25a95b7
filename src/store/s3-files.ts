import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type FileStorage, fileNotFound, type StoredFile } from './file-storage.ts';
import { LocalFiles } from './local-files.ts';
import type { S3Client } from './s3-client.ts';
import type { Sealer } from './seal.ts';
import type { RangeWish } from './seal-stream.ts';

export interface S3FilesOptions {
  readonly client: S3Client;
  readonly sealer: Sealer;
  /** Folder of the copies on this machine, and how many bytes they may take. */
  readonly cacheRoot: string;
  readonly cacheBytes: number;
}

/**
 * Files in object storage. What is put is sealed on the disk first, so nothing readable leaves this machine when a key is set;
 * what is read comes from a bounded copy on the disk, because a range of a sealed file needs its neighbourhood.
 */
export class S3Files implements FileStorage {
  readonly kind = 's3';
  readonly #client: S3Client;
  readonly #local: LocalFiles;
  readonly #cacheRoot: string;
  readonly #cacheBytes: number;
  readonly #fetching = new Map<string, Promise<boolean>>();

  constructor({ client, sealer, cacheRoot, cacheBytes }: S3FilesOptions) {
    this.#client = client;
    this.#local = new LocalFiles(cacheRoot, sealer);
    this.#cacheRoot = cacheRoot;
    this.#cacheBytes = cacheBytes;
  }

  async put(key: string, content: Readable, { contentType }: { contentType?: string } = {}): Promise<StoredFile> {
    const stored = await this.#local.put(key, content);
    try {
      const answer = await this.#client.send({
        method: 'PUT',
        key,
        file: this.#local.pathOf(key),
        ...(contentType === undefined ? {} : { contentType }),
        accept: [200],
      });
      await answer.body.dump();
    } catch (error) {
      // A copy of what the storage does not hold would be served here and missing elsewhere.
      await this.#local.remove(key);
      throw error;
    }
    await this.#tidy();
    return stored;
  }

  async size(key: string): Promise<number | null> {
    return (await this.#copy(key)) ? this.#local.size(key) : null;
  }

  async read(key: string, range?: RangeWish): Promise<AsyncIterable<Buffer>> {
    if (!(await this.#copy(key))) throw fileNotFound(key);
    const now = new Date();
    // The time of the last use decides which copies go first.
    await utimes(this.#local.pathOf(key), now, now).catch(() => {});
    return this.#local.read(key, range);
  }

  async remove(key: string): Promise<boolean> {
    const there = await this.#client.send({ method: 'HEAD', key, accept: [200, 404] });
    await there.body.dump();
    const answer = await this.#client.send({ method: 'DELETE', key, accept: [200, 204, 404] });
    await answer.body.dump();
    await this.#local.remove(key);
    return there.status === 200;
  }

  async *keys(prefix: string): AsyncGenerator<string> {
    let token: string | undefined;
    do {
      const answer = await this.#client.send({
        method: 'GET',
        query: {
          'list-type': '2',
          prefix: `${prefix}/`,
          ...(token === undefined ? {} : { 'continuation-token': token }),
        },
        accept: [200],
      });
      const text = await answer.body.text();
      for (const [, key] of text.matchAll(/<Key>([^<]+)<\/Key>/g)) yield key!;
      token = /<NextContinuationToken>([^<]+)<\/NextContinuationToken>/.exec(text)?.[1];
    } while (token !== undefined);
  }

  /** Fetches the object unless a copy is here; several who ask at once share one download. */
  async #copy(key: string): Promise<boolean> {
    if ((await this.#local.size(key)) !== null) return true;
    const running = this.#fetching.get(key);
    if (running) return running;
    const fetching = this.#fetch(key).finally(() => this.#fetching.delete(key));
    this.#fetching.set(key, fetching);
    return fetching;
  }

  async #fetch(key: string): Promise<boolean> {
    const answer = await this.#client.send({ method: 'GET', key, accept: [200, 404] });
    if (answer.status === 404) {
      await answer.body.dump();
      return false;
    }
    const path = this.#local.pathOf(key);
    const part = `${path}.copy.~part`;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    try {
      await pipeline(answer.body, createWriteStream(part, { mode: 0o600 }));
      await rename(part, path);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
    await this.#tidy();
    return true;
  }

  /** Forgets the copies used longest ago until the rest fits. */
  async #tidy(): Promise<void> {
    const entries = await readdir(this.#cacheRoot, { withFileTypes: true, recursive: true });
    const copies = await Promise.all(
      entries
        .filter(entry => entry.isFile() && !entry.name.endsWith('.~part'))
        .map(async entry => {
          const path = join(entry.parentPath, entry.name);
          const { size, mtimeMs } = await stat(path).catch(() => ({ size: 0, mtimeMs: 0 }));
          return { path, size, mtimeMs };
        }),
    );
    let total = copies.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of copies.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (total <= this.#cacheBytes) return;
      await rm(path, { force: true });
      total -= size;
    }
  }
}
