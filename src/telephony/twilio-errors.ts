import type { ErrorCode } from '../errors.ts';
import { CarrierError, type CarrierFault } from './carrier-contract.ts';

interface Meaning {
  readonly fault: CarrierFault;
  readonly code: ErrorCode;
  readonly message: string;
}

const invalidNumber: Meaning = {
  fault: 'number',
  code: 'CARRIER_NUMBER_INVALID',
  message: 'The carrier says that this is not a telephone number it can call; check it for missing or wrong digits.',
};
const countryOff: Meaning = {
  fault: 'number',
  code: 'CARRIER_COUNTRY_NOT_ENABLED',
  message:
    "The carrier's account may not call this country; enable it under Voice, Geo permissions, in the Twilio console.",
};
const callerId: Meaning = {
  fault: 'account',
  code: 'CARRIER_CALLER_ID_REFUSED',
  message: 'The carrier does not let this account call from this number; own it there, or verify it as a caller id.',
};
const credentials: Meaning = {
  fault: 'account',
  code: 'CARRIER_CREDENTIALS_REFUSED',
  message:
    'The carrier refuses our account or its token; check TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, and region and edge if they are set.',
};
const inactive: Meaning = {
  fault: 'account',
  code: 'CARRIER_ACCOUNT_INACTIVE',
  message:
    "The carrier's account is suspended or may not do this; look in the Twilio console for balance, terms and notices.",
};
const trial: Meaning = {
  fault: 'account',
  code: 'CARRIER_ACCOUNT_LIMITED',
  message:
    'A trial account of the carrier calls verified numbers only; upgrade it, or verify this number in the Twilio console.',
};
const testOnly: Meaning = {
  fault: 'account',
  code: 'CARRIER_ACCOUNT_LIMITED',
  message: "These are the carrier's test credentials, which can do hardly anything; set those of the live account.",
};
const tooFast: Meaning = {
  fault: 'busy',
  code: 'CARRIER_BUSY',
  message: 'The carrier takes no more requests or calls of this account at the moment; it will shortly.',
};
const ourMistake: Meaning = {
  fault: 'order',
  code: 'CARRIER_ORDER_REFUSED',
  message: 'The carrier refused our request as wrong. Please report it with the request id; the log holds its reason.',
};

/** What the carrier's own codes mean for us and for the people who read of them. */
const byVendorCode: Readonly<Record<number, Meaning>> = {
  10001: inactive,
  10002: trial,
  10004: {
    ...tooFast,
    message: 'The account has as many calls at once as the carrier allows it; more after some have ended.',
  },
  20003: credentials,
  20005: inactive,
  20006: inactive,
  20008: testOnly,
  20010: inactive,
  20404: {
    fault: 'order',
    code: 'CARRIER_NOT_FOUND',
    message: 'The carrier knows nothing by this id; it may belong to another account or region.',
  },
  20429: tooFast,
  21202: { ...invalidNumber, message: 'This is a premium number, which the account of the carrier may not call.' },
  21203: countryOff,
  21210: callerId,
  21211: invalidNumber,
  21212: callerId,
  21214: {
    fault: 'number',
    code: 'CARRIER_NUMBER_UNREACHABLE',
    message: 'The carrier cannot reach this number; it may be out of service.',
  },
  21215: countryOff,
  21216: {
    fault: 'number',
    code: 'CARRIER_NUMBER_BLOCKED',
    message: 'This number is on a block list of the carrier; it will never be called through it.',
  },
  21217: invalidNumber,
  21219: trial,
  21220: {
    fault: 'order',
    code: 'CARRIER_CALL_NOT_LIVE',
    message: 'At the carrier this call is not going on, so it cannot be changed.',
  },
  22005: {
    fault: 'queue-full',
    code: 'CARRIER_QUEUE_FULL',
    message:
      "The carrier's queue holds a day's worth of calls; let it run empty, or have the account's calls per second raised.",
  },
};

const unavailable: Meaning = {
  fault: 'unavailable',
  code: 'CARRIER_UNAVAILABLE',
  message: 'The carrier does not answer as it should; trying again later is safe.',
};

/** By HTTP status, where the body tells no code that we know. */
function byStatus(status: number): Meaning {
  if (status === 401) return credentials;
  if (status === 403) return inactive;
  if (status === 404) return byVendorCode[20404]!;
  if (status === 429) return tooFast;
  return status >= 500 || status < 400 ? unavailable : ourMistake;
}

export interface FailedAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfter: string | undefined;
  /** Whether this request would have made a call. */
  readonly dialled: boolean;
}

/** An answer that is no success, in our terms. */
export function carrierRefusal({ status, body, retryAfter, dialled }: FailedAnswer, now: number): CarrierError {
  const { code, message } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const vendorCode = typeof code === 'number' && Number.isSafeInteger(code) ? code : null;
  const meaning = (vendorCode === null ? undefined : byVendorCode[vendorCode]) ?? byStatus(status);
  return new CarrierError(meaning.code, meaning.message, {
    fault: meaning.fault,
    vendorCode,
    httpStatus: status,
    // A refusal is an answer; a broken server may have dialled before it broke.
    placed: dialled && (status >= 500 || status < 400) ? 'unknown' : 'no',
    retryAfterMs: waitOf(retryAfter, now),
    cause: new Error(typeof message === 'string' ? message.slice(0, 500) : `HTTP ${status}`),
  });
}

/** No answer at all; `sent` says whether the request may have arrived. */
export function carrierSilence(cause: unknown, sent: boolean, dialled: boolean): CarrierError {
  const text = sent
    ? 'The carrier did not answer in time, or the connection broke.'
    : 'The carrier cannot be reached; look at the network, TWILIO_API_BASE_URL, and region and edge if they are set.';
  return new CarrierError('CARRIER_UNAVAILABLE', text, {
    fault: 'unavailable',
    placed: dialled && sent ? 'unknown' : 'no',
    cause,
  });
}

/** An answer that says yes and cannot be understood. */
export const carrierRiddle = (what: string, status: number, dialled: boolean): CarrierError =>
  new CarrierError('CARRIER_ANSWER_UNREADABLE', `The carrier's answer cannot be understood: ${what}.`, {
    fault: 'unavailable',
    httpStatus: status,
    placed: dialled ? 'unknown' : 'no',
  });

const longestWaitMs = 15 * 60_000;

/** `Retry-After` in seconds or as a date; what makes no sense is as good as not said. */
function waitOf(header: string | undefined, now: number): number | null {
  if (header === undefined || header.trim() === '') return null;
  const ms = /^\d+(\.\d+)?$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) && ms >= 0 ? Math.min(ms, longestWaitMs) : null;
}
