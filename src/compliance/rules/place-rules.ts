import { judgeAbandonment } from '../abandonment.ts';
import { placeFor } from '../location.ts';
import { momentOf, passed, type Rule, refused, rule, unwritten, warned, withConsent } from './rule.ts';

/** Where the person may be, and what a seller needs before calling there. */
export const locationRules: readonly Rule[] = [
  rule(
    'location',
    'UNKNOWN_LOCATION',
    ['to'],
    ({ to }) => {
      if (!to.ok) return unwritten(to)!;
      // Whoever vouches for a call knows whom they call; an emergency does not wait for a table.
      const place = placeFor(to, null);
      return 'zones' in place || to.country !== undefined
        ? passed({ country: to.country ?? null })
        : warned(place.problem, place.evidence);
    },
    { classes: ['vouched', 'emergency'] },
  ),
  rule(
    'location',
    'UNKNOWN_LOCATION',
    ['to', 'contact'],
    ({ to, contact }) => {
      if (!to.ok) return unwritten(to)!;
      const place = placeFor(to, contact);
      if ('problem' in place) return refused(place.problem, place.evidence);
      const { zones, regions, sources } = place;
      return passed({ zones, regions, sources });
    },
    { permanent: true, classes: withConsent },
  ),
  rule(
    'state-registration',
    'STATE_REGISTRATION_MISSING',
    ['to', 'contact', 'registrations'],
    ({ to, contact, registrations }, at) => {
      if (!to.ok) return unwritten(to)!;
      const place = placeFor(to, contact);
      if ('problem' in place) return passed({ asked: [] });
      const asked = place.regions.filter((_, index) => place.laws[index]?.registration);
      const missing = asked.filter(
        region => !registrations.some(each => each.region === region && momentOf(each.documentDate) <= at),
      );
      if (missing.length === 0) return passed({ asked });
      const states = missing.map(region => region.slice(3)).join(', ');
      return refused(
        `Sellers must be registered in ${states} before they call there to sell; name the registration and its date in SELLER_REGISTRATIONS.`,
        { asked, missing },
      );
    },
    { classes: ['telemarketing'] },
  ),
];

/** What a campaign must have in order before it calls anybody; single calls pass. */
export const campaignRules: readonly Rule[] = [
  rule(
    'disclosure',
    'DISCLOSURE_MISSING',
    ['disclosure'],
    ({ disclosure }) => {
      if (disclosure === null) return passed({ asked: false });
      const { missing } = disclosure;
      if (missing === 'unreadable')
        return warned('The first message of the agent is empty or could not be read, so nobody checked what it says.', {
          missing,
        });
      if (missing.includes('seller') || missing.includes('ai')) {
        return refused('The first message of the agent must say who is calling and that it is an AI.', { missing });
      }
      return missing.length === 0
        ? passed({ missing })
        : warned('The first message of the agent should also say that calls are recorded and how to stop them.', {
            missing,
          });
    },
    { classes: withConsent },
  ),
  rule(
    'recording-policy',
    'RECORDING_POLICY_MISSING',
    ['recording'],
    ({ recording }) => {
      if (recording === null) return passed({ asked: false });
      return recording.recorded === null
        ? refused('Nobody has decided whether the calls of this campaign are recorded.')
        : passed({ recorded: recording.recorded });
    },
    { classes: withConsent },
  ),
  rule(
    'abandonment',
    'CAMPAIGN_ABANDON_RATE',
    ['abandonment'],
    ({ abandonment }) => {
      if (abandonment === null) return passed({ asked: false });
      const { answered } = abandonment;
      const { percent, tooMany } = judgeAbandonment(abandonment);
      const evidence = { ...abandonment, percent: Math.round(percent * 100) / 100 };
      if (tooMany)
        return refused(
          'Too many people who answered this campaign heard nobody; find out why before it goes on.',
          evidence,
        );
      return percent > 2 && answered >= 50
        ? warned('The share of people who answered and heard nobody comes near the limit of 3 %.', evidence)
        : passed(evidence);
    },
    { classes: withConsent },
  ),
];
