import type { Halt } from './halts.ts';
import type { Sender } from './sender.ts';

export interface Delivery {
  readonly answeredAt: number;
  /** In ms, the shortest first. */
  readonly delays: readonly number[];
  readonly perSecond: number;
  readonly refused: number;
  /** What sending one and reading its answer takes. */
  readonly senderCpu: number;
  readonly slow: readonly Halt[];
}

export interface DeliverOptions {
  /** Without a rate: how many wait for an answer at a time. */
  readonly lanes: number;
  /** Each answer is noted. */
  readonly halts: boolean;
}

/**
 * Sends what is prepared, place by place; without a rate as fast as answers come. By the clock an answer's delay counts from the moment its
 * request was due, so a server that falls behind cannot make it look better.
 */
export async function deliver(
  sender: Sender,
  prepared: readonly (string | undefined)[],
  rate: number | null,
  { lanes, halts }: DeliverOptions,
): Promise<Delivery> {
  const sentBefore = process.cpuUsage();
  const delays: number[] = [];
  const slow: Halt[] = [];
  let refused = 0;
  const startedAt = performance.now();
  const one = async (slot: number, dueAt: number): Promise<void> => {
    const request = prepared[slot];
    if (!request) return;
    const status = await sender.send(request);
    const delay = performance.now() - dueAt;
    delays.push(delay);
    if (halts) slow.push({ at: Date.now(), ms: delay, what: 'answer' });
    if (status !== 204) refused += 1;
  };
  if (rate === null) {
    let next = 0;
    const lane = async () => {
      while (next < prepared.length) await one(next++, performance.now());
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  } else {
    const underWay: Promise<void>[] = [];
    let skipped = 0;
    for (let slot = 0; slot < prepared.length; ) {
      const due = startedAt + ((slot - skipped) * 1_000) / rate;
      if (due > performance.now()) {
        await new Promise(resolve => setTimeout(resolve, 1));
        continue;
      }
      // Nothing is due where the first and last calls have no neighbour: the rate stays the same.
      if (prepared[slot]) underWay.push(one(slot, due));
      else skipped += 1;
      slot += 1;
    }
    await Promise.all(underWay);
  }
  const answeredAt = performance.now();
  return {
    answeredAt,
    delays: delays.sort((a, b) => a - b),
    perSecond: (delays.length * 1_000) / (answeredAt - startedAt),
    refused,
    senderCpu: micros(sentBefore, process.cpuUsage(), delays.length),
    slow,
  };
}

export function quantiles(sorted: readonly number[]): { p50: number; p99: number; worst: number } {
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  return { p50: at(0.5), p99: at(0.99), worst: sorted.at(-1)! };
}

/** µs of CPU for one of so many. */
export const micros = (from: NodeJS.CpuUsage, to: NodeJS.CpuUsage, count: number): number =>
  (to.user - from.user + to.system - from.system) / count;
