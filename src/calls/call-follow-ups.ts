import type { Stored } from '../store/schema.ts';
import { estimatedCost } from './call-cost.ts';
import type { Call } from './call-document.ts';
import type { PriceTable } from './cost-protocol.ts';

export interface FollowUpOptions {
  /** How long the vendor's report is waited for before it is fetched. */
  readonly reportAfterMs: number;
  readonly prices: PriceTable;
  readonly now: () => Date;
}

/** Carriers price no call at once. */
const priceAfterMs = 60_000;

/** What an ended call still waits for, as fields that are written with its outcome: a crash after that loses nothing of it. */
export const createFollowUps =
  ({ reportAfterMs, prices, now }: FollowUpOptions) =>
  (call: Stored<Call>): Partial<Call> => ({
    cost: estimatedCost(call, prices),
    // What nobody answered costs nothing, and will never have a price.
    ...(call.answeredAt !== null && call.sid !== null ? { priceDueAt: new Date(now().getTime() + priceAfterMs) } : {}),
    // Without a stream no agent ever spoke.
    ...(call.streams > 0 && call.engine !== null && call.reportDueAt === null
      ? { reportDueAt: new Date(now().getTime() + reportAfterMs) }
      : {}),
  });
