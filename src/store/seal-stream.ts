import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { AppError } from '../errors.ts';
import { derivedKey, keyIdLength, type SealKeys } from './seal-keys.ts';

/*
 * A sealed file:  mark (8) | key id (8) | salt (32) | chunk, chunk, …, last chunk
 * A chunk:        up to 64 KiB of ciphertext, then its tag (16)
 * The nonce of a chunk is its number and whether it is the last one, under a key derived for this file alone: chunks cannot
 * be swapped, repeated or left out, and a file that was cut is noticed. Equal chunk sizes let a range be read from the middle.
 */
const mark = Buffer.from('\u0000PARLEY1');
const saltLength = 32;
const headerLength = mark.length + keyIdLength + saltLength;
const tagLength = 16;
export const chunkLength = 64 * 1024;
const sealedChunkLength = chunkLength + tagLength;
const purpose = 'parley sealed file';

export interface RangeSource {
  readonly size: number;
  /** Reads exactly these bytes of the stored file. */
  read(offset: number, length: number): Promise<Buffer>;
}

/** First and last byte wanted, as HTTP counts them; without `end` up to the last. */
export interface RangeWish {
  readonly start: number;
  readonly end?: number;
}

const nonceOf = (index: number, last: boolean): Buffer => {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(index), 3);
  nonce[11] = last ? 1 : 0;
  return nonce;
};

function sealChunk(key: Buffer, index: number, last: boolean, plain: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(index, last));
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function openChunk(key: Buffer, index: number, last: boolean, sealed: Buffer): Buffer {
  const end = sealed.length - tagLength;
  if (end < 0) throw cutOff();
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(index, last), { authTagLength: tagLength });
  decipher.setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]);
  } catch (error) {
    throw new AppError('SEAL_DAMAGED', `A sealed file is damaged or cut off in chunk ${index}`, { cause: error });
  }
}

const cutOff = (): AppError => new AppError('SEAL_DAMAGED', 'A sealed file is cut off');

/** Seals what flows through; without keys it flows through unchanged. */
export function sealStream(keys: SealKeys): Transform {
  const writing = keys.writing;
  if (!writing) return new Transform({ transform: (chunk, _, done) => done(null, chunk) });
  const salt = randomBytes(saltLength);
  const key = derivedKey(writing, salt, purpose);
  let index = 0;
  // The last chunk is marked, so the newest one is kept back until it is known not to be the last.
  const chunks = new Chunker(chunkLength);
  const emit = (stream: Transform, plain: Buffer, last: boolean) => {
    stream.push(sealChunk(key, index, last, plain));
    index += 1;
  };
  const stream: Transform = new Transform({
    transform: (bytes: Buffer, _, done) => guard(done, () => chunks.add(bytes, plain => emit(stream, plain, false))),
    flush: done => guard(done, () => emit(stream, chunks.rest(), true)),
  });
  stream.push(Buffer.concat([mark, Buffer.from(writing.id), salt]));
  return stream;
}

/** Opens what flows through; what was never sealed flows through unchanged. Bytes come out only after their chunk proved intact. */
export function openStream(keys: SealKeys): Transform {
  let head: Buffer | undefined = Buffer.alloc(0);
  let key: Buffer | undefined;
  let index = 0;
  const chunks = new Chunker(sealedChunkLength);
  const begin = (stream: Transform, bytes: Buffer) => {
    head = undefined;
    if (!isSealed(bytes)) return void stream.push(bytes);
    key = fileKey(keys, bytes);
    open(stream, bytes.subarray(headerLength));
  };
  const open = (stream: Transform, bytes: Buffer) =>
    chunks.add(bytes, sealed => {
      stream.push(openChunk(key!, index, false, sealed));
      index += 1;
    });
  const stream: Transform = new Transform({
    transform: (bytes: Buffer, _, done) =>
      guard(done, () => {
        if (head) {
          head = Buffer.concat([head, bytes]);
          if (head.length >= headerLength || !mark.subarray(0, head.length).equals(head.subarray(0, mark.length))) {
            begin(stream, head);
          }
        } else if (key) open(stream, bytes);
        else stream.push(bytes);
      }),
    flush: done =>
      guard(done, () => {
        if (head) begin(stream, head);
        if (key) stream.push(openChunk(key, index, true, chunks.rest()));
      }),
  });
  return stream;
}

