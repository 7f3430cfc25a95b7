/** Counts up whenever a rule or its order changes, so that an old verdict can be read by the rules of its day. */
export const policyVersion = '2026-11-21.3';

export const refusalCodes = [
  'KILL_SWITCH',
  'INVALID_NUMBER',
  'EMERGENCY_OR_SPECIAL_NUMBER',
  'BLOCKED_DESTINATION',
  'SUPPRESSED',
  /** There is no such class, or compliance rules for it are not offered yet. */
  'CONTENT_CLASS_NOT_AVAILABLE',
  'EMERGENCY_NOT_AUTHORISED',
  'NO_CONSENT',
  'CONSENT_REVOKED',
  'CONSENT_EXPIRED',
  'REASSIGNED_NUMBER',
  'DNC_NATIONAL',
  'LITIGATOR_LISTED',
  'CALLER_ID_NOT_OWNED',
  'ATTESTATION_TOO_LOW',
  'UNKNOWN_LOCATION',
  'STATE_REGISTRATION_MISSING',
  'DISCLOSURE_MISSING',
  'RECORDING_POLICY_MISSING',
  'CAMPAIGN_ABANDON_RATE',
  'NUMBER_IN_CALL',
  'ATTEMPT_CAP',
  'DAILY_CAP',
  'SPACING',
  'SCHEDULE_ENDED',
  'HOLIDAY',
  'OUTSIDE_HOURS',
  /** Something a rule needs to know could not be found out. */
  'VERDICT_INCOMPLETE',
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

export type Evidence = Readonly<Record<string, unknown>>;

export interface RuleResult {
  readonly rule: string;
  /** `unknown` refuses like `refused`: its facts are missing. */
  readonly result: 'passed' | 'warned' | 'refused' | 'unknown';
  readonly code: RefusalCode | null;
  /** For a person: what is wrong and what helps; null when it passed. */
  readonly message: string | null;
  readonly evidence: Evidence;
}

/** The answer and its reasons, kept with the call as evidence. */
export interface Verdict {
  readonly allowed: boolean;
  /** Of the first rule that refused. */
  readonly code: RefusalCode | null;
  readonly rule: string | null;
  readonly message: string | null;
  /** Whether waiting will not help: somebody has to change what is known of the number or the person. */
  readonly permanent: boolean;
  /** When it may be dialled, as far as only waiting is needed; null when it may be now, or waiting is not all. */
  readonly dueAt: string | null;
  readonly at: string;
  readonly policyVersion: string;
  readonly subject: {
    readonly to: string | null;
    readonly from: string | null;
    readonly contentClass: string | null;
    readonly vouchedBy: string | null;
  };
  /** Every rule that applies to the call, in order, also those behind the first that refused. */
  readonly rules: readonly RuleResult[];
}
