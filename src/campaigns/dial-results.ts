import type { Verdict } from '../compliance/may-dial.ts';
import { isEngineError } from '../engines/engine-error.ts';
import { AppError } from '../errors.ts';
import { CarrierError } from '../telephony/carrier-contract.ts';
import type { DialResult } from './dialer.types.ts';

/** What a failed attempt means for the person, and what it does to the campaign. */
export interface FailedDial {
  readonly result: Exclude<DialResult, { kind: 'dialled' | 'in-doubt' }>;
  readonly cause?: { readonly move: 'fail' | 'pause'; readonly code: string; readonly message: string };
}

/** How long a campaign waits that met this. */
const waits: Readonly<Record<string, number>> = {
  CALLS_FULL: 1_000,
  CAMPAIGN_FULL: 500,
  ENGINE_FULL: 5_000,
  OVERLOADED: 2_000,
  DRAINING: 5_000,
  CAMPAIGN_NOT_RUNNING: 1_000,
  // The moment was missed; the next one may be had at once.
  CARRIER_BUSY: 0,
  KILL_SWITCH: 1_000,
};
const engineWaitMs = 5_000;
const carrierWaitMs = 2_000;

/** The agent is not there, or its texts expect what nobody gives: every call of the campaign would meet the same. */
const campaignFaults: ReadonlySet<string> = new Set([
  'AGENT_NOT_FOUND',
  'AGENT_VARIABLE_MISSING',
  'ENGINE_NOT_AVAILABLE',
  'ENGINE_CREDENTIALS_REFUSED',
  'ENGINE_CREDITS_EXHAUSTED',
  'ENGINE_AGENT_REFUSED',
]);

/** Reads why nobody was dialled. What cannot be told leaves the person to the sweep, which asks the call. */
export function resultOf(error: unknown, callId: string, verdict: Verdict, now: number): FailedDial {
  if (error instanceof CarrierError) return ofCarrier(error, callId, now);
  if (!(error instanceof AppError)) return { result: { kind: 'lost' } };
  const { code, message } = error;
  if (campaignFaults.has(code)) {
    return { result: { kind: 'held', code, message, retryAt: null }, cause: { move: 'fail', code, message } };
  }
  if (isEngineError(error)) return { result: { kind: 'held', code, message, retryAt: now + engineWaitMs } };
  const waitMs = waits[code];
  if (waitMs !== undefined) return { result: { kind: 'held', code, message, retryAt: now + waitMs } };
  const told = (error.details as { verdict?: Verdict } | undefined)?.verdict;
  if (told) return { result: { kind: 'refused', verdict: told } };
  if (code === 'NUMBER_IN_CALL') {
    const refused: Verdict = { ...verdict, allowed: false, code, message, permanent: false, dueAt: null };
    return { result: { kind: 'refused', verdict: refused } };
  }
  return { result: { kind: 'lost' } };
}

function ofCarrier(error: CarrierError, callId: string, now: number): FailedDial {
  const { code, message, fault, retryAfterMs } = error;
  const held = (retryAt: number | null) => ({ kind: 'held', code, message, retryAt }) as const;
  switch (fault) {
    case 'number':
      return { result: { kind: 'failed', callId, code, message } };
    case 'account':
      return { result: held(null), cause: { move: 'fail', code, message } };
    case 'queue-full':
      return { result: held(null), cause: { move: 'pause', code, message } };
    case 'busy':
      return { result: held(now + (retryAfterMs ?? carrierWaitMs)) };
    default:
      return { result: held(now + carrierWaitMs) };
  }
}
