import { CommandError } from '../errors.ts';
import type { CatalogChange, ChangeLog } from './change-log.ts';
import { OperationBuffer } from './operations.ts';
import type { FrameWriter } from './store-files.ts';

/** A commit takes no more than this, so that one flood of writes does not make every waiting client wait for all of it. */
const maxCommitBytes = 32 * 1024 * 1024;

interface Commit {
  readonly file: FrameWriter;
  readonly operations: OperationBuffer;
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Writes changes behind the memory's back and says when they are safe. While one commit is on its way to the disk the next one
 * collects whatever happens meanwhile; so under load a single fdatasync covers many clients, and alone a client waits for one.
 */
export class Journal implements ChangeLog {
  #file: FrameWriter;
  /** The last one is still collecting; the ones before wait for their turn or are being written. */
  readonly #commits: Commit[] = [];
  #running = false;
  #failure: CommandError | undefined;
  commits = 0;
  readonly #onFailure: (error: Error) => void;

  constructor(file: FrameWriter, onFailure: (error: Error) => void) {
    this.#file = file;
    this.#onFailure = onFailure;
  }

  get bytes(): number {
    return this.#file.bytes;
  }

  /** Why nothing can be written any more: memory is ahead of the disk, and only a restart brings them together. */
  get failure(): CommandError | undefined {
    return this.#failure;
  }

  put(namespace: string, encoded: Uint8Array): void {
    this.#collecting().add('put', namespace, encoded);
  }

  patch(namespace: string, encoded: Uint8Array): void {
    this.#collecting().add('patch', namespace, encoded);
  }

  delete(namespace: string, encodedId: Uint8Array): void {
    this.#collecting().add('delete', namespace, encodedId);
  }

  change(change: CatalogChange): void {
    this.#collecting().change(change);
  }

  /** Resolves when every change made before the call is on disk. */
  durable(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    return this.#commits.at(-1)?.done ?? Promise.resolve();
  }

  /** Lets all further changes go to another file; those made before still go to the old one, first. Returns the old one. */
  switchTo(file: FrameWriter): FrameWriter {
    const old = this.#file;
    this.#file = file;
    return old;
  }

  async close(): Promise<void> {
    await this.durable().catch(() => {}); // whoever waited for it was told
    await this.#file.close();
  }

  #collecting(): OperationBuffer {
    if (this.#failure) return new OperationBuffer(); // goes nowhere: the client is told that nothing is stored
    const last = this.#commits.at(-1);
    const writing = this.#running && this.#commits.length === 1;
    if (last && !writing && last.file === this.#file && last.operations.bytes < maxCommitBytes) return last.operations;
    const commit = newCommit(this.#file);
    this.#commits.push(commit);
    // Not at once: requests that arrived together are committed together.
    if (!this.#running && this.#commits.length === 1) setImmediate(() => this.#run());
    return commit.operations;
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#commits.length > 0 && !this.#failure) {
      const commit = this.#commits[0]!;
      try {
        await commit.file.append(commit.operations.take());
        await commit.file.datasync();
        this.commits++;
        this.#commits.shift();
        commit.resolve();
      } catch (error) {
        this.#fail(error as NodeJS.ErrnoException);
      }
    }
    this.#running = false;
  }

  #fail(error: NodeJS.ErrnoException): void {
    const full = error.code === 'ENOSPC' || error.code === 'EDQUOT';
    this.#failure = new CommandError(
      full ? 'OutOfDiskSpace' : 'InternalError',
      `The journal could not be written (${error.message}); nothing more is stored until the store is restarted`,
    );
    for (const commit of this.#commits.splice(0)) commit.reject(this.#failure);
    this.#onFailure(error);
  }
}

function newCommit(file: FrameWriter): Commit {
  let resolve = () => {};
  let reject: (error: Error) => void = () => {};
  const done = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  done.catch(() => {}); // unacknowledged writes have nobody who waits
  return { file, operations: new OperationBuffer(), done, resolve, reject };
}
