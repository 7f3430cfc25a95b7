import type { CampaignCall, CampaignCalls } from '../calls/calls.types.ts';
import type { Logger } from '../ops/logger.ts';
import type { Stored } from '../store/schema.ts';
import { failuresOf } from './breaker.ts';
import { type Circuits, circuitOf, tellOfCircuits } from './breaker-circuits.ts';
import type { CampaignContact } from './campaign-contact-document.ts';
import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import type { Campaign } from './campaign-document.ts';
import type { DialerMoves } from './dialer.types.ts';
import type { DialBudget } from './dialer-budget.types.ts';
import { nextAttempt } from './retry-rules.ts';

export interface SettleOptions {
  readonly people: CampaignContactRepository;
  readonly calls: Pick<CampaignCalls, 'byIds'>;
  /** The campaign, also when it was deleted meanwhile. */
  readonly campaign: (id: string) => Promise<Stored<Campaign> | null>;
  readonly moves: Pick<DialerMoves, 'note' | 'pause'>;
  readonly budget: Pick<DialBudget, 'free'>;
  readonly circuits: Circuits;
  readonly logger: Logger;
  readonly now: () => Date;
}

export interface Settling {
  /** Settles these calls if they have ended; again does nothing. Answers how many it settled. */
  settle(callIds: readonly string[]): Promise<number>;
  /** The same for calls that ended this moment: what they came to tells whether calls work. */
  ended(callIds: readonly string[]): Promise<number>;
  /** Somebody answered. */
  answered(callId: string): Promise<void>;
  /** Looks after people whose process has not been heard of. Answers how many it moved. */
  sweep(): Promise<number>;
}

/** The call is asked again after this, as long as it goes on. */
const lookAgainMs = 15_000;
const inCallMs = 5 * 60_000;
const mostPerRound = 500;

/** Faults of a refusal for which the number is not to blame: nobody was called, and it counts as no attempt. */
const blameless: ReadonlySet<unknown> = new Set(['account', 'busy', 'queue-full', 'unavailable', 'order']);

/** Brings people to where their calls say they are. Every step names the call and is made once, whoever makes it. */
export function createSettling(options: SettleOptions): Settling {
  const { people, calls, moves, circuits, logger, now } = options;

  /** Nobody was called by it: the person goes back as if never claimed. */
  async function takeBack(callId: string): Promise<boolean> {
    const back = await people.unclaim(callId, {});
    await options.budget.free(callId);
    return back !== null;
  }

  async function settleOne(call: CampaignCall): Promise<boolean> {
    if (call.endedAt === null) return false;
    if (call.dialledAt === null) return takeBack(call.id);
    const { outcome } = call;
    if (outcome === null) return false;
    const person = await people.calledBy(call.id);
    if (!person) return false;
    const campaign = await options.campaign(person.campaignId.toHexString());
    if (call.sid === null && blameless.has(call.cause?.['fault'])) return takeBack(call.id);
    const fields = afterCall(person, outcome, campaign);
    const settled = await people.settle(call.id, outcome, fields);
    if (!settled) return false;
    if (campaign) {
      const { state, dueAt } = settled;
      const data = { callId: call.id, outcome, state, ...(state === 'waiting' ? { dueAt: dueAt.toISOString() } : {}) };
      const contactId = person.contactId.toHexString();
      note(campaign, 'contact.settled', data, contactId, `settled:${call.id}`);
    }
    return true;
  }

  function afterCall(
    person: Stored<CampaignContact>,
    outcome: string,
    campaign: Stored<Campaign> | null,
  ): Parameters<typeof people.settle>[2] {
    const at = now();
    const next = nextAttempt(campaign?.retry ?? null, [...person.outcomes, outcome], at);
    if (next.kind === 'blocked') {
      const { code, message } = next;
      const verdict = { code, message, permanent: true, dueAt: null, at: at.toISOString() };
      return { state: 'blocked', bookedFor: null, verdict };
    }
    // Whoever asked during the call to be called later is, whatever else the call came to.
    const booked = person.bookedFor;
    if (booked && booked > at) return { state: 'waiting', dueAt: booked };
    if (next.kind === 'done') return { state: 'done', bookedFor: null };
    return { state: 'waiting', dueAt: next.dueAt, bookedFor: null };
  }

  /** Tells the circuits of everybody who had a part in the call. */
  async function blame(call: CampaignCall): Promise<void> {
    const { outcome, engine, campaignId } = call;
    if (outcome === null || campaignId === null || call.dialledAt === null) return;
    const campaign = await options.campaign(campaignId);
    const failed = failuresOf({ ...call, outcome });
    if (!campaign || !failed) return;
    const id = campaign._id.toHexString();
    const key = circuitOf.campaign(id);
    const news = await circuits.result(key, failed.has('campaign'), call.createdAt, campaign.breaker);
    const others = [
      ...(engine ? [await circuits.result(circuitOf.engine(engine), failed.has('engine'), call.createdAt)] : []),
      await circuits.result(circuitOf.carrier, failed.has('carrier'), call.createdAt),
    ];
    await tellOfCircuits(id, [news, ...others], { circuits, moves });
  }

  function note(
    campaign: Stored<Campaign>,
    type: string,
    data: Record<string, unknown>,
    contactId?: string,
    once?: string,
  ): void {
    moves
      .note(campaign._id.toHexString(), type, data, { ...(contactId ? { contactId } : {}), ...(once ? { once } : {}) })
      .catch(err => logger.warn({ err, type }, 'a decision could not be written into the log of its campaign'));
  }

  async function settle(callIds: readonly string[], areNews = false): Promise<number> {
    let settled = 0;
    for (const call of (await calls.byIds(callIds)).values()) {
      try {
        if (areNews) await blame(call);
        if (await settleOne(call)) settled += 1;
      } catch (err) {
        logger.warn({ err, callId: call.id }, 'a call could not be settled with its person yet; it will be');
      }
    }
    return settled;
  }

  return {
    settle: callIds => settle(callIds),
    ended: callIds => settle(callIds, true),
    async answered(callId) {
      await people.inCall(callId, new Date(now().getTime() + inCallMs));
    },
    async sweep() {
      const left = await people.leftBehind(now(), mostPerRound);
      const callIds = left.flatMap(({ callId }) => (callId ? [callId.toHexString()] : []));
      const known = await calls.byIds(callIds);
      let moved = 0;
      const goingOn: string[] = [];
      for (const callId of callIds) {
        const call = known.get(callId);
        if (!call) moved += (await takeBack(callId)) ? 1 : 0;
        else if (call.endedAt && (call.outcome !== null || call.dialledAt === null)) moved += await settle([callId]);
        else {
          if (call.answeredAt) await people.inCall(callId, new Date(now().getTime() + lookAgainMs));
          goingOn.push(callId);
        }
      }
      if (goingOn.length > 0) await people.lookLater(goingOn, new Date(now().getTime() + lookAgainMs));
      return moved;
    },
  };
}
