import { isIP } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { Agent, request } from 'undici';
import { hostOf, isPublic, PrivateAddressError, publicLookup } from './safe-address.ts';

export interface Message {
  readonly id: string;
  readonly url: string;
  readonly payload: string;
  /** All that sign; the receiver may know any one of them. */
  readonly secrets: readonly string[];
}

/** What became of one try. */
export interface SendResult {
  readonly status: number | null;
  readonly ms: number;
  /** Null when it was delivered. */
  readonly problem: string | null;
  /** When the receiver said how long to wait. */
  readonly retryAfterMs: number | null;
  /** The receiver said that it is gone for good. */
  readonly gone: boolean;
}

export interface HookSender {
  send(message: Message, now: Date, signal?: AbortSignal): Promise<SendResult>;
  close(): Promise<void>;
}

export interface HookSenderOptions {
  readonly privateAllowed: boolean;
  readonly timeoutMs?: number;
  /** Most of an answer that is read; the rest is cut off with the connection. */
  readonly answerBytes?: number;
}

const LONGEST_WAIT_MS = 3_600_000;

/**
 * Sends signed messages (Standard Webhooks) to addresses that others entered: nothing private is reached, no redirect is
 * followed, and neither a hanging nor an endless answer holds us.
 */
export function createHookSender({
  privateAllowed,
  timeoutMs = 15_000,
  answerBytes = 64 * 1024,
}: HookSenderOptions): HookSender {
  const pool = new Agent({
    connections: 4,
    connect: { timeout: 10_000, ...(privateAllowed ? {} : { lookup: publicLookup }) },
  });

  return {
    async send({ id, url, payload, secrets }, now, signal) {
      const startedAt = performance.now();
      const done = (result: Partial<SendResult>): SendResult => ({
        status: null,
        problem: null,
        retryAfterMs: null,
        gone: false,
        ...result,
        ms: Math.round(performance.now() - startedAt),
      });
      const timeout = AbortSignal.timeout(timeoutMs);
      try {
        // A literal address is never looked up, so it is checked here.
        const host = hostOf(new URL(url));
        if (!privateAllowed && isIP(host) !== 0 && !isPublic(host)) throw new PrivateAddressError();
        const { statusCode, headers, body } = await request(url, {
          method: 'POST',
          dispatcher: pool,
          signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
          headers: {
            'content-type': 'application/json',
            'user-agent': 'Parley-Hooks/1',
            'webhook-id': id,
            'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
            'webhook-signature': secrets.map(secret => new Webhook(secret).sign(id, now, payload)).join(' '),
          },
          body: payload,
        });
        // Read to its end, a connection can be used again; one that sends too much is dropped instead.
        await body.dump({ limit: answerBytes, signal: timeout }).catch(() => {});
        if (statusCode >= 200 && statusCode < 300) return done({ status: statusCode });
        return done({
          status: statusCode,
          problem: problemOf(statusCode),
          retryAfterMs: retryAfter(headers['retry-after'], now),
          gone: statusCode === 410,
        });
      } catch (error) {
        return done({ problem: timeout.aborted ? `no answer within ${timeoutMs / 1000} s` : wordsFor(error) });
      }
    },
    close: () => pool.destroy(),
  };
}

function problemOf(status: number): string {
  if (status >= 300 && status < 400) return `answered ${status}: redirects are not followed; enter the final address`;
  if (status === 410) return 'answered 410: the receiver is gone';
  return `answered ${status}`;
}

function retryAfter(value: string | string[] | undefined, now: Date): number | null {
  if (typeof value !== 'string') return null;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now.getTime();
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, LONGEST_WAIT_MS) : null;
}

/** A sentence for the delivery log that tells no more than its reader may know. */
function wordsFor(error: unknown): string {
  if (error instanceof PrivateAddressError || (error as Error).cause instanceof PrivateAddressError)
    return new PrivateAddressError().message;
  const { code = '' } = error as NodeJS.ErrnoException;
  const known: Record<string, string> = {
    ENOTFOUND: 'the name is not known',
    EAI_AGAIN: 'the name could not be looked up',
    ECONNREFUSED: 'the connection was refused',
    ECONNRESET: 'the connection was cut',
    UND_ERR_SOCKET: 'the connection was cut',
    UND_ERR_CONNECT_TIMEOUT: 'no connection within 10 s',
    CERT_HAS_EXPIRED: 'its certificate has expired',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
    ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  };
  return known[code] ?? `failed${code ? ` (${code})` : ''}`;
}
