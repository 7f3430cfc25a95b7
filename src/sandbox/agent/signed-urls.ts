import { randomBytes } from 'node:crypto';

export interface SignedUse {
  agentId: string;
  /** Reserved by `include_conversation_id`; such a signature works once. */
  conversationId?: string;
  environment?: string;
}

export type SignatureCheck = { ok: true; use: SignedUse } | { ok: false; problem: 'unknown' | 'expired' | 'used' };

export interface SignedUrls {
  sign(use: SignedUse): string;
  /** Checks a signature at the start of a conversation. */
  redeem(signature: string, agentId: string): SignatureCheck;
}

const lifetimeMs = 15 * 60 * 1_000;
const mostKept = 100_000;

/** Signatures live 15 minutes for starting a conversation, any number of them unless one was reserved. */
export function createSignedUrls(now: () => number): SignedUrls {
  const known = new Map<string, { use: SignedUse; until: number; used: boolean }>();
  return {
    sign(use) {
      const signature = `cvtkn_${randomBytes(18).toString('hex')}`;
      known.set(signature, { use, until: now() + lifetimeMs, used: false });
      if (known.size > mostKept) known.delete(known.keys().next().value!);
      return signature;
    },
    redeem(signature, agentId) {
      const entry = known.get(signature);
      if (!entry || entry.use.agentId !== agentId) return { ok: false, problem: 'unknown' };
      if (now() > entry.until) return { ok: false, problem: 'expired' };
      if (entry.used && entry.use.conversationId) return { ok: false, problem: 'used' };
      entry.used = true;
      return { ok: true, use: entry.use };
    },
  };
}
