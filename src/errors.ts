/** Every error a client can meet, and how HTTP says it. A code is part of our contract: texts may change, codes may not. */
export const httpStatus = {
  // requests
  BAD_REQUEST: 400,
  VALIDATION_FAILED: 400,
  INVALID_JSON: 400,
  CURSOR_INVALID: 400,
  NOT_FOUND: 404,
  FILE_NOT_FOUND: 404,
  ROUTE_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  DUPLICATE: 409,
  VERSION_CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RATE_LIMITED: 429,
  // identity
  AUTH_REQUIRED: 401,
  AUTH_INVALID: 401,
  SIGN_IN_FAILED: 401,
  FORBIDDEN: 403,
  ORIGIN_REFUSED: 403,
  SIGNATURE_INVALID: 403,
  WEBHOOK_SIGNATURE_INVALID: 401,
  WEBHOOK_SECRET_MISSING: 503,
  // whom we may call: a verdict's code is the error's
  INVALID_NUMBER: 400,
  KILL_SWITCH: 409,
  EMERGENCY_OR_SPECIAL_NUMBER: 422,
  BLOCKED_DESTINATION: 422,
  SUPPRESSED: 422,
  CONTENT_CLASS_NOT_AVAILABLE: 422,
  EMERGENCY_NOT_AUTHORISED: 403,
  NO_CONSENT: 422,
  CONSENT_REVOKED: 422,
  CONSENT_EXPIRED: 422,
  REASSIGNED_NUMBER: 422,
  DNC_NATIONAL: 422,
  LITIGATOR_LISTED: 422,
  CALLER_ID_NOT_OWNED: 422,
  ATTESTATION_TOO_LOW: 422,
  UNKNOWN_LOCATION: 422,
  STATE_REGISTRATION_MISSING: 422,
  DISCLOSURE_MISSING: 422,
  RECORDING_POLICY_MISSING: 422,
  CAMPAIGN_ABANDON_RATE: 409,
  NUMBER_IN_CALL: 409,
  // Waiting helps with these; the verdict's dueAt says how long.
  ATTEMPT_CAP: 422,
  DAILY_CAP: 422,
  SPACING: 422,
  SCHEDULE_ENDED: 409,
  HOLIDAY: 422,
  OUTSIDE_HOURS: 422,
  VERDICT_INCOMPLETE: 503,
  // contacts
  CONTACT_NOT_FOUND: 404,
  IMPORT_REPEATED: 409,
  IMPORT_FILE_REFUSED: 422,
  GOOGLE_NOT_CONFIGURED: 503,
  GOOGLE_CREDENTIALS_REFUSED: 503,
  GOOGLE_BUSY: 503,
  GOOGLE_UNAVAILABLE: 503,
  GOOGLE_SHEET_NOT_SHARED: 422,
  GOOGLE_SHEET_NOT_FOUND: 422,
  GOOGLE_SHEET_REFUSED: 422,
  // campaigns
  CAMPAIGN_NOT_FOUND: 404,
  CAMPAIGN_STATE: 409,
  CAMPAIGN_NOT_READY: 422,
  // calls
  CALL_NOT_FOUND: 404,
  CALL_ENDED: 409,
  CALL_NOT_ENDED: 409,
  CALL_CANNOT: 409,
  CALL_TAKEN: 409,
  CALL_NOT_YOURS: 409,
  CALL_ELSEWHERE: 503,
  CALL_UNREACHABLE: 503,
  SEARCH_TOO_BROAD: 422,
  SEARCH_TOO_SLOW: 422,
  AGENT_VARIABLE_MISSING: 422,
  IDEMPOTENCY_KEY_REUSED: 409,
  CALLS_FULL: 503,
  CAMPAIGN_FULL: 503,
  CAMPAIGN_NOT_RUNNING: 409,
  CLAIM_LOST: 409,
  ENGINE_FULL: 503,
  OVERLOADED: 503,
  // numbers
  NUMBER_NOT_FOUND: 404,
  NUMBER_NOT_OWNED: 422,
  // the carrier
  CARRIER_NUMBER_INVALID: 422,
  CARRIER_NUMBER_UNREACHABLE: 422,
  CARRIER_NUMBER_BLOCKED: 422,
  CARRIER_COUNTRY_NOT_ENABLED: 422,
  CARRIER_CALLER_ID_REFUSED: 422,
  CARRIER_CALL_NOT_LIVE: 409,
  CARRIER_NOT_FOUND: 404,
  // Account and credentials are the installation's: whoever asks can do nothing about it.
  CARRIER_CREDENTIALS_REFUSED: 503,
  CARRIER_ACCOUNT_INACTIVE: 503,
  CARRIER_ACCOUNT_LIMITED: 503,
  CARRIER_BUSY: 503,
  CARRIER_QUEUE_FULL: 503,
  CARRIER_UNAVAILABLE: 503,
  CARRIER_ORDER_REFUSED: 502,
  CARRIER_ANSWER_UNREADABLE: 502,
  // recordings
  RECORDING_NOT_FOUND: 404,
  RECORDING_NOT_READY: 409,
  RECORDING_ABSENT: 404,
  RECORDING_GONE: 410,
  RECORDING_DAMAGED: 502,
  RECORDING_FAILED: 502,
  RANGE_NOT_SATISFIABLE: 416,
  LINK_INVALID: 403,
  LINK_EXPIRED: 410,
  // media streams
  STREAM_TOKEN_UNKNOWN: 403,
  STREAM_TOKEN_USED: 403,
  STREAM_TOKEN_EXPIRED: 403,
  STREAM_TOKEN_FOREIGN: 403,
  STREAM_RESUMES_EXHAUSTED: 409,
  // the sandbox
  SANDBOX_CALL_NOT_LIVE: 409,
  SANDBOX_TICKET_INVALID: 403,
  SANDBOX_PHONE_IN_USE: 409,
  SANDBOX_PHONES_FULL: 503,
  // live connections
  UNKNOWN_EVENT: 400,
  TOO_MANY_CONNECTIONS: 429,
  COMMANDS_UNAVAILABLE: 503,
  LINE_NOT_HELD: 409,
  // jobs
  JOB_NOT_FOUND: 404,
  JOB_NOT_DEAD: 409,
  JOB_NOT_REMOVABLE: 409,
  JOB_DUPLICATE: 409,
  // A payload is made by our own code: when it is wrong, the mistake is ours.
  JOB_PAYLOAD_INVALID: 500,
  // agents
  AGENT_NOT_FOUND: 404,
  AGENT_IN_USE: 409,
  AGENT_OVERRIDE_REFUSED: 422,
  // engines
  ENGINE_NOT_AVAILABLE: 422,
  ENGINE_CREDENTIALS_REFUSED: 503,
  ENGINE_CREDITS_EXHAUSTED: 503,
  ENGINE_AGENT_REFUSED: 422,
  ENGINE_UNAVAILABLE: 503,
  // the server itself
  INTERNAL: 500,
  DRAINING: 503,
  STORE_UNAVAILABLE: 503,
  STORAGE_UNAVAILABLE: 503,
  STORAGE_REFUSED: 500,
  STORAGE_FULL: 503,
  STORE_URI_INVALID: 500,
  STORE_AUTH_REFUSED: 500,
  STORE_TOO_OLD: 500,
  MIGRATION_FAILED: 500,
  TRANSFER_FAILED: 500,
  SEAL_KEY_MISSING: 500,
  SEAL_DAMAGED: 500,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof httpStatus;

export interface AppErrorOptions {
  readonly cause?: unknown;
  /** What a client may know beyond the sentence: field names, limits, never values of others. */
  readonly details?: unknown;
  /** Answer headers that belong to this error, such as `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error with a code of ours. Its message is written for the client; what only we may know goes into `cause`. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.name = 'AppError';
    this.code = code;
    this.details = options.details;
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return httpStatus[this.code];
  }
}
