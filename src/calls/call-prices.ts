import type { Logger } from '../ops/logger.ts';
import { severalAtOnce } from '../several-at-once.ts';
import type { Stored } from '../store/schema.ts';
import { type Carrier, CarrierError } from '../telephony/carrier-contract.ts';
import { isGuess, isSaid, withCarrierPrice, withRecordingPrice, withTransferPrice } from './call-cost.ts';
import type { Call } from './call-document.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallRepository } from './call-repository.ts';
import type { CallCost, PriceTable } from './cost-protocol.ts';
import type { PostCallMetrics } from './post-call-metrics.ts';

export interface CallPricesOptions {
  readonly calls: CallRepository;
  readonly carrier: Pick<Carrier, 'call' | 'recordingsOf'>;
  readonly table: PriceTable;
  readonly eventLog: CallEventLog;
  /** Tells listeners that a call changed. */
  readonly changed: (call: Stored<Call>) => void;
  readonly metrics: PostCallMetrics;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** The carrier's ids of all phones that were answered when the call was passed on. */
const legSidsOf = ({ legs, transfer }: Pick<Call, 'legs' | 'transfer'>): string[] => {
  const taken = transfer?.['childSid'];
  const sids = (legs ?? []).map(({ sid }) => sid);
  return [...new Set(typeof taken === 'string' && transfer?.['answeredAt'] ? [...sids, taken] : sids)];
};

const minute = 60_000;
/** Carriers price a call minutes to hours after it; after the last wait the estimate stays. */
const waitsMs = [5, 15, 60, 4 * 60, 12 * 60, 24 * 60].map(minutes => minutes * minute);
const mostPerRound = 200;
const atOnce = 8;

/** Whether the carrier has said what everything costs that it will ever price. */
type Answer = 'all' | 'some' | 'nothing';

/** Asks the carrier what calls, and recordings of them, really cost. One round; several at once do no harm. Answers how many prices came in. */
export function createCallPrices(options: CallPricesOptions): () => Promise<number> {
  const { calls, carrier, table, metrics, logger, now } = options;

  async function ask(call: Stored<Call>): Promise<Answer> {
    if (call.sid === null) return 'nothing';
    let { cost } = call;
    if (!isSaid(cost, 'carrier')) cost = (await priceOfCall(call, call.sid)) ?? cost;
    let waits = !isSaid(cost, 'carrier');
    // A leg whose id the carrier never told keeps its estimate.
    const legs = legSidsOf(call);
    if (cost && isGuess(cost, 'transfer') && legs.length > 0) {
      const prices = (await Promise.all(legs.map(priceOf))).filter(price => price !== null);
      cost = (prices.length === legs.length ? withTransferPrice(cost, prices, table) : null) ?? cost;
      waits ||= !isSaid(cost, 'transfer');
    }
    if (cost && isGuess(cost, 'recording')) {
      const recordings = (await carrier.recordingsOf(call.sid)).filter(({ status }) => status !== 'absent');
      const priced = withRecordingPrice(cost, recordings, table);
      // One that is deleted before it was priced is priced no more; its estimate stays.
      waits ||= !priced && recordings.some(({ status }) => status !== 'deleted');
      cost = priced ?? cost;
    }
    if (cost === null || (waits && cost === call.cost)) return 'nothing';
    const changed = await calls.setCost(call, cost, waits ? {} : { priceDueAt: null });
    // Somebody wrote to it meanwhile: the next round finds it as it is then.
    if (!changed) return 'all';
    options.changed(changed);
    if (waits) return 'some';
    metrics.prices.inc({ result: 'priced' });
    return 'all';
  }

  async function priceOfCall(call: Stored<Call>, sid: string): Promise<CallCost | null> {
    const price = await priceOf(sid);
    return price && withCarrierPrice(call, price, table);
  }

  async function priceOf(sid: string): Promise<{ readonly amount: string; readonly currency: string } | null> {
    const found = await carrier.call(sid);
    return found && found.price !== null ? { amount: found.price, currency: found.priceCurrency ?? 'USD' } : null;
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
        const answer = await ask(call);
        if (answer !== 'nothing') priced += 1;
        if (answer !== 'all') await later(call);
      } catch (error) {
        away ||= error instanceof CarrierError && error.fault !== 'order';
        logger.warn({ err: error, attemptId: call._id.toHexString() }, 'a price could not be asked for; trying again');
        await later(call);
      }
    };
    await severalAtOnce(due, atOnce, one);
    return priced;
  };
}
