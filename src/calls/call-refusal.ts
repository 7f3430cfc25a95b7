import { isEngineError } from '../engines/engine-error.ts';
import { AppError } from '../errors.ts';
import { CarrierError } from '../telephony/carrier-contract.ts';
import type { Call } from './call-document.ts';

type Refusal = Pick<Call, 'state' | 'outcome'> &
  Partial<Pick<Call, 'terminationSource' | 'terminationReason' | 'cause' | 'dialledAt'>>;

/** How an attempt ends of which nobody was dialled: by whom, why, and what the vendor said. */
export function refusalOf(error: unknown): Refusal {
  const code = error instanceof AppError ? error.code : 'INTERNAL';
  // Who ended it, and why, stands on the attempt already.
  if (code === 'CALL_ENDED') return { state: 'canceled', outcome: 'canceled', dialledAt: null };
  if (error instanceof CarrierError) {
    const { fault, vendorCode, httpStatus } = error;
    const wrongNumber = fault === 'number';
    return {
      state: 'failed',
      outcome: wrongNumber ? 'invalid-number' : 'failed',
      terminationSource: 'twilio',
      terminationReason: wrongNumber ? 'invalid-number' : 'carrier-refused',
      cause: { code, fault, vendorCode, httpStatus, message: error.message },
    };
  }
  if (isEngineError(error)) {
    const { fault, httpStatus, message } = error;
    return {
      state: 'failed',
      outcome: 'failed',
      terminationSource: 'elevenlabs',
      terminationReason: 'agent-unavailable',
      cause: { code, fault, httpStatus, message },
      dialledAt: null,
    };
  }
  // No room, or forbidden in the last moment: nothing failed, the call just does not take place.
  const forbidden = error instanceof AppError && error.code !== 'INTERNAL';
  return {
    state: forbidden ? 'canceled' : 'failed',
    outcome: forbidden ? 'canceled' : 'failed',
    terminationSource: 'system',
    terminationReason: code.toLowerCase().replaceAll('_', '-'),
    cause: { code },
    // The carrier was never asked, so no cap counts it.
    dialledAt: null,
  };
}

/** What is kept of a request whose answer was lost. */
export const doubtOf = (error: unknown): Readonly<Record<string, unknown>> =>
  error instanceof CarrierError
    ? { code: error.code, placed: 'unknown', vendorCode: error.vendorCode, httpStatus: error.httpStatus }
    : { code: 'INTERNAL', placed: 'unknown' };
