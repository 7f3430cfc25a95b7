import { createHash, randomBytes } from 'node:crypto';

export type SidPrefix = 'CA' | 'MZ' | 'RE' | 'PN' | 'VX' | 'QU';

/** A new identifier in Twilio's form: two letters and 32 lower-case hex digits. */
export const newSid = (prefix: SidPrefix): string => prefix + randomBytes(16).toString('hex');

/** The same text always gives the same identifier, so that a number keeps its SID when the twin is restarted. */
export const stableSid = (prefix: SidPrefix, text: string): string =>
  prefix + createHash('sha256').update(text).digest('hex').slice(0, 32);

export const isSid = (prefix: string, value: string): boolean => new RegExp(`^${prefix}[0-9a-fA-F]{32}$`).test(value);
