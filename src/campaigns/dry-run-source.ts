import type { NumberDirectory } from '../agents/agents.types.ts';
import type { DialledCalls } from '../calls/calls.types.ts';
import { lookBackDays } from '../compliance/caps.ts';
import { countriesWithRules } from '../compliance/destinations.ts';
import type { Caps, DialFacts, KnownContact, PastAttempt } from '../compliance/dial-facts.ts';
import { dayMs, wallText } from '../compliance/local-time.ts';
import { locate } from '../compliance/location.ts';
import { mayDial, type Verdict } from '../compliance/may-dial.ts';
import { normalisePhone } from '../compliance/phone.ts';
import { defaultSchedule } from '../compliance/schedule.ts';
import type { Contacts, KnownContact as Person } from '../contacts/contacts.types.ts';
import type { Suppressions } from '../contacts/suppressions.types.ts';
import { AppError } from '../errors.ts';
import type { Stored } from '../store/schema.ts';
import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import type { Campaign } from './campaign-document.ts';
import type { CampaignRepository } from './campaign-repository.ts';
import { type DryState, dryRun, hoursOf } from './dry-run.ts';
import type { Assumption, DryHour, DryPerson, DryRunResult } from './dry-run.types.ts';
import { defaultRetry } from './retry-rules.ts';

export interface DryRunParts {
  readonly campaigns: Pick<CampaignRepository, 'findById'>;
  readonly people: Pick<CampaignContactRepository, 'everybody' | 'countIn'>;
  readonly contacts: Pick<Contacts, 'byIds' | 'onList'>;
  readonly calls: Pick<DialledCalls, 'pastAttemptsTo'>;
  readonly suppressions: Pick<Suppressions, 'hashOf' | 'sinceWhen'>;
  readonly numbers: Pick<NumberDirectory, 'defaultCallerId' | 'mayCallFrom'>;
  readonly settings: {
    readonly caps: Caps;
    readonly registrations: NonNullable<DialFacts['registrations']>;
    readonly defaultCountry: string;
    readonly allowedCountries: readonly string[] | undefined;
    readonly accountCallsPerSecond: number;
    readonly maxMinutes: number;
  };
  /** What such a call costs, in the installation's currency. */
  readonly costOf: (phone: string, outcome: string, seconds: number) => number;
  readonly currency: string;
  readonly now: () => Date;
}

export interface DryRunTerms {
  readonly days: number;
  readonly seed: number;
  readonly assumptions: readonly Assumption[];
}

export interface DryRunReport extends Omit<DryRunResult, 'dials' | 'endsAt'> {
  readonly from: string;
  readonly until: string;
  readonly people: number;
  /** Of so many people one was taken for all; figures are for all of them. */
  readonly sampledOneOf: number;
  /** The same hours by the clocks of those who are called. */
  readonly hoursThere: readonly DryHour[];
  readonly estimatedEndAt: string | null;
  readonly spend: { readonly amount: number; readonly currency: string };
  readonly assumptions: readonly Assumption[];
  readonly seed: number;
}

/** More people than this are sampled evenly, and pace and places shrink alike. */
export const mostDryPeople = 10_000;
/** Others of the process wait no longer than this for their turn. */
const sliceMs = 10;
const atOnce = 400;

