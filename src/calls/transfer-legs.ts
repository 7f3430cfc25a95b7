import type { Stored } from '../store/schema.ts';
import type { Call } from './call-document.ts';

/** A phone that was answered while a call was passed on. */
export interface TransferLeg {
  /** The carrier's id of this leg. */
  readonly sid: string;
  readonly to: string;
  readonly answeredAt: Date;
  /** How long it lasted, once the carrier told. */
  readonly seconds: number | null;
}

/** Nobody passes one call on more often; whoever does has its first legs priced. */
const mostLegs = 50;

/** The legs with what is new of one; null when nothing is. The first word about a leg needs to say to whom and when. */
export function withLeg(
  { legs = [], transfer }: Pick<Call, 'legs' | 'transfer'>,
  { sid, answeredAt, seconds }: Pick<TransferLeg, 'sid'> & Partial<TransferLeg>,
): TransferLeg[] | null {
  const known = legs.find(each => each.sid === sid);
  if (known) {
    if (typeof seconds !== 'number' || known.seconds === seconds) return null;
    return legs.map(each => (each === known ? { ...each, seconds } : each));
  }
  const to = transfer?.['to'];
  if (typeof sid !== 'string' || sid === '' || typeof to !== 'string') return null;
  if (!(answeredAt instanceof Date) || legs.length >= mostLegs) return null;
  return [...legs, { sid, to, answeredAt, seconds: seconds ?? null }];
}

/** To whom phones were answered and for how long: until the carrier says it, until the call ended. */
export function legsIn(call: Pick<Stored<Call>, 'legs' | 'transfer' | 'endedAt'>): { to: string; seconds: number }[] {
  const until = (from: Date) => (call.endedAt ? Math.max(0, (call.endedAt.getTime() - from.getTime()) / 1_000) : 0);
  const { to, answeredAt, seconds, childSid } = call.transfer ?? {};
  const told = typeof seconds === 'number' ? seconds : null;
  const legs = (call.legs ?? []).map(leg => ({
    to: leg.to,
    seconds: Math.max(1, leg.seconds ?? (leg.sid === childSid ? told : null) ?? until(leg.answeredAt)),
  }));
  // They talked, and the carrier never told the id of that leg.
  if (typeof to === 'string' && answeredAt instanceof Date && !(call.legs ?? []).some(leg => leg.sid === childSid))
    legs.push({ to, seconds: Math.max(1, told ?? until(answeredAt)) });
  return legs;
}
