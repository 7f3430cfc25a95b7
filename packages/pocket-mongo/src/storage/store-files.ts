import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { frameHeader } from './frames.ts';
import { keyId, type Sealer, sealerFor } from './sealing.ts';

const magic = Buffer.from('PMSTORE1');
const saltBytes = 16;
/** "PMSTORE1", salt, key id, CRC. */
export const fileHeaderBytes = 8 + saltBytes + 8 + 4;

/** The part of a file that writing needs; tests put files in its place that run full. */
export interface WritableFile {
  write(bytes: Uint8Array): Promise<{ bytesWritten: number }>;
  datasync(): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export type OpenFile = (path: string, flags: 'wx' | 'a') => Promise<WritableFile>;

/** What is shorter is in the kernel's hands sooner than another thread would have begun with it; only `datasync` waits for the disk. */
const shortBytes = 64 * 1024;

/** Real files, readable by their owner alone. */
export const openRealFile: OpenFile = async (path, flags) => {
  const file = await open(path, flags, 0o600);
  return {
    write: async bytes => (bytes.length > shortBytes ? file.write(bytes) : { bytesWritten: writeSync(file.fd, bytes) }),
    datasync: () => file.datasync(),
    sync: () => file.sync(),
    close: () => file.close(),
  };
};

export interface FileHeader {
  readonly salt: Buffer;
  readonly keyId: Buffer;
}

/** The header of a file's bytes; a string says what is wrong with it. */
export function parseFileHeader(bytes: Buffer): FileHeader | string {
  if (bytes.length < fileHeaderBytes) return 'the file header is cut short';
  if (!bytes.subarray(0, 8).equals(magic)) return 'it is no store file';
  if (crc32(bytes.subarray(0, fileHeaderBytes - 4)) !== bytes.readUInt32LE(fileHeaderBytes - 4)) {
    return 'the file header does not fit its checksum';
  }
  return { salt: bytes.subarray(8, 8 + saltBytes), keyId: bytes.subarray(8 + saltBytes, fileHeaderBytes - 4) };
}

/** Appends frames to a journal or snapshot. */
export class FrameWriter {
  readonly path: string;
  bytes: number;
  readonly #file: WritableFile;
  readonly #salt: Buffer;
  readonly #sealer: Sealer;
  #sequence: number;

  private constructor(path: string, file: WritableFile, salt: Buffer, sealer: Sealer, bytes: number, sequence: number) {
    this.path = path;
    this.bytes = bytes;
    this.#file = file;
    this.#salt = salt;
    this.#sealer = sealer;
    this.#sequence = sequence;
  }

  /** Makes a file with its header on disk; whether its name is on disk is the caller's matter. */
  static async create(path: string, key: Uint8Array | undefined, openFile: OpenFile): Promise<FrameWriter> {
    const salt = randomBytes(saltBytes);
    const start = Buffer.concat([magic, salt, keyId(key)]);
    const header = Buffer.alloc(fileHeaderBytes);
    start.copy(header);
    header.writeUInt32LE(crc32(start), fileHeaderBytes - 4);
    const file = await openFile(path, 'wx');
    try {
      await writeAll(file, header);
      await file.sync();
    } catch (error) {
      await file.close();
      await unlink(path);
      throw error;
    }
    return new FrameWriter(path, file, salt, sealerFor(key, salt), fileHeaderBytes, 0);
  }

  /** Goes on with a file that was read to its end. */
  static async resume(
    path: string,
    header: FileHeader,
    key: Uint8Array | undefined,
    bytes: number,
    sequence: number,
    openFile: OpenFile,
  ): Promise<FrameWriter> {
    const salt = Buffer.from(header.salt);
    return new FrameWriter(path, await openFile(path, 'a'), salt, sealerFor(key, salt), bytes, sequence);
  }

  /** Writes one frame; it is on disk after the next `datasync`. */
  async append(payload: Buffer): Promise<void> {
    const sequence = this.#sequence++;
    const sealed = this.#sealer.seal(payload, sequence);
    const frame = Buffer.concat([frameHeader(sealed, sequence, this.#salt), sealed]);
    await writeAll(this.#file, frame);
    this.bytes += frame.length;
  }

  datasync(): Promise<void> {
    return this.#file.datasync();
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

async function writeAll(file: WritableFile, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes.subarray(at));
    at += bytesWritten;
  }
}

/** Makes names that were made, exchanged or removed in a folder last. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
