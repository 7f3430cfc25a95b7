import { isConversation } from '../caps.ts';
import { contentClasses, type DialFacts } from '../dial-facts.ts';
import { dayMs } from '../local-time.ts';
import { placeFor } from '../location.ts';
import { type Finding, type Known, momentOf, passed, type Rule, refused, rule, withConsent } from './rule.ts';

/** Without a call or a conversation for this long, an agreement is too old to lean on. */
const consentHoldsMonths = 18;
/** A clock may run a little ahead of ours. */
const skewMs = 5 * 60_000;

const lasting = { permanent: true } as const;

/** Why somebody is called, and whether they agreed to it. */
export const consentRules: readonly Rule[] = [
  rule('content-class', 'CONTENT_CLASS_NOT_AVAILABLE', ['contentClass', 'emergency'], ({ contentClass, emergency }) => {
    if (contentClass === null) return passed({ contentClass });
    if (!contentClasses.some(each => each === contentClass)) {
      return refused(`A contentClass is one of ${contentClasses.join(', ')}.`, { contentClass }, lasting);
    }
    if (contentClass !== 'emergency') return passed({ contentClass });
    if (emergency?.byAdmin && /\S/.test(emergency.reason)) return passed({ contentClass, reason: emergency.reason });
    return refused(
      'An emergency is called without consent and at any hour, so an administrator must declare it and write down why.',
      { contentClass, byAdmin: emergency?.byAdmin ?? false, reason: emergency?.reason ?? null },
      { code: 'EMERGENCY_NOT_AUTHORISED' },
    );
  }),
  rule(
    'consent',
    'NO_CONSENT',
    ['vouchedBy'],
    ({ vouchedBy }) =>
      vouchedBy
        ? passed({ vouchedBy: `${vouchedBy.kind}:${vouchedBy.id}` })
        : refused('Nobody vouches for the consent of whoever is called.'),
    { classes: ['vouched'] },
  ),
  rule('consent', 'NO_CONSENT', ['contact', 'attempts'], consentFinding, { ...lasting, classes: withConsent }),
];

/** Consent that a call of a class needs where the person may be. */
function neededConsent({ contentClass, to, contact }: DialFacts): 'express' | 'express-written' {
  if (contentClass === 'telemarketing') return 'express-written';
  const place = to?.ok ? placeFor(to, contact ?? null) : undefined;
  const strict = place && 'laws' in place && place.laws.some(law => law.informationalConsent === 'express-written');
  return strict ? 'express-written' : 'express';
}

/** Of several consents one that holds is enough; when none does, the best one says why. */
function consentFinding(facts: Known<'contact' | 'attempts'>, at: number): Finding {
  const best = findingOf(facts, at);
  const { contact } = facts;
  if (best.result !== 'refused' || !contact) return best;
  for (const consent of contact.otherConsents ?? []) {
    const finding = findingOf({ ...facts, contact: { ...contact, consent } }, at);
    if (finding.result !== 'refused') return finding;
  }
  return best;
}

function findingOf(facts: Known<'contact' | 'attempts'>, at: number): Finding {
  const { contact, attempts } = facts;
  const needed = neededConsent(facts);
  const consent = contact?.consent ?? null;
  const what =
    needed === 'express-written'
      ? 'written agreement to be called with sales by an artificial voice'
      : 'agreement to be called';
  const revokedAt = contact?.revokedAt ?? null;
  // At the same moment, the refusal counts; a time that cannot be read counts as the last word.
  if (revokedAt !== null && !(consent !== null && momentOf(consent.at) > momentOf(revokedAt))) {
    return refused('The person took their consent back.', { needed, revokedAt }, { code: 'CONSENT_REVOKED' });
  }
  if (consent === null) {
    const message = `No ${what} is on record for this number; add it to the contact with kind, time and source.`;
    return refused(message, { needed, known: contact !== null });
  }
  const { kind, source } = consent;
  const evidence = { needed, kind, at: consent.at, source };
  const given = momentOf(consent.at);
  if (!Number.isFinite(given) || given > at + skewMs || !/\S/.test(source)) {
    return refused('The consent on record has no source, or no time in the past, so it proves nothing.', evidence);
  }
  if (kind !== 'express-written' && (needed === 'express-written' || kind !== 'express')) {
    return refused(`A call of this class needs ${what}; the consent on record is not of this kind.`, evidence);
  }
  // Older conversations than are looked at would only lengthen it; leaving them out is the stricter reading.
  const talked = attempts.filter(isConversation).map(each => each.at);
  const lastTouch = Math.max(given, ...talked);
  const expires = monthsAfter(lastTouch, consentHoldsMonths);
  if (at >= expires) {
    const message = `The consent on record is older than ${consentHoldsMonths} months, and nobody spoke with the person since.`;
    const expiredAt = new Date(expires).toISOString();
    return refused(message, { ...evidence, expiredAt }, { code: 'CONSENT_EXPIRED' });
  }
  return passed({ ...evidence, expiresAt: new Date(expires).toISOString() });
}

