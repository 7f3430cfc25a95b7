import { randomSecret } from './secrets.ts';

/** A refresh token names its session, so that a stolen old one can be told from a made-up one. */
export interface RefreshToken {
  readonly sessionId: string;
  readonly secret: string;
}

export const newRefreshToken = (sessionId: string): RefreshToken => ({ sessionId, secret: randomSecret(32) });

export const writeRefreshToken = ({ sessionId, secret }: RefreshToken): string => `${sessionId}.${secret}`;

export function readRefreshToken(text: string): RefreshToken | undefined {
  const match = /^([0-9a-f]{24})\.([\w-]{43})$/.exec(text);
  return match ? { sessionId: match[1]!, secret: match[2]! } : undefined;
}
