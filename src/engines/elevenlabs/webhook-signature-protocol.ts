import { createHmac, timingSafeEqual } from 'node:crypto';

/** Why a webhook is not believed. `future` and `stale` are about the time it was signed at. */
export type WebhookRefusal = 'missing' | 'malformed' | 'stale' | 'future' | 'wrong';

export interface WebhookSignature {
  /** As it stands in the header: it is signed as text. */
  readonly time: string;
  readonly digests: readonly Buffer[];
}

/** The vendor's own tolerance; a replay within it is told by its content. */
const oldestSeconds = 30 * 60;
/** Clocks differ; further ahead a signature would be good for longer than it should. */
const aheadSeconds = 5 * 60;

/** Reads `t=…,v0=…` and judges its time, before anything is read of the body. */
export function readWebhookSignature(header: unknown, nowMs: number): WebhookSignature | WebhookRefusal {
  if (header === undefined || header === '') return 'missing';
  if (typeof header !== 'string' || header.length > 1_000) return 'malformed';
  const parts = header.split(',').map(part => part.trim());
  const time = parts.find(part => part.startsWith('t='))?.slice(2) ?? '';
  const digests = parts.filter(part => /^v0=[0-9a-f]{64}$/.test(part)).map(part => Buffer.from(part.slice(3), 'hex'));
  if (!/^\d{1,12}$/.test(time) || digests.length === 0) return 'malformed';
  const ageSeconds = nowMs / 1_000 - Number(time);
  if (ageSeconds > oldestSeconds) return 'stale';
  return ageSeconds < -aheadSeconds ? 'future' : { time, digests };
}

/** Whether one of the secrets made this signature over exactly these bytes; takes the same time whatever is wrong. */
export function isSignedWith(secrets: readonly string[], { time, digests }: WebhookSignature, body: Buffer): boolean {
  let signed = false;
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(`${time}.`).update(body).digest();
    for (const digest of digests) signed = timingSafeEqual(expected, digest) || signed;
  }
  return signed;
}
