import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const nonceBytes = 12;
const tagBytes = 16;
export const keyIdBytes = 8;
const plainId = Buffer.alloc(keyIdBytes);

/** Closes and opens the payloads of one file. */
export interface Sealer {
  seal(payload: Buffer, sequence: number): Buffer;
  /** Throws when the payload was not sealed with this key, or for another place. */
  open(payload: Buffer, sequence: number): Buffer;
}

/** Names a key without telling anything about it; written into every file the key seals. */
export function keyId(key: Uint8Array | undefined): Buffer {
  if (!key) return plainId;
  return createHmac('sha256', key).update('pocket-mongo key id').digest().subarray(0, keyIdBytes);
}

/** The sealer of a file with this salt; without a key nothing is sealed. */
export function sealerFor(key: Uint8Array | undefined, salt: Buffer): Sealer {
  if (!key) return { seal: payload => payload, open: payload => payload };
  // A key of its own for every file: nonces then need to differ only within the file.
  const fileKey = Buffer.from(hkdfSync('sha256', key, salt, 'pocket-mongo file', 32));
  return {
    seal(payload, sequence) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', fileKey, nonce).setAAD(place(sequence));
      return Buffer.concat([nonce, cipher.update(payload), cipher.final(), cipher.getAuthTag()]);
    },
    open(payload, sequence) {
      if (payload.length < nonceBytes + tagBytes) throw new Error('a sealed frame is too short');
      const decipher = createDecipheriv('aes-256-gcm', fileKey, payload.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(place(sequence)).setAuthTag(payload.subarray(payload.length - tagBytes));
      return Buffer.concat([
        decipher.update(payload.subarray(nonceBytes, payload.length - tagBytes)),
        decipher.final(),
      ]);
    },
  };
}

/** Bound to its place, a sealed frame cannot be moved or repeated by somebody who can write the file. */
function place(sequence: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(sequence >>> 0);
  return bytes;
}

/** The key with this id, or one clear error that says what is missing. */
export function keyFor(id: Buffer, keys: readonly Uint8Array[], file: string): Uint8Array | undefined {
  if (id.equals(plainId)) return undefined;
  const key = keys.find(each => keyId(each).equals(id));
  if (key) return key;
  const name = id.toString('hex');
  throw new Error(
    keys.length === 0
      ? `${file} is sealed with the encryption key ${name}, but no encryption key is given`
      : `${file} is sealed with the encryption key ${name}, which is not among the ${keys.length} given`,
  );
}
