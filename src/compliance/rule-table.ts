import { callerRules, liveCallRule } from './rules/caller-rules.ts';
import { capRules } from './rules/cap-rules.ts';
import { consentRules, registryRules } from './rules/consent-rules.ts';
import { hoursRules, scheduleEndRule } from './rules/hours-rules.ts';
import { numberRules } from './rules/number-rules.ts';
import { campaignRules, locationRules } from './rules/place-rules.ts';
import type { Rule } from './rules/rule.ts';

/**
 * All rules in the order in which they refuse: stop of everything, sanity of the number, opt-outs, consent, registries, caller id, place,
 * the campaign's own duties, caps, and last what only needs waiting. Suppression stands before consent, so that no consent overrides an
 * opt-out. What lasts stands before what passes, so that nobody waits for a day that does not help.
 */
export const ruleTable: readonly Rule[] = [
  ...numberRules,
  ...consentRules,
  ...registryRules,
  ...callerRules,
  ...locationRules,
  ...campaignRules,
  scheduleEndRule,
  liveCallRule,
  ...capRules,
  ...hoursRules,
];
