import type { CarrierCall } from '../telephony/carrier-contract.ts';
import { type CallState, isFinalCallState } from './call-state.ts';
import type { StatusReport } from './carrier-form.ts';

const blank = {
  sequence: 1_000,
  final: true,
  durationSeconds: null,
  sipCode: null,
  answeredBy: null,
  error: null,
} as const;

/** What the carrier says of a call, as a callback would have told it. */
export function reportOf(found: CarrierCall, now: Date): StatusReport {
  const final = isFinalCallState(found.status);
  return {
    ...blank,
    sid: found.sid,
    state: found.status,
    final,
    // Callbacks that are still on their way carry higher numbers than this and count.
    sequence: final ? blank.sequence : 0,
    at: (final ? found.endedAt : found.startedAt) ?? now,
    durationSeconds: final ? found.durationSeconds : null,
    answeredBy: found.answeredBy,
  };
}

/** The end of a call that the carrier does not know any more. */
export const lostReport = (sid: string, state: CallState, at: Date): StatusReport => ({ ...blank, sid, state, at });
