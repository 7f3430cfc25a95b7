import type { Readable } from 'node:stream';
import { AppError } from '../errors.ts';
import type { RangeWish } from './seal-stream.ts';

/** What was put into the storage, of the content as it came in, sealed or not. */
export interface StoredFile {
  readonly key: string;
  readonly bytes: number;
  /** SHA-256 in hexadecimal digits. */
  readonly hash: string;
}

/** Where files of the product are kept: recordings, imports, exports. On the disk of this machine, or in S3-compatible storage. */
export interface FileStorage {
  readonly kind: 'local' | 's3';
  /** Keeps all of the content under a key, or nothing of it; what the key held before is replaced. */
  put(key: string, content: Readable, options?: { readonly contentType?: string }): Promise<StoredFile>;
  /** Size of the content; null when there is none under this key. */
  size(key: string): Promise<number | null>;
  /** The content or a range of it; rejects with `FILE_NOT_FOUND`, and with `SEAL_DAMAGED` before any byte of a damaged part. */
  read(key: string, range?: RangeWish): Promise<AsyncIterable<Buffer>>;
  /** False when there was nothing. */
  remove(key: string): Promise<boolean>;
  /** Every key that begins with these segments, in no particular order. */
  keys(prefix: string): AsyncIterable<string>;
}

const segment = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Keys become paths and addresses, so they are made of plain segments: nothing climbs out, nothing needs escaping. */
export function assertFileKey(key: string): void {
  const segments = key.split('/');
  if (segments.length > 8 || !segments.every(part => segment.test(part)))
    throw new AppError('INTERNAL', 'A file key is up to 8 segments of letters, digits, dots, dashes and underscores');
}

export const fileNotFound = (key: string, cause?: unknown): AppError =>
  new AppError('FILE_NOT_FOUND', `There is no file ${key}`, cause === undefined ? {} : { cause });
