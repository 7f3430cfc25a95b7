import type { LoadOrder } from './load-order.ts';
import type { LoadReport } from './load-report.ts';
import type { ProductFigures } from './load-verdict.ts';

/** The target is one that must not be load-tested: real people would be called, and pay for it. */
export class TargetRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TargetRefused';
  }
}

export interface Credentials {
  readonly key?: string;
  readonly email?: string;
  readonly password?: string;
  /** Of the carrier twin, where it runs outside the product. */
  readonly carrierAuthToken?: string;
}

export interface FarEndsAnswer {
  publicUrl: string;
  carrier: {
    sandbox: boolean;
    apiBaseUrl: string;
    accountSid: string;
    phoneNumber: string | null;
    controlKey: string | null;
  };
  agent: { sandbox: boolean; apiBaseUrl: string };
}

/** The installation under test and the carrier twin that it uses. */
export interface LoadTarget {
  readonly farEnds: FarEndsAnswer;
  start(order: LoadOrder): Promise<LoadReport>;
  report(): Promise<LoadReport>;
  stop(): Promise<void>;
  /** Asks the product to call somebody; undefined when it did, otherwise why not. */
  call(to: string): Promise<string | undefined>;
  /** How the product's process is at this moment. */
  product(): Promise<{ rssBytes: number | null; eventLoopP99Ms: number | null; cpuSeconds: number | null }>;
}

const timeoutMs = 15_000;

/** Signs in at the product, finds out who its carrier is, and refuses every one that is not the sandbox's carrier twin. */
export async function findTarget(productUrl: string, credentials: Credentials): Promise<LoadTarget> {
  const base = productUrl.replace(/\/+$/, '');
  const token = credentials.key ?? (await signIn(base, credentials));
  const bearer = { authorization: `Bearer ${token}` };
  const answer = await ask(`${base}/api/admin/far-ends`, { headers: bearer });
  if (!answer.ok) {
    throw new Error(
      `${base}/api/admin/far-ends answered ${answer.status}: the key or user needs the permission system:write`,
    );
  }
  const farEnds = (await answer.json()) as FarEndsAnswer;
  const { carrier } = farEnds;
  const host = new URL(carrier.apiBaseUrl).hostname;
  if (host === 'twilio.com' || host.endsWith('.twilio.com')) {
    throw new TargetRefused(
      `${base} uses the real carrier (${host}): a load test would call real people. Nothing was done.`,
    );
  }
  const authorization = carrier.controlKey
    ? `Bearer ${carrier.controlKey}`
    : `Basic ${Buffer.from(`${carrier.accountSid}:${credentials.carrierAuthToken ?? ''}`).toString('base64')}`;
  const twin = (path: string, init: RequestInit = {}) =>
    ask(`${carrier.apiBaseUrl}/twin/${path}`, { ...init, headers: { authorization } });
  const known = await twin('people');
  if (known.status === 401)
    throw new Error(
      `the carrier at ${carrier.apiBaseUrl} refuses the token: set TWILIO_AUTH_TOKEN as the product has it`,
    );
  const people = known.ok ? await known.json().catch(() => undefined) : undefined;
  if (!Array.isArray((people as { items?: unknown } | undefined)?.items)) {
    throw new TargetRefused(
      `${base} uses a carrier at ${carrier.apiBaseUrl} that is not the sandbox's carrier twin. Nothing was done.`,
    );
  }

  const json = async (reply: Response): Promise<LoadReport> => {
    const body = (await reply.json()) as LoadReport & { error?: string };
    if (!reply.ok) throw new Error(`the carrier twin answered ${reply.status}: ${body.error ?? JSON.stringify(body)}`);
    return body;
  };
  return {
    farEnds,
    start: async order => json(await twin('load', { method: 'POST', body: JSON.stringify(order) })),
    report: async () => json(await twin('load')),
    stop: async () => void (await twin('load', { method: 'DELETE' })),
    async call(to) {
      const reply = await ask(`${base}/api/calls`, {
        method: 'POST',
        headers: { ...bearer, 'content-type': 'application/json' },
        body: JSON.stringify({ to }),
      });
      if (reply.ok) return undefined;
      const body = (await reply.json().catch(() => undefined)) as { error?: { code?: string } } | undefined;
      return `not placed: ${body?.error?.code ?? `HTTP ${reply.status}`}`;
    },
    async product() {
      const [system, metrics] = await Promise.all([
        ask(`${base}/api/admin/system`, { headers: bearer }).catch(() => undefined),
        ask(`${base}/metrics`, { headers: bearer }).catch(() => undefined),
      ]);
      const known = system?.ok
        ? ((await system.json()) as { memory: { rssBytes: number }; eventLoop: { p99Ms: number } })
        : undefined;
      const text = metrics?.ok ? await metrics.text() : '';
      const cpu = /^\S*process_cpu_seconds_total\S* ([\d.e+-]+)/m.exec(text)?.[1];
      return {
        rssBytes: known?.memory.rssBytes ?? null,
        eventLoopP99Ms: known?.eventLoop.p99Ms ?? null,
        cpuSeconds: cpu === undefined ? null : Number(cpu),
      };
    },
  };
}

async function signIn(base: string, { email, password }: Credentials): Promise<string> {
  if (!email || !password) throw new Error('give --key, or --email and --password, of an administrator');
  const reply = await ask(`${base}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  if (!reply.ok) throw new Error(`${base} does not let ${email} in (${reply.status})`);
  return ((await reply.json()) as { accessToken: string }).accessToken;
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs), ...init });
  } catch (error) {
    const cause = (error as { cause?: Error }).cause?.message ?? (error as Error).message;
    throw new Error(`${new URL(url).origin} cannot be reached: ${cause}`);
  }
}

/** Keeps the worst of what the product said of itself, and its processor time while all calls were up. */
export function createProductWatch(target: LoadTarget) {
  let rssBytes: number | null = null;
  let eventLoopP99Ms: number | null = null;
  let first: { at: number; cpu: number } | undefined;
  let last: { at: number; cpu: number } | undefined;
  const worse = (one: number | null, other: number | null) =>
    one === null ? other : other === null ? one : Math.max(one, other);
  return {
    async look(holding: boolean) {
      const seen = await target.product().catch(() => undefined);
      if (!seen) return;
      rssBytes = worse(rssBytes, seen.rssBytes);
      eventLoopP99Ms = worse(eventLoopP99Ms, seen.eventLoopP99Ms);
      if (!holding || seen.cpuSeconds === null) return;
      last = { at: performance.now(), cpu: seen.cpuSeconds };
      first ??= last;
    },
    figures(): ProductFigures {
      const seconds = first && last ? (last.at - first.at) / 1_000 : 0;
      const processorPercent = seconds > 0 ? (100 * (last!.cpu - first!.cpu)) / seconds : null;
      return { rssBytes, eventLoopP99Ms, processorPercent };
    },
  };
}
