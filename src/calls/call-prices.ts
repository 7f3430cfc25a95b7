import type { Logger } from '../ops/logger.ts';
import type { Stored } from '../store/schema.ts';
import { type Carrier, CarrierError } from '../telephony/carrier-contract.ts';
import { withCarrierPrice } from './call-cost.ts';
import type { Call } from './call-document.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallRepository } from './call-repository.ts';
import type { PriceTable } from './cost-protocol.ts';
import type { PostCallMetrics } from './post-call-metrics.ts';

export interface CallPricesOptions {
  readonly calls: CallRepository;
  readonly carrier: Pick<Carrier, 'call'>;
  readonly table: PriceTable;
  readonly eventLog: CallEventLog;
  /** Tells listeners that a call changed. */
  readonly changed: (call: Stored<Call>) => void;
  readonly metrics: PostCallMetrics;
  readonly logger: Logger;
  readonly now: () => Date;
}

const minute = 60_000;
/** Carriers price a call minutes to hours after it; after the last wait the estimate stays. */
const waitsMs = [5, 15, 60, 4 * 60, 12 * 60, 24 * 60].map(minutes => minutes * minute);
const mostPerRound = 200;
const atOnce = 8;

/** Asks the carrier what calls really cost. One round; several at once do no harm. Answers how many prices came in. */
export function createCallPrices(options: CallPricesOptions): () => Promise<number> {
  const { calls, carrier, table, metrics, logger, now } = options;

  async function ask(call: Stored<Call>): Promise<boolean> {
    const found = call.sid === null ? null : await carrier.call(call.sid);
    const price = found?.price ?? null;
    if (price === null) return false;
    const priced = withCarrierPrice(call, { amount: price, currency: found?.priceCurrency ?? 'USD' }, table);
    if (!priced) return false;
    const changed = await calls.setCost(call, priced, { priceDueAt: null });
    // Somebody wrote to it meanwhile: the next round finds it as it is then.
    if (!changed) return true;
    options.changed(changed);
    metrics.prices.inc({ result: 'priced' });
    return true;
  }

  async function later(call: Stored<Call>): Promise<void> {
    const wait = waitsMs[call.priceTries ?? 0];
    if (wait !== undefined) return calls.priceLater(call._id, new Date(now().getTime() + wait));
    const given = await calls.priceGivenUp(call._id);
    if (!given) return;
    metrics.prices.inc({ result: 'given-up' });
    options.eventLog.add(given, { type: 'cost.unpriced', source: 'system', data: { tries: waitsMs.length } });
  }

  return async () => {
    const due = await calls.duePrices(now(), mostPerRound);
    let priced = 0;
    let away = false;
    const one = async (call: Stored<Call>): Promise<void> => {
      // A carrier that does not answer is not asked for the rest; they keep their turn.
      if (away) return;
      try {
        if (await ask(call)) priced += 1;
        else await later(call);
      } catch (error) {
        away ||= error instanceof CarrierError && error.fault !== 'order';
        logger.warn({ err: error, attemptId: call._id.toHexString() }, 'a price could not be asked for; trying again');
        await later(call);
      }
    };
    let next = 0;
    const worker = async () => {
      while (next < due.length) await one(due[next++]!);
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, due.length) }, worker));
    return priced;
  };
}
