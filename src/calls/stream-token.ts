import { createHash, randomBytes } from 'node:crypto';
import type { StreamTokenHash } from './call-document.ts';

/** A stream that was not opened within this is not ours any more. */
export const streamTokenMs = 60_000;

export interface StreamToken {
  /** What the carrier is told; the store only keeps its hash. */
  readonly token: string;
  readonly stored: StreamTokenHash;
}

/** A token for one media stream of one call. */
export function newStreamToken(callId: string, now: Date): StreamToken {
  const token = `${callId}.${randomBytes(24).toString('base64url')}`;
  return { token, stored: { streamToken: hashOf(token), streamTokenUntil: new Date(now.getTime() + streamTokenMs) } };
}

/** Which call a token speaks of, and what to compare with the store; null for what never was a token. */
export function readStreamToken(token: unknown): { readonly callId: string; readonly hash: string } | null {
  if (typeof token !== 'string') return null;
  const match = /^([0-9a-f]{24})\.[\w-]{32}$/.exec(token);
  return match ? { callId: match[1]!, hash: hashOf(token) } : null;
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
