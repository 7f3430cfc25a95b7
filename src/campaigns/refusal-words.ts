import type { RefusalCode } from '../compliance/verdict.ts';

const words: Readonly<Record<RefusalCode, string>> = {
  KILL_SWITCH: 'while calling is stopped',
  INVALID_NUMBER: 'without a number that can be called',
  EMERGENCY_OR_SPECIAL_NUMBER: 'with an emergency or special number',
  BLOCKED_DESTINATION: 'in a country that is not called',
  SUPPRESSED: 'on the do-not-call list',
  CONTENT_CLASS_NOT_AVAILABLE: 'where this kind of calls is not possible',
  EMERGENCY_NOT_AUTHORISED: 'as no administrator answers for the emergency',
  NO_CONSENT: 'without a known consent',
  CONSENT_REVOKED: 'who took their consent back',
  CONSENT_EXPIRED: 'whose consent is too old',
  REASSIGNED_NUMBER: 'whose number belongs to somebody else by now',
  DNC_NATIONAL: 'on the national do-not-call list',
  LITIGATOR_LISTED: 'known to sue over calls',
  CALLER_ID_NOT_OWNED: 'as the number to call from is not yours',
  ATTESTATION_TOO_LOW: 'as calls from this number are not signed well enough',
  UNKNOWN_LOCATION: 'of whom it is not known where they are',
  STATE_REGISTRATION_MISSING: 'where you are not registered to sell',
  DISCLOSURE_MISSING: 'as the agent does not say what it must',
  RECORDING_POLICY_MISSING: 'as it is not said whether calls are recorded',
  CAMPAIGN_ABANDON_RATE: 'as too many people heard nobody',
  NUMBER_IN_CALL: 'on a call just now',
  ATTEMPT_CAP: 'tried as often as the campaign allows',
  DAILY_CAP: 'called as often as allowed of late',
  SPACING: 'called too short a while ago',
  SCHEDULE_ENDED: 'as the campaign’s time is over',
  HOLIDAY: 'where it is a public holiday',
  OUTSIDE_HOURS: 'outside the hours in which they may be called',
  VERDICT_INCOMPLETE: 'of whom something could not be found out',
};

/** "3 on the do-not-call list (SUPPRESSED)": how many a rule refuses, in words, with the code by which docs/compliance.md says what helps. */
export function refusedInWords(code: string, count: number): string {
  const why = (words as Readonly<Record<string, string | undefined>>)[code];
  return why === undefined ? `${code} ${count}` : `${count} ${why} (${code})`;
}
