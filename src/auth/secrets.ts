import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A secret with enough randomness that a plain hash protects it: unlike a password it cannot be guessed. */
export const randomSecret = (bytes = 32): string => randomBytes(bytes).toString('base64url');

export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/** Compares in constant time, whatever the lengths. */
export const sameSecret = (a: string, b: string): boolean =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