function monthsAfter(at: number, months: number): number {
  const date = new Date(at);
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() + months);
  // The 31st of a month that has none is its last day, not one of the next month.
  return date.getUTCDate() === day ? date.getTime() : date.setUTCDate(0);
}

const registryDays = 31;
const reassignmentDays = 45;
const sinceDays = (text: string, at: number): number => (at - momentOf(text)) / dayMs;

/** Sources that have to be bought: a warning while there is none, and strict as soon as there is one. */
export const registryRules: readonly Rule[] = [
  rule(
    'reassigned-number',
    'REASSIGNED_NUMBER',
    ['reassignment'],
    ({ reassignment }, at) => {
      if (reassignment === 'off') return off('the Reassigned Numbers Database');
      const evidence = { ...reassignment };
      if (!(sinceDays(reassignment.checkedAt, at) <= reassignmentDays))
        return stale(
          `Whether the number has a new owner was asked more than ${reassignmentDays} days ago; ask again.`,
          evidence,
        );
      return reassignment.answer === 'no'
        ? passed(evidence)
        : refused('The number may have another owner since the consent was given, so the consent is void.', evidence);
    },
    { ...lasting, classes: withConsent },
  ),
  rule(
    'national-registry',
    'DNC_NATIONAL',
    ['nationalRegistry', 'contact'],
    ({ nationalRegistry, contact }, at) => {
      if (nationalRegistry === 'off') return off('the national do-not-call registry');
      const evidence = { ...nationalRegistry };
      if (!(sinceDays(nationalRegistry.fileDate, at) <= registryDays))
        return stale(
          `The file of the national do-not-call registry is older than ${registryDays} days; fetch it again.`,
          evidence,
        );
      if (!nationalRegistry.listed) return passed(evidence);
      // Only an agreement in writing with this seller lifts a listing; a business relationship does not cover an artificial voice.
      return contact?.consent?.kind === 'express-written' && contact.revokedAt === null
        ? passed({ ...evidence, liftedBy: 'express-written' })
        : refused('The number is on the national do-not-call registry, and nobody agreed in writing.', evidence);
    },
    { ...lasting, classes: ['telemarketing'] },
  ),
  rule(
    'litigators',
    'LITIGATOR_LISTED',
    ['litigators'],
    ({ litigators }, at) => {
      if (litigators === 'off') return passed({ source: 'off' });
      const evidence = { ...litigators };
      if (!(sinceDays(litigators.fileDate, at) <= registryDays))
        return stale(`The list of known litigators is older than ${registryDays} days; fetch it again.`, evidence);
      return litigators.listed
        ? refused('The number belongs to somebody who is known to sue callers.', evidence)
        : passed(evidence);
    },
    { ...lasting, classes: withConsent },
  ),
];

const off = (source: string): Finding => ({
  result: 'warned',
  message: `No source for ${source} is configured, so it was not asked.`,
  evidence: { source: 'off' },
});

/** What mends it is a fresh file, not another contact. */
const stale = (message: string, evidence: Record<string, unknown>): Finding =>
  refused(message, evidence, { permanent: false });
