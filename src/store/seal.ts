import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AppError } from '../errors.ts';
import { derivedKey, keyIdLength, SealKeys } from './seal-keys.ts';
import { openRange, openStream, type RangeSource, type RangeWish, sealedPlainSize, sealStream } from './seal-stream.ts';

/**
 * Seals what lies on a disk or in a database of others with AES-256-GCM. `context` says what the value is and whose
 * (`hookSubscriptions/<id>/secret`); a sealed value moved to another place does not open there.
 * Without keys values pass unchanged, and what was written then still opens once a key is set.
 */
export interface Sealer {
  readonly active: boolean;
  sealText(text: string, context: string): string;
  openText(sealed: string, context: string): string;
  sealBytes(bytes: Uint8Array, context: string): Buffer;
  openBytes(sealed: Uint8Array, context: string): Buffer;
  /** Whether a stored text should be sealed again: under an older key, or not at all. */
  isStale(sealed: string): boolean;
  sealStream(): ReturnType<typeof sealStream>;
  openStream(): ReturnType<typeof openStream>;
  /** How many bytes come out of a sealed file, for `Content-Length` and ranges. */
  plainSize(source: RangeSource): Promise<number>;
  /** The bytes `start` to `end` (inclusive) of what was sealed, reading only the parts of the file that hold them. */
  openRange(source: RangeSource, range: RangeWish): AsyncGenerator<Buffer>;
}

const textMark = 'sealed:1:';
const plainMark = 'plain:1:';
const bytesMark = Buffer.from('\u0000PSV1');
const saltLength = 16;
const tagLength = 16;
const purpose = 'parley sealed value';
// Every value has a key of its own, derived from its random salt; a nonce that never changes is then used once.
const nonce = Buffer.alloc(12);

export function createSealer(secrets: readonly Uint8Array[] = []): Sealer {
  const keys = new SealKeys(secrets);

  const seal = (bytes: Uint8Array, context: string): Buffer => {
    const key = keys.writing;
    if (!key) throw new AppError('SEAL_KEY_MISSING', 'ENCRYPTION_KEY is not set');
    const salt = randomBytes(saltLength);
    const cipher = createCipheriv('aes-256-gcm', derivedKey(key, salt, purpose), nonce);
    cipher.setAAD(Buffer.from(context));
    return Buffer.concat([Buffer.from(key.id), salt, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  };
  const open = (sealed: Buffer, context: string): Buffer => {
    const end = sealed.length - tagLength;
    const start = keyIdLength + saltLength;
    if (end < start) throw damaged();
    const key = keys.reading(sealed.subarray(0, keyIdLength).toString('latin1'));
    const salt = sealed.subarray(keyIdLength, start);
    const decipher = createDecipheriv('aes-256-gcm', derivedKey(key, salt, purpose), nonce, {
      authTagLength: tagLength,
    });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(sealed.subarray(end));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(start, end)), decipher.final()]);
    } catch (error) {
      throw damaged(error);
    }
  };

  return {
    active: keys.writing !== undefined,
    sealText: (text, context) => {
      if (keys.writing) return textMark + seal(Buffer.from(text), context).toString('base64url');
      // A text that looks sealed must not be taken for it later.
      return text.startsWith(textMark) || text.startsWith(plainMark) ? plainMark + text : text;
    },
    openText: (sealed, context) => {
      if (sealed.startsWith(plainMark)) return sealed.slice(plainMark.length);
      if (!sealed.startsWith(textMark)) return sealed;
      return open(Buffer.from(sealed.slice(textMark.length), 'base64url'), context).toString();
    },
    sealBytes: (bytes, context) => {
      if (keys.writing) return Buffer.concat([bytesMark, Buffer.of(1), seal(bytes, context)]);
      return hasMark(bytes) ? Buffer.concat([bytesMark, Buffer.of(0), bytes]) : Buffer.from(bytes);
    },
    openBytes: (sealed, context) => {
      if (!hasMark(sealed)) return Buffer.from(sealed);
      const body = Buffer.from(sealed.subarray(bytesMark.length + 1));
      return sealed[bytesMark.length] === 0 ? body : open(body, context);
    },
    isStale: sealed => {
      if (!keys.writing) return false;
      if (!sealed.startsWith(textMark)) return true;
      const bytes = Buffer.from(sealed.slice(textMark.length), 'base64url');
      return bytes.subarray(0, keyIdLength).toString('latin1') !== keys.writing.id;
    },
    sealStream: () => sealStream(keys),
    openStream: () => openStream(keys),
    plainSize: source => sealedPlainSize(source),
    openRange: (source, range) => openRange(keys, source, range),
  };
}

const hasMark = (bytes: Uint8Array): boolean => bytesMark.equals(bytes.subarray(0, bytesMark.length));

const damaged = (cause?: unknown): AppError =>
  new AppError('SEAL_DAMAGED', 'Sealed data is damaged, or stands where it does not belong', { cause });
