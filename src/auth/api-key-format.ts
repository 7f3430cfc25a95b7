import { hashSecret, randomSecret } from './secrets.ts';

/** `plk_` + 43 random characters + 6 that check them, so that a mistyped or made-up key costs no look-up. */
const prefix = 'plk_';
const randomLength = 43;
const checkLength = 6;
const shape = new RegExp(`^${prefix}[\\w-]{${randomLength + checkLength}}$`);

const checkOf = (random: string): string => hashSecret(`${prefix}${random}`).slice(0, checkLength);

export interface NewApiKey {
  readonly secret: string;
  /** The first characters, which lists show. */
  readonly prefix: string;
  readonly hash: string;
}

export function newApiKey(): NewApiKey {
  const random = randomSecret(32);
  const secret = `${prefix}${random}${checkOf(random)}`;
  return { secret, prefix: secret.slice(0, prefix.length + 6), hash: hashSecret(secret) };
}

/** The hash to look a key up by, or undefined when the text cannot be one of our keys. */
export function apiKeyHash(text: string): string | undefined {
  if (!shape.test(text)) return undefined;
  const random = text.slice(prefix.length, prefix.length + randomLength);
  return text.slice(prefix.length + randomLength) === checkOf(random) ? hashSecret(text) : undefined;
}

export const looksLikeApiKey = (text: string): boolean => text.startsWith(prefix);
