import { randomUUID } from 'node:crypto';
import type { TwinClock } from '../clock.ts';
import type { BackgroundWork } from './background-work.ts';
import type { Hook } from './call-order.ts';
import { parseConnectionOverrides, type RetryCause } from './connection-overrides.ts';
import { type DeliverLookup, deliveryUrl } from './deliver-map.ts';
import type { FaultBoard } from './fault-board.ts';
import { createHttpAgents, HttpFailure, type HttpReply, httpExchange } from './http-exchange.ts';
import type { TwinLedger } from './twin-ledger.ts';
import { signRequest, withoutFragment } from './webhook-signature.ts';

export type WebhookPurpose = 'twiml' | 'status' | 'amd' | 'recording' | 'stream';
export type Fields = [string, string][];

export interface Webhook {
  purpose: WebhookPurpose;
  hook: Hook;
  fields: Fields;
  callSid: string;
  /** The event inside its kind (`answered`, `completed`, `stream-stopped`, …), by which a fault can pick it. */
  event?: string;
}
export type WebhookOutcome =
  | { ok: true; reply: HttpReply; url: string }
  | { ok: false; code: 11200 | 11205 | 11206 | 11215; detail: string };

export interface WebhookSender {
  /** Delivers one webhook with its retries and says how it ended; faults may delay, repeat, reorder or lose it. */
  send(webhook: Webhook): Promise<WebhookOutcome>;
  close(): void;
}

const mostRedirects = 5;

export function createWebhookSender(options: {
  authToken: string;
  deliver: DeliverLookup;
  ledger: TwinLedger;
  faults: FaultBoard;
  background: BackgroundWork;
  clock: TwinClock;
}): WebhookSender {
  const { ledger, faults, clock } = options;
  const agents = createHttpAgents();
  const held: (() => void)[] = [];
  let closed = false;

  const attempt = async (
    hook: Hook,
    fields: Fields,
    token: string,
    limits: ReturnType<typeof parseConnectionOverrides>['overrides'],
    totalMs: number,
  ) => {
    let url = withoutFragment(hook.url);
    if (hook.method === 'GET' && fields.length) {
      url += (url.includes('?') ? '&' : '?') + new URLSearchParams(fields);
    }
    const form = hook.method === 'POST' ? fields : undefined;
    return httpExchange({
      method: hook.method,
      url: deliveryUrl(url, options.deliver()),
      headers: {
        host: new URL(url).host,
        accept: '*/*',
        'user-agent': 'TwilioProxy/1.1',
        'i-twilio-idempotency-token': token,
        'x-twilio-signature': signRequest(options.authToken, url, form),
        ...(form ? { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' } : {}),
      },
      ...(form ? { body: new URLSearchParams(form).toString() } : {}),
      connectTimeoutMs: limits.connectTimeoutMs,
      readTimeoutMs: limits.readTimeoutMs,
      totalTimeoutMs: Math.max(1, totalMs),
      agents,
    });
  };

  /** All attempts share one time limit and one idempotency token. */
  const deliver = async (webhook: Webhook, token: string, answerLost: boolean): Promise<WebhookOutcome> => {
    const { overrides, problems } = parseConnectionOverrides(webhook.hook.url);
    for (const problem of problems) ledger.violation('webhook-url', `connection override ${problem}`, webhook.callSid);
    const deadline = performance.now() + overrides.totalTimeoutMs;
    let hook = webhook.hook;
    let fields = webhook.fields;
    let retries = overrides.retries;
    let redirects = 0;
    let lost = answerLost;
    for (;;) {
      let cause: RetryCause | undefined;
      let failure: Extract<WebhookOutcome, { ok: false }>;
      try {
        const reply = await attempt(hook, fields, token, overrides, deadline - performance.now());
        const status = lost ? 503 : reply.status;
        lost = false; // the next attempt gets through
        if (status >= 300 && status < 400 && reply.location) {
          redirects += 1;
          if (redirects > mostRedirects) return { ok: false, code: 11215, detail: 'too many redirects' };
          hook = {
            url: new URL(reply.location, withoutFragment(hook.url)).href,
            method: status >= 307 ? hook.method : 'GET',
          };
          if (status < 307) fields = [];
          continue;
        }
        if (status >= 200 && status < 300) return { ok: true, reply, url: withoutFragment(hook.url) };
        cause = status >= 500 ? '5xx' : '4xx';
        failure = { ok: false, code: 11200, detail: `${withoutFragment(hook.url)} answered ${status}` };
      } catch (error) {
        if (!(error instanceof HttpFailure)) throw error;
        if (error.kind !== 'protocol') cause = error.kind;
        const code = error.kind === 'ct' ? 11205 : error.kind === 'rt' ? 11200 : 11206;
        failure = { ok: false, code, detail: `${withoutFragment(hook.url)}: ${error.message}` };
      }
      if (!cause || !overrides.retryOn.has(cause) || retries === 0 || performance.now() >= deadline || closed)
        return failure;
      retries -= 1;
    }
  };

  const releaseHeld = () => {
    for (const release of held.splice(0)) release();
  };

  const send = async (webhook: Webhook): Promise<WebhookOutcome> => {
    const token = randomUUID();
    const fault = faults.forCallback(webhook);
    const lost: WebhookOutcome = { ok: false, code: 11205, detail: 'lost on the way (a fault of the sandbox)' };
    if (fault?.kind === 'callback-lost') return lost;
    if (fault?.kind === 'callback-late') await clock.wait(fault.delayMs);
    if (fault?.kind === 'callback-reordered') {
      // Held back until another callback has gone out, or until it is plain that none will.
      await new Promise<void>(resolve => {
        const timer = clock.after(fault.delayMs, resolve);
        held.push(() => {
          timer.cancel();
          resolve();
        });
      });
    }
    if (closed) return lost;
    if (fault?.kind === 'callback-doubled') {
      const [first] = await Promise.all([deliver(webhook, token, false), deliver(webhook, token, false)]);
      return first;
    }
    const outcome = await deliver(webhook, token, fault?.kind === 'callback-answered-5xx');
    if (fault?.kind !== 'callback-reordered') releaseHeld();
    return outcome;
  };

  return {
    async send(webhook) {
      const outcome = await options.background.track(send(webhook));
      if (!outcome.ok) ledger.alert(outcome.code, `${webhook.purpose}: ${outcome.detail}`, webhook.callSid);
      if (!outcome.ok && webhook.purpose === 'status' && outcome.code === 11200) {
        ledger.alert(15003, outcome.detail, webhook.callSid);
      }
      return outcome;
    },
    close() {
      closed = true;
      releaseHeld();
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}