/** How many bytes were sealed into this file; its own size when it is not sealed. */
export async function sealedPlainSize(source: RangeSource): Promise<number> {
  if (!(await readHeader(source))) return source.size;
  return plainSizeOf(source.size);
}

/** The wanted bytes of what was sealed; each chunk that is read is proven intact before any of it is handed on. */
export async function* openRange(
  keys: SealKeys,
  source: RangeSource,
  { start, end }: RangeWish,
): AsyncGenerator<Buffer> {
  const header = await readHeader(source);
  const size = header ? plainSizeOf(source.size) : source.size;
  const last = Math.min(end ?? size - 1, size - 1);
  if (!Number.isSafeInteger(start) || start < 0 || start > last) return;
  const key = header ? fileKey(keys, header) : undefined;
  const finalChunk = Math.floor(Math.max(0, size - 1) / chunkLength);
  for (let index = Math.floor(start / chunkLength); index * chunkLength <= last; index += 1) {
    const offset = index * chunkLength;
    const length = Math.min(chunkLength, size - offset);
    const plain = key
      ? openChunk(
          key,
          index,
          index === finalChunk,
          await source.read(headerLength + index * sealedChunkLength, length + tagLength),
        )
      : await source.read(offset, length);
    yield plain.subarray(Math.max(0, start - offset), Math.min(plain.length, last - offset + 1));
  }
}

function plainSizeOf(sealedSize: number): number {
  const body = sealedSize - headerLength;
  const whole = Math.floor(body / sealedChunkLength);
  const rest = body - whole * sealedChunkLength;
  // A file ends with its last chunk, which may be full or, for an empty file, empty.
  if (body < tagLength || (rest > 0 && rest < tagLength)) throw cutOff();
  return whole * chunkLength + Math.max(0, rest - tagLength);
}

async function readHeader(source: RangeSource): Promise<Buffer | undefined> {
  if (source.size < mark.length) return undefined;
  const start = await source.read(0, Math.min(source.size, headerLength));
  if (!mark.equals(start.subarray(0, mark.length))) return undefined;
  if (start.length < headerLength) throw cutOff();
  return start;
}

const isSealed = (head: Buffer): boolean => mark.equals(head.subarray(0, mark.length));

function fileKey(keys: SealKeys, header: Buffer): Buffer {
  if (header.length < headerLength) throw cutOff();
  const id = header.subarray(mark.length, mark.length + keyIdLength).toString('latin1');
  return derivedKey(keys.reading(id), header.subarray(mark.length + keyIdLength, headerLength), purpose);
}

/** Cuts a flow of bytes into pieces of one size, keeping back the newest until more comes. */
class Chunker {
  readonly #length: number;
  #pending: Buffer[] = [];
  #size = 0;

  constructor(length: number) {
    this.#length = length;
  }

  add(bytes: Buffer, emit: (chunk: Buffer) => void): void {
    this.#pending.push(bytes);
    this.#size += bytes.length;
    if (this.#size <= this.#length) return;
    let all = this.rest();
    for (; all.length > this.#length; all = all.subarray(this.#length)) emit(all.subarray(0, this.#length));
    this.#pending = [all];
    this.#size = all.length;
  }

  rest(): Buffer {
    const all = this.#pending.length === 1 ? this.#pending[0]! : Buffer.concat(this.#pending);
    this.#pending = [];
    this.#size = 0;
    return all;
  }
}

function guard(done: TransformCallback, work: () => void): void {
  try {
    work();
    done();
  } catch (error) {
    done(error as Error);
  }
}
