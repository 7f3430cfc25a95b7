import { Types } from 'mongoose';
import type { Verdict } from '../compliance/may-dial.ts';
import { answered } from '../store/gathered.ts';
import type { Stored } from '../store/schema.ts';
import type { CampaignContact } from './campaign-contact-document.ts';
import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import type { ClaimedPerson, DialQueue } from './dialer.types.ts';
import type { Candidate } from './dialer-queries.ts';
import { dueInOrder } from './queue-order.ts';

/** A claim that nobody hears of for this long belongs to a dead process. */
export const claimLeaseMs = 15_000;
/** From the last look on the call tells what becomes of the person; whoever died is looked after this much later. */
export const dialledLeaseMs = 60_000;

const batchSize = 64;
/** What was read is taken in its order for so long; a newcomer of high priority waits that long at most. */
const batchHoldsMs = 1_000;

interface Batch {
  readonly readAt: number;
  readonly people: Candidate[];
}

export interface DialerQueueOptions {
  readonly people: CampaignContactRepository;
  readonly owner: string;
  /** Among those next in turn, so that processes which read the same batch seldom want the same person. */
  readonly chance?: () => number;
}

export interface RunningDialQueue extends DialQueue {
  /** Forgets what was read of a campaign, which has changed. */
  forget(campaignId: string): void;
}

/** The queue over the store: read in batches, claimed by conditional writes. */
export function createDialerQueue({ people, owner, chance = Math.random }: DialerQueueOptions): RunningDialQueue {
  const batches = new Map<string, Batch>();
  const reading = new Map<string, Promise<Batch>>();

  async function read(campaignId: string, now: Date): Promise<Batch> {
    const batch = { readAt: now.getTime(), people: await dueInOrder(people, campaignId, now, batchSize) };
    batches.set(campaignId, batch);
    return batch;
  }

  async function batchOf(campaignId: string, now: Date): Promise<Batch> {
    const batch = batches.get(campaignId);
    const age = batch ? now.getTime() - batch.readAt : Infinity;
    if (batch && batch.people.length > 0 && age >= 0 && age < batchHoldsMs) return batch;
    const underWay = reading.get(campaignId) ?? read(campaignId, now).finally(() => void reading.delete(campaignId));
    reading.set(campaignId, underWay);
    return underWay;
  }

  /** Those of these who could be claimed, in their order. */
  async function claimAll(lot: readonly Candidate[], now: Date): Promise<ClaimedPerson[]> {
    const terms = { owner, now, leaseMs: claimLeaseMs };
    const claims = lot.map(({ id, dueAt }) => ({ id, dueAt, callId: new Types.ObjectId() }));
    const [only, ...others] = claims;
    if (only && others.length === 0) {
      const claimed = await people.claimOne(only.id, only.callId, terms);
      return claimed ? [claimedPerson(claimed, only.dueAt)] : [];
    }
    const claimed = await people.claimMany(claims, terms);
    return claims.flatMap(({ callId, dueAt }) => {
      const person = claimed.get(callId.toHexString());
      return person ? [claimedPerson(person, dueAt)] : [];
    });
  }

  async function claimSome(campaignId: string, most: number, now: Date): Promise<ClaimedPerson[]> {
    const got: ClaimedPerson[] = [];
    for (let skip = 0; got.length < most; ) {
      const { people: due } = await batchOf(campaignId, now);
      const wanted = most - got.length;
      const lot = due.splice(Math.max(0, Math.min(skip, due.length - wanted)), wanted);
      if (lot.length === 0) break;
      const claimed = await claimAll(lot, now);
      got.push(...claimed);
      // Another process was faster; it works through the same batch.
      if (claimed.length < lot.length) skip = Math.floor(chance() * 8);
    }
    return got;
  }

  /** Who is wanted in the same moment is claimed in one write for each campaign. */
  const claims = answered(async (asked: { readonly campaignId: string; readonly now: Date }[]) => {
    const lots = new Map<string, number[]>();
    for (const [place, { campaignId }] of asked.entries())
      lots.set(campaignId, [...(lots.get(campaignId) ?? []), place]);
    const answers: (ClaimedPerson | null)[] = asked.map(() => null);
    await Promise.all(
      [...lots].map(async ([campaignId, places]) => {
        const got = await claimSome(campaignId, places.length, asked[places[0]!]!.now);
        for (const [index, person] of got.entries()) answers[places[index]!] = person;
      }),
    );
    return answers;
  }, 100);

  return {
    async look(campaignId, most, now) {
      const { people: due } = await batchOf(campaignId, now);
      if (due.length > 0) return { due: Math.min(most, due.length), next: null };
      return { due: 0, next: await people.nextDue(campaignId) };
    },
    claim: (campaignId, now) => claims({ campaignId, now }),
    async putBack(person, dueAt, verdict) {
      const back = await people.unclaim(person.callId, { dueAt, ...(verdict ? { verdict: kept(verdict) } : {}) });
      return back !== null;
    },
    async block(person, verdict) {
      const blocked = await people.unclaim(person.callId, { state: 'blocked', verdict: kept(verdict) });
      return blocked !== null;
    },
    forget: campaignId => void batches.delete(campaignId),
  };
}

/** What stays with the person of why they were not called; the rules behind it are the verdict's own. */
const kept = ({ code, message, permanent, dueAt, at, rules }: Verdict): Record<string, unknown> => ({
  code,
  message,
  permanent,
  dueAt,
  at,
  zone: zoneOf(rules),
});

/** The zone by whose clock the person was judged; null where there are several, or none was found. */
function zoneOf(rules: Verdict['rules']): string | null {
  const found = rules.flatMap(({ rule, evidence }) =>
    rule === 'hours' && Array.isArray(evidence['zones']) ? [evidence['zones']] : [],
  );
  const [zone, ...others] = new Set(found.flat());
  return others.length === 0 && typeof zone === 'string' ? zone : null;
}

function claimedPerson(person: Stored<CampaignContact>, dueAt: Date): ClaimedPerson {
  const { _id, campaignId, contactId, phone, attempts, callId, priority, bookedFor, outcomes, variant } = person;
  const code = person.verdict?.['code'];
  const at = new Date(String(person.verdict?.['at']));
  return {
    id: _id.toHexString(),
    campaignId: campaignId.toHexString(),
    contactId: contactId.toHexString(),
    phone,
    attempt: attempts,
    callId: callId!.toHexString(),
    priority,
    dueAt,
    bookedFor,
    outcomes,
    variant,
    lastRefusal: typeof code === 'string' && !Number.isNaN(at.getTime()) ? { code, at } : null,
  };
}
