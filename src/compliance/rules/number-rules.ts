import { blockedCountry, specialNumber } from '../destinations.ts';
import { passed, type Rule, refused, rule, unwritten } from './rule.ts';

const lasting = { permanent: true } as const;

/** Whether anybody is called at all, and whether this is a number that ever is. */
export const numberRules: readonly Rule[] = [
  rule('kill-switch', 'KILL_SWITCH', ['killSwitch'], ({ killSwitch }) =>
    killSwitch.on
      ? refused('Calling is stopped for the whole installation; it goes on once somebody turns the kill switch off.', {
          on: true,
          ...(killSwitch.since ? { since: killSwitch.since } : {}),
        })
      : passed({ on: false }),
  ),
  rule(
    'number-form',
    'INVALID_NUMBER',
    ['to'],
    ({ to }) => {
      // A short code is well-formed as far as it goes; the next rule says what it is.
      if (to.ok || to.reason === 'special') return passed(to.ok ? { country: to.country ?? null, kind: to.kind } : {});
      return refused(`to ${to.message}; write it with country code, such as +12125550100.`, { problem: to.reason });
    },
    lasting,
  ),
  rule(
    'special-number',
    'EMERGENCY_OR_SPECIAL_NUMBER',
    ['to'],
    ({ to }) => {
      const kind = to.ok ? specialNumber(to) : to.reason === 'special' ? 'emergency or service' : undefined;
      if (kind) return refused(`to is a number of a kind that is never called (${kind}).`, { kind });
      return unwritten(to) ?? passed();
    },
    lasting,
  ),
  rule(
    'blocked-country',
    'BLOCKED_DESTINATION',
    ['to', 'countries'],
    ({ to, countries }) => {
      if (!to.ok) return unwritten(to)!;
      const blocked = blockedCountry(to, countries);
      if (blocked === undefined) return passed({ country: to.country ?? null });
      const message = `Numbers of ${blocked} are not called by this installation; ALLOWED_COUNTRIES says which are.`;
      return refused(message, { country: to.country ?? null, allowed: [...countries] });
    },
    lasting,
  ),
  rule(
    'suppression',
    'SUPPRESSED',
    ['suppression'],
    ({ suppression }) =>
      suppression
        ? refused('This number must not be called: it is on the do-not-call list of this installation.', {
            suppressionId: suppression.id,
            since: suppression.since,
            source: suppression.source,
          })
        : passed({ listed: false }),
    lasting,
  ),
];
