import { areaCodeOf, placeOfAreaCode } from './area-codes.ts';
import { countryZones } from './data/country-rules.ts';
import { governingCountry } from './destinations.ts';
import type { KnownContact } from './dial-facts.ts';
import { isTimeZone } from './local-time.ts';
import type { Phone } from './phone.ts';
import { lawOf, type PlaceLaw } from './place-rules.ts';

/** Where somebody may be: every zone and every place that the evidence allows. */
export interface Location {
  readonly zones: readonly string[];
  readonly regions: readonly string[];
  readonly laws: readonly PlaceLaw[];
  /** What told the zones. */
  readonly sources: readonly ('contact' | 'area-code' | 'country')[];
  /** The zone a person set for the contact. */
  readonly ownZone: string | null;
}

export interface NoLocation {
  readonly problem: string;
  readonly evidence: Readonly<Record<string, unknown>>;
}

const located = new WeakMap<Phone, { readonly contact: KnownContact | null; readonly place: Location | NoLocation }>();

/** Where whoever a call is for may be; several rules ask, and it is worked out once. */
export function placeFor(to: Phone, contact: KnownContact | null): Location | NoLocation {
  const before = located.get(to);
  if (before?.contact === contact) return before.place;
  const place = locate(to, contact);
  located.set(to, { contact, place });
  return place;
}

/**
 * Where somebody may be, from the number and the zone that stands with the contact. People move and keep their number, so the pieces are
 * put together instead of preferring one: a call must be right in every zone and place that is left.
 */
export function locate(to: Phone, contact: KnownContact | null): Location | NoLocation {
  const ownZone = contact?.timeZone ?? null;
  if (ownZone !== null && !isTimeZone(ownZone)) {
    const problem =
      'The time zone of the contact is none; write an IANA name such as America/New_York, or leave it out.';
    return { problem, evidence: { timeZone: ownZone } };
  }
  const byNumber = placeOfNumber(to);
  if ('problem' in byNumber) return byNumber;
  const law = lawOf(byNumber.region);
  if (!law) {
    const problem = `No rules about calling are known to us for ${byNumber.region}.`;
    return { problem, evidence: { country: to.country ?? null } };
  }
  const ownIsNew = ownZone !== null && !byNumber.zones.includes(ownZone);
  return {
    zones: ownIsNew ? [...byNumber.zones, ownZone] : byNumber.zones,
    regions: [byNumber.region],
    laws: [law],
    sources: ownZone === null ? [byNumber.source] : ['contact', byNumber.source],
    ownZone,
  };
}

type ByNumber = {
  readonly region: string;
  readonly zones: readonly string[];
  readonly source: 'area-code' | 'country';
};

function placeOfNumber(to: Phone): ByNumber | NoLocation {
  const code = areaCodeOf(to.e164);
  if (code !== undefined) {
    const place = placeOfAreaCode(code);
    if (place) return { ...place, source: 'area-code' };
    const problem =
      'The area code is in no table of ours, so nothing tells where the person is and what hours hold there.';
    return { problem, evidence: { areaCode: code } };
  }
  const country = governingCountry(to);
  const known = country === undefined ? undefined : countryZones.countries[country];
  if (country === undefined || !known) {
    const problem = `Nothing tells where the numbers of ${country ?? 'this plan'} are, and what hours hold there.`;
    return { problem, evidence: { country: country ?? null } };
  }
  const prefix = Object.keys(known.byPrefix ?? {}).find(each => to.e164.startsWith(each));
  return { region: country, zones: (prefix && known.byPrefix?.[prefix]) || known.zones, source: 'country' };
}
