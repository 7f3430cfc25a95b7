import type { Config } from '../config.ts';
import type { Stored } from '../store/schema.ts';
import type { Call } from './call-document.ts';
import type { ConversationNote } from './conversation-record.ts';
import {
  amountOf,
  type CallCost,
  type CostPart,
  costOf,
  estimatedParts,
  microsOf,
  type PriceTable,
  withPart,
} from './cost-protocol.ts';
import { legsIn } from './transfer-legs.ts';

export const priceTableOf = (config: Config): PriceTable => ({
  currency: config.COST_CURRENCY,
  rates: config.CURRENCY_RATES ?? {},
  carrier: config.CARRIER_PRICES,
  engine: config.ENGINE_PRICES,
  amd: config.AMD_PRICE,
  recording: config.RECORDING_PRICE,
});

type Priced = Pick<
  Stored<Call>,
  | 'direction'
  | 'to'
  | 'state'
  | 'answeredAt'
  | 'endedAt'
  | 'durationSeconds'
  | 'policy'
  | 'recording'
  | 'streams'
  | 'engine'
  | 'transfer'
  | 'legs'
>;

/** States of a recording that costs something. */
const recorded: ReadonlySet<string> = new Set(['recording', 'recorded', 'stored']);

const partsOf = (call: Priced, table: PriceTable): CostPart[] =>
  estimatedParts(
    {
      direction: call.direction,
      to: call.to,
      answered: call.answeredAt !== null && call.state === 'completed',
      seconds: call.durationSeconds ?? 0,
      amd: call.direction === 'outbound' && call.policy !== null && call.policy.amd.mode !== 'off',
      recorded: recorded.has(call.recording),
      engine: call.streams > 0 ? call.engine : null,
      legs: legsIn(call),
    },
    table,
  );

/** What a call that has just ended will have cost. */
export const estimatedCost = (call: Priced, table: PriceTable): CallCost => costOf(partsOf(call, table), table);

/** The cost with what the carrier charges for the call itself, in its own writing: negative decimal text. */
export function withCarrierPrice(
  call: Priced & Pick<Call, 'cost'>,
  price: { readonly amount: string; readonly currency: string },
  table: PriceTable,
): CallCost | null {
  const micros = microsOf(price.amount);
  if (micros === null) return null;
  // Whether it was recorded in the end is known by now.
  const estimates = partsOf(call, table);
  const said = (call.cost?.parts ?? []).filter(({ estimated }) => !estimated);
  const parts = said.reduce<readonly CostPart[]>(withPart, estimates);
  return costOf(
    withPart(parts, { part: 'carrier', micros: 0 - micros, currency: price.currency, estimated: false }),
    table,
  );
}

/** Whether a part of the cost is still the table's guess. */
export const isGuess = (cost: CallCost | null, name: CostPart['part']): boolean =>
  cost?.parts.some(({ part, estimated }) => part === name && estimated) ?? false;

/** Whether the vendor has said it. */
export const isSaid = (cost: CallCost | null, name: CostPart['part']): boolean =>
  cost?.parts.some(({ part, estimated }) => part === name && !estimated) ?? false;

/** The cost with what the carrier charges for the call's recordings; null while one of them has no price. */
export function withRecordingPrice(
  cost: CallCost,
  prices: readonly { readonly price: string | null; readonly priceCurrency: string | null }[],
  table: PriceTable,
): CallCost | null {
  const amounts = prices.map(({ price }) => (price === null ? null : microsOf(price)));
  if (amounts.length === 0 || amounts.includes(null)) return null;
  // Seen with and without a sign.
  const micros = amounts.reduce<number>((sum, each) => sum + Math.abs(each ?? 0), 0);
  const part: CostPart = { part: 'recording', micros, currency: prices[0]!.priceCurrency ?? 'USD', estimated: false };
  return costOf(withPart(cost.parts, part), table);
}

/** The cost with what the carrier charges for the phones that were answered while the call was passed on; null without an amount. */
export function withTransferPrice(
  cost: CallCost,
  prices: readonly { readonly amount: string; readonly currency: string }[],
  table: PriceTable,
): CallCost | null {
  const amounts = prices.map(({ amount }) => microsOf(amount));
  if (amounts.length === 0 || amounts.includes(null)) return null;
  const micros = amounts.reduce<number>((sum, each) => sum + (each ?? 0), 0);
  const part: CostPart = { part: 'transfer', micros: 0 - micros, currency: prices[0]!.currency, estimated: false };
  return costOf(withPart(cost.parts, part), table);
}

/** The cost with what the agent's vendor charges for all conversations of the call; as it was while one of them is not priced. */
export function withEnginePrice(
  cost: CallCost | null,
  notes: readonly ConversationNote[],
  table: PriceTable,
): CallCost | null {
  const amounts = notes.map(({ amount }) => (amount === null ? null : microsOf(amount)));
  if (amounts.length === 0 || amounts.includes(null)) return cost;
  const micros = amounts.reduce<number>((sum, each) => sum + (each ?? 0), 0);
  const part: CostPart = { part: 'engine', micros, currency: notes[0]!.currency, estimated: false };
  return costOf(withPart(cost?.parts ?? [], part), table);
}

/** A cost as the API shows it: exact decimal text. */
export const shownCost = (cost: CallCost | null | undefined): Readonly<Record<string, unknown>> | null =>
  cost
    ? {
        amount: amountOf(cost.micros),
        currency: cost.currency,
        estimated: cost.estimated,
        missingRates: cost.missing,
        parts: cost.parts.map(({ part, micros, currency, estimated }) => ({
          part,
          amount: amountOf(micros),
          currency,
          estimated,
        })),
      }
    : null;
