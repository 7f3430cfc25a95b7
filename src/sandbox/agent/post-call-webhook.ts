import { createHmac } from 'node:crypto';
import type { TwinClock } from '../clock.ts';
import type { AgentFault, AgentFaultBoard, AgentFaultKind } from './agent-faults.ts';

/** The `ElevenLabs-Signature` of a body: time and HMAC-SHA256 of `time.body`. */
export function signWebhook(secret: string, body: string, unixSeconds: number): string {
  const digest = createHmac('sha256', secret).update(`${unixSeconds}.${body}`).digest('hex');
  return `t=${unixSeconds},v0=${digest}`;
}

export interface WebhookTarget {
  url: string | (() => string);
  secret: string;
  /** The vendor repeats only where this is switched on. */
  retries: boolean;
}

export interface Delivery {
  conversationId: string;
  attempts: { status: number | undefined; at: number }[];
  delivered: boolean;
}

export interface PostCallWebhook {
  /** Reports a conversation; `suffers` are the faults of whoever took part. */
  send(conversationId: string, agentId: string, data: object, suffers: readonly AgentFault[]): void;
  readonly deliveries: readonly Delivery[];
  /** Resolves when nothing is on its way any more. */
  settled(): Promise<void>;
  close(): void;
}

const retryDelaysMs = [30_000, 120_000, 480_000, 1_800_000];
const answerTimeoutMs = 10_000;
const kept = 500;
const webhookFaults: readonly AgentFaultKind[] = [
  'webhook-lost',
  'webhook-late',
  'webhook-doubled',
  'webhook-unsigned',
];

/** Reports finished conversations to the product, signed, and repeats as the vendor does when that is switched on. */
export function createPostCallWebhook(
  target: WebhookTarget | undefined,
  clock: TwinClock,
  faults: AgentFaultBoard,
): PostCallWebhook {
  const deliveries: Delivery[] = [];
  const running = new Set<Promise<void>>();
  const closing = new AbortController();

  const attempt = async (url: WebhookTarget['url'], secret: string, body: string): Promise<number | undefined> => {
    try {
      const reply = await fetch(typeof url === 'function' ? url() : url, {
        method: 'POST',
        redirect: 'manual',
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(answerTimeoutMs)]),
        headers: {
          'content-type': 'application/json',
          'user-agent': 'ElevenLabs/1.0',
          // Real time: the receiver compares it with its own clock.
          'elevenlabs-signature': signWebhook(secret, body, Math.floor(Date.now() / 1_000)),
        },
        body,
      });
      await reply.arrayBuffer();
      return reply.status;
    } catch {
      return undefined;
    }
  };
  const deliver = async ({ url, secret, retries }: WebhookTarget, delivery: Delivery, body: string) => {
    for (let round = 0; round <= (retries ? retryDelaysMs.length : 0); round += 1) {
      if (round > 0) await clock.wait(retryDelaysMs[round - 1]! * (1 + Math.random() * 0.1), closing.signal);
      if (closing.signal.aborted) return;
      const status = await attempt(url, secret, body);
      delivery.attempts.push({ status, at: clock.now() });
      if (status === 200) delivery.delivered = true;
      // Other answers below 500 are final.
      if (status !== undefined && status < 500 && status !== 429 && status !== 408) return;
    }
  };

  return {
    deliveries,
    send(conversationId, agentId, data, suffers) {
      if (!target) return;
      const body = JSON.stringify({
        type: 'post_call_transcription',
        event_timestamp: Math.floor(clock.now() / 1_000),
        data,
      });
      const delivery: Delivery = { conversationId, attempts: [], delivered: false };
      deliveries.push(delivery);
      if (deliveries.length > kept) deliveries.shift();
      const fault = suffers.find(each => webhookFaults.includes(each.kind)) ?? faults.strike(webhookFaults, agentId);
      if (fault?.kind === 'webhook-lost') return;
      const used = fault?.kind === 'webhook-unsigned' ? { ...target, secret: `${target.secret}-wrong` } : target;
      const work = (async () => {
        if (fault?.kind === 'webhook-late') await clock.wait(fault.delayMs ?? 0, closing.signal);
        await deliver(used, delivery, body);
        if (fault?.kind === 'webhook-doubled') await deliver(used, delivery, body);
      })();
      running.add(work);
      void work.finally(() => running.delete(work));
    },
    async settled() {
      while (running.size) await Promise.allSettled(running);
    },
    close: () => closing.abort(),
  };
}