/** Runs the campaign as it stands now against a clock that jumps; nobody is called and nothing is written. */
export async function dryRunOf(
  campaignId: string,
  { days, seed, assumptions }: DryRunTerms,
  parts: DryRunParts,
): Promise<DryRunReport & Pick<DryRunResult, 'dials'>> {
  const campaign = await parts.campaigns.findById(campaignId);
  if (!campaign) throw new AppError('NOT_FOUND', 'There is no campaign with this id.');
  const from = parts.now().getTime();
  const until = from + days * dayMs;
  const { people, total } = await peopleOf(campaign, from, parts);
  const one = Math.max(1, total / Math.max(1, people.length));
  const { judge, zoneOf } = await factsFor(campaign, people, parts, from);
  const result = await dryRun(
    {
      campaignId,
      people,
      callsPerSecond: campaign.pace.callsPerSecond / one,
      accountCallsPerSecond: parts.settings.accountCallsPerSecond / one,
      maxConcurrent: Math.max(1, Math.round(campaign.pace.maxConcurrent / one)),
      retry: campaign.retry,
      assumptions,
      seed,
      from,
      until,
    },
    { judge, breathe: breathing() },
  );
  const phones = new Map(people.map(({ contactId, phone }) => [contactId, phone]));
  const amount = result.dials.reduce(
    (sum, { contactId, outcome, seconds }) => sum + parts.costOf(phones.get(contactId) ?? '', outcome, seconds),
    0,
  );
  const scaled = (count: number) => Math.round(count * one);
  const all = (counts: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, scaled(count)]));
  const ofAll = (each: DryHour): DryHour => ({
    hour: each.hour,
    dialled: scaled(each.dialled),
    byTry: { first: scaled(each.byTry.first), second: scaled(each.byTry.second), later: scaled(each.byTry.later) },
    byOutcome: all(each.byOutcome),
  });
  const { standing, hours, notDialled, byOutcome, dialled, left, endsAt, dials } = result;
  return {
    from: new Date(from).toISOString(),
    until: new Date(until).toISOString(),
    people: total,
    sampledOneOf: Math.round(one * 100) / 100,
    dialled: scaled(dialled),
    standing: {
      dialable: scaled(standing.dialable),
      rules: standing.rules.map(each => ({ ...each, people: scaled(each.people) })),
    },
    hours: hours.map(ofAll),
    hoursThere: hoursOf(dials, ({ at, contactId }) => `${wallText(zoneOf(contactId), at).slice(0, 13)}:00`).map(ofAll),
    notDialled: notDialled.map(each => ({ ...each, people: scaled(each.people) })),
    byOutcome: all(byOutcome),
    left: scaled(left),
    estimatedEndAt: endsAt === null ? null : new Date(endsAt).toISOString(),
    spend: { amount: Math.round(amount * one * 100) / 100, currency: parts.currency },
    assumptions,
    seed,
    dials,
  };
}

/** Who waits; before the first start whoever is on the campaign's lists as well. Evenly sampled where there are too many. */
async function peopleOf(campaign: Stored<Campaign>, from: number, parts: DryRunParts) {
  const id = campaign._id.toHexString();
  let stride = 1;
  let total = 0;
  let people: DryPerson[] = [];
  const known = new Set<string>();
  const take = (person: DryPerson) => {
    if (total % stride === 0) people.push(person);
    total += 1;
    // Every second one goes, and from here on every second one is taken.
    if (people.length > mostDryPeople) {
      people = people.filter((_, index) => index % 2 === 0);
      stride *= 2;
    }
  };
  for await (const each of parts.people.everybody(id)) {
    if (campaign.state === 'idle') known.add(each.contactId.toHexString());
    if (each.state !== 'waiting') continue;
    take({
      contactId: each.contactId.toHexString(),
      phone: each.phone,
      priority: each.priority,
      dueAt: each.dueAt.getTime(),
      bookedFor: each.bookedFor?.getTime() ?? null,
      attempts: each.attempts,
      outcomes: each.outcomes,
    });
  }
  // Later on lists have been taken over.
  for (const list of campaign.state === 'idle' ? campaign.lists : []) {
    for await (const { id: contactId, phone } of parts.contacts.onList(list.toHexString())) {
      if (known.has(contactId)) continue;
      known.add(contactId);
      take({ contactId, phone, priority: 0, dueAt: from, bookedFor: null, attempts: 0, outcomes: [] });
    }
  }
  return { people, total };
}

