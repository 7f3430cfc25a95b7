import { createHash, hkdfSync } from 'node:crypto';
import { AppError } from '../errors.ts';

/** A secret key with the short name under which sealed data remembers it. */
export interface SealKey {
  readonly id: string;
  readonly secret: Buffer;
}

export const keyIdLength = 8;

/** The keys by name, the first one for writing; all may read. */
export class SealKeys {
  readonly #keys: readonly SealKey[];

  constructor(secrets: readonly Uint8Array[] = []) {
    this.#keys = secrets.map(secret => {
      if (secret.length !== 32)
        throw new AppError('SEAL_KEY_MISSING', 'ENCRYPTION_KEY: each key has 32 bytes, written in base64');
      return { id: keyId(secret), secret: Buffer.from(secret) };
    });
  }

  /** The key to write with; undefined means that nothing is sealed. */
  get writing(): SealKey | undefined {
    return this.#keys[0];
  }

  /** The key that sealed something, or the one clear error. */
  reading(id: string): SealKey {
    const key = this.#keys.find(known => known.id === id);
    if (key) return key;
    throw new AppError(
      'SEAL_KEY_MISSING',
      this.#keys.length === 0
        ? `Data was sealed with the key ${id}, and ENCRYPTION_KEY is not set; set it to the key that was used`
        : `Data was sealed with the key ${id}, which is not in ENCRYPTION_KEY; add it behind the first one`,
    );
  }
}

/** Tells keys apart without telling anything about them. */
const keyId = (secret: Uint8Array): string =>
  createHash('sha256').update('parley key id').update(secret).digest('hex').slice(0, keyIdLength);

/** A key for one purpose or one file, so that no two of them can ever meet the same key and nonce. */
export const derivedKey = (key: SealKey, salt: Uint8Array, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key.secret, salt, purpose, 32));
