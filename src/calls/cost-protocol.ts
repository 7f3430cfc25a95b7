import type { Money } from '../config-values.ts';

/** Money is whole millionths of a currency's unit: exact when it is added, and small enough for a number. */
const millionths = 1_000_000n;

/** Decimal text as millionths, rounded half away from zero; null for what is no decimal number. */
export function microsOf(text: string): number | null {
  const read = /^(-?)(\d{1,9})(?:\.(\d{1,18}))?$/.exec(text);
  if (!read) return null;
  const [, sign, whole = '0', fraction = ''] = read;
  const kept = BigInt(whole) * millionths + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
  const rounded = Number(kept) + ((fraction[6] ?? '0') >= '5' ? 1 : 0);
  return sign === '-' ? 0 - rounded : rounded;
}

/** Millionths as decimal text, with two digits behind the point or as many as are needed. */
export function amountOf(micros: number): string {
  const whole = Math.abs(micros);
  const fraction = String(whole % 1_000_000)
    .padStart(6, '0')
    .replace(/0{1,4}$/, '');
  return `${micros < 0 ? '-' : ''}${Math.floor(whole / 1_000_000)}.${fraction}`;
}

/** A share of an amount, rounded half away from zero. */
const shareOf = (micros: number, numerator: bigint, denominator: bigint): number => {
  const product = BigInt(Math.abs(micros)) * numerator;
  const rounded = Number((product * 2n + denominator) / (denominator * 2n));
  return micros < 0 ? 0 - rounded : rounded;
};

/** `transfer` is the legs to those who answered when the call was passed on, whether or not they talked. */
export const costParts = ['carrier', 'transfer', 'amd', 'recording', 'engine'] as const;

export interface CostPart {
  readonly part: (typeof costParts)[number];
  readonly micros: number;
  readonly currency: string;
  /** From the price table; otherwise the vendor said it. */
  readonly estimated: boolean;
}

/** What a call cost, as it is kept. */
export interface CallCost {
  readonly parts: readonly CostPart[];
  /** Of the parts that could be added, in `currency`. */
  readonly micros: number;
  readonly currency: string;
  readonly estimated: boolean;
  /** Currencies of parts that are not in the sum, because nobody said what they are worth. */
  readonly missing: readonly string[];
}

export interface PriceTable {
  /** In which costs are added. */
  readonly currency: string;
  /** What one unit of another currency is worth in it, as decimal text. */
  readonly rates: Readonly<Record<string, string>>;
  /** A minute, by the beginning of the number that is called; `inbound` and `other`. */
  readonly carrier: Readonly<Record<string, Money>>;
  /** A minute, by engine; `other`. */
  readonly engine: Readonly<Record<string, Money>>;
  /** A call. */
  readonly amd: Money;
  /** A minute. */
  readonly recording: Money;
}

/** What a call did that costs something. */
export interface CostFacts {
  readonly direction: 'inbound' | 'outbound';
  readonly to: string;
  readonly answered: boolean;
  readonly seconds: number;
  readonly amd: boolean;
  readonly recorded: boolean;
  /** The engine that spoke; null when none did. */
  readonly engine: string | null;
  /** Phones that were answered when it was passed on, and how long each was on the line. */
  readonly legs?: readonly { readonly to: string; readonly seconds: number }[];
}

const rateScale = 9;

/** An amount in the currency of sums; null where no rate says what it is worth. */
export function converted(
  micros: number,
  currency: string,
  { currency: target, rates }: Pick<PriceTable, 'currency' | 'rates'>,
): number | null {
  if (currency === target) return micros;
  const read = /^(\d{1,6})(?:\.(\d{1,9}))?$/.exec(rates[currency] ?? '');
  if (!read) return null;
  const scaled = BigInt(read[1]!) * 10n ** BigInt(rateScale) + BigInt((read[2] ?? '').padEnd(rateScale, '0'));
  return shareOf(micros, scaled, 10n ** BigInt(rateScale));
}

/** The parts as one cost. */
export function costOf(parts: readonly CostPart[], table: Pick<PriceTable, 'currency' | 'rates'>): CallCost {
  let micros = 0;
  const missing = new Set<string>();
  for (const part of parts) {
    const value = converted(part.micros, part.currency, table);
    if (value === null) missing.add(part.currency);
    else micros += value;
  }
  return {
    parts,
    micros,
    currency: table.currency,
    estimated: parts.some(({ estimated }) => estimated),
    missing: [...missing].sort(),
  };
}

/** What the price table says a call cost. A call that nobody answered costs nothing. */
export function estimatedParts(facts: CostFacts, table: PriceTable): CostPart[] {
  if (!facts.answered) return [];
  const minutes = BigInt(Math.ceil(facts.seconds / 60));
  const part = (name: CostPart['part'], price: Money, numerator: bigint, denominator = 1n): CostPart => ({
    part: name,
    micros: shareOf(microsOf(price.amount) ?? 0, numerator, denominator),
    currency: price.currency,
    estimated: true,
  });
  const speaking = facts.engine === null ? undefined : (table.engine[facts.engine] ?? table.engine['other']);
  const carrier = carrierPrice(facts, table);
  return [
    // Carriers count every minute that was begun, vendors of agents seconds.
    ...(carrier ? [part('carrier', carrier, minutes)] : []),
    ...onwardPart(facts.legs ?? [], table),
    ...(facts.amd ? [part('amd', table.amd, 1n)] : []),
    ...(facts.recorded ? [part('recording', table.recording, minutes)] : []),
    ...(speaking ? [part('engine', speaking, BigInt(Math.round(facts.seconds)), 60n)] : []),
  ];
}

/** All legs as one part, in the currency of the first. */
function onwardPart(legs: NonNullable<CostFacts['legs']>, table: PriceTable): CostPart[] {
  let micros = 0;
  let currency: string | null = null;
  for (const { to, seconds } of legs) {
    const price = carrierPrice({ direction: 'outbound', to }, table);
    if (!price || (currency !== null && price.currency !== currency)) continue;
    currency = price.currency;
    micros += shareOf(microsOf(price.amount) ?? 0, BigInt(Math.ceil(seconds / 60)), 1n);
  }
  return currency === null ? [] : [{ part: 'transfer', micros, currency, estimated: true }];
}

function carrierPrice(
  { direction, to }: Pick<CostFacts, 'direction' | 'to'>,
  { carrier }: PriceTable,
): Money | undefined {
  if (direction === 'inbound') return carrier['inbound'];
  const prefixes = Object.keys(carrier).filter(key => key.startsWith('+') && to.startsWith(key));
  const longest = prefixes.sort((one, other) => other.length - one.length)[0];
  return carrier[longest ?? 'other'];
}

/** The parts with this one in its place. */
export const withPart = (parts: readonly CostPart[], part: CostPart): CostPart[] => {
  const kept = parts.filter(each => each.part !== part.part);
  return [...kept, part].sort((one, other) => costParts.indexOf(one.part) - costParts.indexOf(other.part));
};
