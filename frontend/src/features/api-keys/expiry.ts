const DAY_MS = 86_400_000;

/** The end of a key's life for a choice of "in N days" or "never". */
export function expiryDate(choice: string, now: number): string | undefined {
  return choice === 'never' ? undefined : new Date(now + Number(choice) * DAY_MS).toISOString();
}

export type KeyState = 'good' | 'expired' | 'revoked';

export function keyState(key: { expiresAt: string | null; revokedAt: string | null }, now: number): KeyState {
  if (key.revokedAt !== null) return 'revoked';
  return key.expiresAt !== null && Date.parse(key.expiresAt) <= now ? 'expired' : 'good';
}
