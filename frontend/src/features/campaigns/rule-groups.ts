/** Which rules each control of the wizard decides about: how many people a rule keeps from a call stands beside its control. */
export const ruleGroups = {
  lists: ['SUPPRESSED', 'INVALID_NUMBER', 'BLOCKED_DESTINATION', 'EMERGENCY_OR_SPECIAL_NUMBER', 'REASSIGNED_NUMBER'],
  purpose: [
    'NO_CONSENT',
    'CONSENT_EXPIRED',
    'CONSENT_REVOKED',
    'DNC_NATIONAL',
    'LITIGATOR_LISTED',
    'STATE_REGISTRATION_MISSING',
    'CONTENT_CLASS_NOT_AVAILABLE',
    'EMERGENCY_NOT_AUTHORISED',
  ],
  agent: ['DISCLOSURE_MISSING'],
  callerIds: ['CALLER_ID_NOT_OWNED', 'ATTESTATION_TOO_LOW'],
  hours: ['OUTSIDE_HOURS', 'HOLIDAY', 'SCHEDULE_ENDED', 'UNKNOWN_LOCATION'],
  tries: ['ATTEMPT_CAP', 'DAILY_CAP', 'SPACING', 'NOT_DUE', 'NUMBER_IN_CALL'],
  record: ['RECORDING_POLICY_MISSING'],
} as const satisfies Record<string, readonly string[]>;
export type RuleGroup = keyof typeof ruleGroups;

/** About these no control of a campaign decides, so they are told in the check alone. */
export const rulesOfNoControl = ['KILL_SWITCH', 'CAMPAIGN_ABANDON_RATE', 'VERDICT_INCOMPLETE'] as const;