/** Everything the rules ask about these people, read once; the verdict for any moment then needs no store. And whose clock shows what. */
async function factsFor(
  campaign: Stored<Campaign>,
  people: readonly DryPerson[],
  { contacts, calls, suppressions, numbers, settings }: DryRunParts,
  from: number,
): Promise<{
  readonly judge: (state: DryState, at: number) => Verdict;
  readonly zoneOf: (contactId: string) => string;
}> {
  const contact = new Map<string, Person>();
  const suppressed = new Map<string, number>();
  const past = new Map<string, readonly PastAttempt[]>();
  const since = new Date(from - lookBackDays * dayMs);
  for (let at = 0; at < people.length; at += atOnce) {
    const some = people.slice(at, at + atOnce);
    for (const each of await contacts.byIds(some.map(({ contactId }) => contactId))) contact.set(each.id, each);
    const hashes = new Map<string, string>();
    for (const { phone } of some) hashes.set(await suppressions.hashOf(phone), phone);
    for (const [hash, when] of await suppressions.sinceWhen([...hashes.keys()]))
      suppressed.set(hashes.get(hash)!, when);
    for (const [to, attempts] of await calls.pastAttemptsTo(
      [...new Set([...hashes.values(), ...hashes.keys()])],
      since,
    )) {
      const phone = hashes.get(to) ?? to;
      past.set(
        phone,
        [...(past.get(phone) ?? []), ...attempts].sort((one, other) => other.at - one.at),
      );
    }
  }
  const callerId = campaign.callerIds[0] ?? (await numbers.defaultCallerId());
  const { contentClass, emergencyReason, emergencyBy, record, schedule } = campaign;
  const retry = campaign.retry ?? defaultRetry;
  const id = campaign._id.toHexString();
  const fixed = {
    killSwitch: { on: false },
    countries: settings.allowedCountries ?? countriesWithRules,
    from: callerId,
    fromIsOurs: callerId !== null && (await numbers.mayCallFrom(callerId)),
    liveCall: null,
    contentClass,
    vouchedBy: null,
    emergency: contentClass === 'emergency' ? { reason: emergencyReason ?? '', byAdmin: emergencyBy !== null } : null,
    caps: settings.caps,
    registrations: settings.registrations,
    nationalRegistry: 'off',
    reassignment: 'off',
    litigators: 'off',
    attestation: null,
    // The preflight looks at it.
    disclosure: null,
    recording: { recorded: record },
    abandonment: null,
    callsFromToday: null,
    schedule: schedule ?? (contentClass === 'emergency' ? null : defaultSchedule),
    talkMinutes: campaign.maxMinutes ?? settings.maxMinutes,
  } satisfies Partial<DialFacts>;
  const phones = new Map(people.map(({ contactId, phone }) => [contactId, phone]));
  const zones = new Map<string, string>();
  const zoneOf = (contactId: string) => {
    const known = zones.get(contactId);
    if (known !== undefined) return known;
    const to = normalisePhone(phones.get(contactId) ?? '', settings.defaultCountry);
    const who = contact.get(contactId);
    const place = to && 'e164' in to ? locate(to, who ? contactFact(who) : null) : null;
    const zone = place && 'zones' in place ? (place.ownZone ?? place.zones[0]) : undefined;
    zones.set(contactId, zone ?? 'UTC');
    return zone ?? 'UTC';
  };
  const judge = ({ person, attempts, made, bookedFor }: DryState, at: number): Verdict => {
    const when = suppressed.get(person.phone);
    const who = contact.get(person.contactId);
    return mayDial(
      {
        ...fixed,
        to: normalisePhone(person.phone, settings.defaultCountry),
        suppression: when === undefined ? null : { id: '', since: new Date(when).toISOString(), source: 'list' },
        contact: who ? contactFact(who) : null,
        attempts: [...made, ...(past.get(person.phone) ?? [])],
        campaign: { id, attempts: attempts - 1, maxAttempts: retry.maxAttempts, afterMinutes: retry.afterMinutes },
        bookedFor: bookedFor === null ? null : new Date(bookedFor).toISOString(),
      },
      new Date(at),
    );
  };
  return { judge, zoneOf };
}

const contactFact = ({ timeZone, consent, consentWithdrawn }: Person): KnownContact => ({
  timeZone,
  consent: consent && { kind: consent.kind, at: consent.at.toISOString(), source: consent.source },
  revokedAt: consentWithdrawn?.at.toISOString() ?? null,
});

function breathing(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < sliceMs) return;
    await new Promise(resolve => setImmediate(resolve));
    since = performance.now();
  };
}
