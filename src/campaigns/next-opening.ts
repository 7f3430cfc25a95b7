import type { DialFacts } from '../compliance/dial-facts.ts';
import { nextAllowed } from '../compliance/may-dial.ts';
import { normalisePhone } from '../compliance/phone.ts';
import { defaultSchedule } from '../compliance/schedule.ts';
import type { Contacts } from '../contacts/contacts.types.ts';
import type { Stored } from '../store/schema.ts';
import type { CampaignContact } from './campaign-contact-document.ts';
import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import type { Campaign } from './campaign-document.ts';
import { whereaboutsOf } from './judge-hours.ts';

/** When the first of a campaign's people may be called, as far as hours say. */
export interface Opening {
  readonly at: number;
  /** By whose clock, where that is one zone and known. */
  readonly zone: string | null;
  /** There are more who are due than were looked at: one of them may come earlier. */
  readonly about: boolean;
}

export interface OpeningParts {
  readonly people: Pick<CampaignContactRepository, 'nextInQueue'>;
  readonly contacts: Pick<Contacts, 'zonesOf'>;
  readonly defaultCountry: string;
  readonly mostMinutes: number;
}

/** A campaign that calls by everybody's own clock begins with people of one country: a few dozen show most of its zones. */
const sampleSize = 60;

/**
 * Looks at those who are next by their own hours, as nobody has judged them yet: whoever is due is not always somebody who may be called.
 * Null when nobody waits, or nothing tells when any of them may be called.
 */
export async function openingOf(campaign: Stored<Campaign>, now: Date, parts: OpeningParts): Promise<Opening | null> {
  const next = await parts.people.nextInQueue(campaign._id, now, sampleSize);
  const zones = await parts.contacts.zonesOf(next.map(({ contactId }) => contactId.toHexString()));
  let first: Omit<Opening, 'about'> | undefined;
  for (const person of next) {
    const ownZone = zones.get(person.contactId.toHexString())?.name ?? null;
    const at = opensFor(campaign, person, ownZone, now, parts);
    if (at === null || (first && first.at <= at)) continue;
    first = { at, zone: zoneOf(person, ownZone) };
    if (at <= now.getTime()) break;
  }
  return first ? { ...first, about: next.length === sampleSize } : null;
}

/** By the same rules by which they are judged later; what they were called before is in when they are due. */
function opensFor(
  { schedule, contentClass, maxMinutes }: Stored<Campaign>,
  { phone, dueAt, bookedFor }: CampaignContact,
  ownZone: string | null,
  now: Date,
  { defaultCountry, mostMinutes }: OpeningParts,
): number | null {
  const from = dueAt > now ? dueAt : now;
  const facts = {
    to: normalisePhone(phone, defaultCountry),
    contentClass,
    contact: { timeZone: ownZone, consent: null, revokedAt: null },
    attempts: [],
    caps: { perDay: Number.POSITIVE_INFINITY, perWeek: Number.POSITIVE_INFINITY },
    campaign: null,
    schedule: schedule ?? (contentClass === 'emergency' ? null : defaultSchedule),
    bookedFor: bookedFor?.toISOString() ?? null,
    talkMinutes: maxMinutes ?? mostMinutes,
  } satisfies Partial<DialFacts>;
  // Only rules that waiting satisfies are asked, and they need no more.
  return nextAllowed(facts as Partial<DialFacts> as DialFacts, from)?.getTime() ?? null;
}

function zoneOf({ phone, verdict }: CampaignContact, ownZone: string | null): string | null {
  const judged = verdict?.['zone'];
  if (typeof judged === 'string') return judged;
  const known = ownZone === null ? (whereaboutsOf(phone, null)?.zones ?? []) : [ownZone];
  return known.length === 1 ? known[0]! : null;
}
