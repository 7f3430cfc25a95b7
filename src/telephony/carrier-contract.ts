import type { Readable } from 'node:stream';
import { AppError, type ErrorCode } from '../errors.ts';

/** The carrier's door: everything the product asks of a telephone network, in our words. */
export interface Carrier {
  /** Places one call. Rejects with a `CarrierError`, whose `placed` says whether a phone may be ringing nevertheless. */
  dial(order: DialOrder): Promise<CarrierCall>;
  /** What the carrier knows of a call; null when it knows none by that id. */
  call(sid: string): Promise<CarrierCall | null>;
  /** Calls to a number, newest first. No start time is asked for: a call that still waits in the queue has none. */
  find(query: { readonly to: string; readonly from?: string }): Promise<CarrierCall[]>;
  /** Every call that has not ended at the carrier. */
  live(): Promise<CarrierCall[]>;
  /** Ends a call whatever its state: cancels it while it waits or rings, completes it afterwards. An ended one is left as it is. */
  hangUp(sid: string): Promise<void>;
  /** Replaces what a live call does by another document, and how long it may last where that is given. */
  redirect(sid: string, twiml: string, limits?: { readonly timeLimitSeconds?: number }): Promise<void>;
  /** Has a live call end so long after it was answered, whatever happens here; an ended one is left as it is. */
  limit(sid: string, seconds: number): Promise<void>;
  startRecording(sid: string, callback: string): Promise<{ readonly sid: string }>;
  /** What the carrier knows of a recording; null when it knows none by that id. */
  recording(sid: string): Promise<CarrierRecording | null>;
  /** Every recording of a call that the carrier still has. */
  recordingsOf(callSid: string): Promise<CarrierRecording[]>;
  /** The sound of a finished recording as a WAV file; null while or because the carrier has none. */
  recordingMedia(sid: string, options: RecordingMediaOptions): Promise<RecordingMedia | null>;
  /** Deletes a recording for good; false when there was none. */
  deleteRecording(sid: string): Promise<boolean>;
  numbers(): Promise<CarrierNumber[]>;
  /** Points a number's addresses elsewhere. */
  connectNumber(sid: string, addresses: NumberAddresses): Promise<CarrierNumber>;
  /** Numbers of others that may be shown as caller id. */
  verifiedCallerIds(): Promise<readonly { readonly phone: string; readonly label: string }[]>;
  account(): Promise<{ readonly sid: string; readonly name: string; readonly status: string; readonly type: string }>;
  /** As decimal text with its currency. */
  balance(): Promise<{ readonly amount: string; readonly currency: string }>;
}

export interface DialOrder {
  readonly to: string;
  readonly from: string;
  /** Asked for its TwiML when somebody answers. */
  readonly url: string;
  readonly fallbackUrl: string;
  readonly statusCallback: string;
  /** The carrier ends the call after this long, whatever happens here. */
  readonly timeLimitSeconds: number;
  readonly ringSeconds: number;
  readonly amd?: AmdOrder;
}

/** Asynchronous answering machine detection. */
export interface AmdOrder {
  /** `end` waits for the end of the greeting, so that a message can be left. */
  readonly wait: 'verdict' | 'end';
  readonly callback: string;
  readonly timeoutSeconds: number;
  readonly speechThresholdMs: number;
  readonly speechEndThresholdMs: number;
  readonly silenceTimeoutMs: number;
}

export const carrierStatuses = [
  'queued',
  'initiated',
  'ringing',
  'in-progress',
  'completed',
  'busy',
  'no-answer',
  'failed',
  'canceled',
] as const;
export type CarrierStatus = (typeof carrierStatuses)[number];

export interface CarrierCall {
  readonly sid: string;
  readonly status: CarrierStatus;
  readonly direction: 'inbound' | 'outbound';
  readonly to: string;
  readonly from: string;
  readonly parentSid: string | null;
  /** When the carrier took it, also while it waits in the queue; null in the answer to placing it. */
  readonly createdAt: Date | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly durationSeconds: number | null;
  readonly answeredBy: string | null;
  /** Negative decimal text as the carrier writes it; null until it has priced the call. */
  readonly price: string | null;
  readonly priceCurrency: string | null;
}

/** `deleted` its sound is gone for good, its facts stay readable for a while. */
export type CarrierRecordingStatus = 'running' | 'processing' | 'completed' | 'absent' | 'deleted';

export interface CarrierRecording {
  readonly sid: string;
  readonly callSid: string | null;
  readonly status: CarrierRecordingStatus;
  readonly channels: number | null;
  readonly durationSeconds: number | null;
  /** In whole seconds, as the carrier tells it. */
  readonly startedAt: Date | null;
  readonly errorCode: string | null;
  /** Decimal text as the carrier writes it, negative or not; null until it has priced the recording. */
  readonly price: string | null;
  readonly priceCurrency: string | null;
}

export interface RecordingMediaOptions {
  readonly channels: 1 | 2;
  readonly signal?: AbortSignal;
}

export interface RecordingMedia {
  readonly contentType: string;
  /** As announced; null when the answer does not say. */
  readonly bytes: number | null;
  readonly body: Readable;
}

export interface NumberAddresses {
  readonly voiceUrl: string;
  readonly fallbackUrl: string;
  readonly statusCallback: string;
}

export interface CarrierNumber extends NumberAddresses {
  readonly sid: string;
  readonly phone: string;
  readonly label: string;
  /** Why calls would not come to these addresses as they stand, such as an application that takes them; null when they would. */
  readonly obstacle: string | null;
}

/**
 * What a failed request means for us:
 * `number` this number cannot be called · `order` our request is wrong · `account` nothing works until somebody mends the account ·
 * `busy` too fast, try later · `queue-full` the account's queue is full · `unavailable` the carrier does not answer.
 */
export type CarrierFault = 'number' | 'order' | 'account' | 'busy' | 'queue-full' | 'unavailable';

export interface CarrierErrorFacts {
  readonly fault: CarrierFault;
  readonly vendorCode?: number | null;
  readonly httpStatus?: number | null;
  readonly placed?: 'no' | 'unknown';
  readonly retryAfterMs?: number | null;
  readonly cause?: unknown;
}

/** Every rejection of a `Carrier`; its `code` and message are for people, the vendor's own code is kept beside. */
export class CarrierError extends AppError {
  readonly fault: CarrierFault;
  readonly vendorCode: number | null;
  readonly httpStatus: number | null;
  /** `unknown` when the request may have been carried out although its answer was lost: look it up before dialling again. */
  readonly placed: 'no' | 'unknown';
  /** When the carrier said how long to wait. */
  readonly retryAfterMs: number | null;

  constructor(code: ErrorCode, message: string, facts: CarrierErrorFacts) {
    const { fault, vendorCode = null, httpStatus = null, placed = 'no', retryAfterMs = null } = facts;
    super(code, message, {
      ...('cause' in facts ? { cause: facts.cause } : {}),
      // The vendor's code is public and what its support asks for; its text may hold numbers and stays with us.
      ...(vendorCode === null ? {} : { details: { carrierCode: vendorCode } }),
      ...(retryAfterMs === null ? {} : { headers: { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) } }),
    });
    this.name = 'CarrierError';
    this.fault = fault;
    this.vendorCode = vendorCode;
    this.httpStatus = httpStatus;
    this.placed = placed;
    this.retryAfterMs = retryAfterMs;
  }
}
