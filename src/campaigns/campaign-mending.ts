import type { CallPlaces, CampaignCall, CampaignCalls } from '../calls/calls.types.ts';
import { AppError } from '../errors.ts';
import type { Stored } from '../store/schema.ts';
import { type Carrier, carrierStatuses } from '../telephony/carrier-contract.ts';
import type { Budgets } from './budget.types.ts';
import type { RepairReport, ResetReport } from './campaign-admin.types.ts';
import type { CampaignContact } from './campaign-contact-document.ts';
import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import type { CampaignRepository } from './campaign-repository.ts';
import type { CampaignCounting, Differences } from './campaign-tally.ts';
import { nextAttempt } from './retry-rules.ts';

export interface MendingOptions {
  readonly campaigns: Pick<CampaignRepository, 'findById'>;
  readonly people: Pick<
    CampaignContactRepository,
    'leftBehind' | 'unclaim' | 'settle' | 'anyLeft' | 'hasAnybody' | 'recount'
  >;
  readonly calls: Pick<CampaignCalls, 'byIds'>;
  readonly carrier: Pick<Carrier, 'call' | 'find'>;
  readonly places: CallPlaces;
  readonly budgets: Pick<Budgets, 'leaked' | 'settleLate'>;
  readonly tally: Pick<CampaignCounting, 'differences'>;
  /** The same for what its calls come to, for each of its agents and variants as well. */
  readonly figures: (id: string, mend: boolean) => Promise<{ readonly sums: Differences; readonly recounted: number }>;
  /** The number that a call was made to. */
  readonly numberOf: (callId: string) => Promise<string | null>;
  readonly complete: (id: string) => Promise<boolean>;
  readonly now: () => Date;
}

export interface CampaignMending {
  /** Releases people whose process is gone, once the carrier shows that no call of theirs exists or runs. */
  resetStuck(terms: { readonly dryRun: boolean }): Promise<ResetReport>;
  /** Completes what has nobody left, frees places and money of ended calls, sets counters right and has everybody counted anew. */
  repair(id: string, terms: { readonly dryRun: boolean }): Promise<RepairReport>;
}

const mostAtOnce = 500;
/** The carrier's list lags: what it does not show may still come. */
const listLagMs = 45_000;
const clockSkewMs = 5_000;
const running = new Set<string>(carrierStatuses.slice(0, 4));

export function createCampaignMending(options: MendingOptions): CampaignMending {
  const { campaigns, people, calls, carrier, places, budgets, tally, figures, numberOf, complete, now } = options;

  /** Why somebody may be released, or must not be. */
  async function look(call: CampaignCall | undefined): Promise<{ release: boolean; reason: string }> {
    if (!call) return { release: true, reason: 'nobody was called: there is no call of this attempt' };
    if (call.endedAt !== null) return { release: true, reason: 'the call is over' };
    if (call.sid !== null) {
      const found = await carrier.call(call.sid);
      if (!found) return { release: true, reason: 'the carrier knows no such call' };
      return running.has(found.status)
        ? { release: false, reason: `the call is ${found.status} at the carrier` }
        : { release: true, reason: `the call is ${found.status} at the carrier` };
    }
    if (now().getTime() - call.createdAt.getTime() < listLagMs)
      return { release: false, reason: 'the attempt is so young that the carrier may not show its call yet' };
    const since = call.createdAt.getTime() - clockSkewMs;
    const to = await numberOf(call.id);
    if (to === null || !to.startsWith('+'))
      return { release: false, reason: 'the number was erased, so the carrier cannot be asked' };
    const found = (await carrier.find({ to })).filter(each => !each.createdAt || each.createdAt.getTime() >= since);
    const live = found.find(each => running.has(each.status));
    if (live) return { release: false, reason: `a call to the number is ${live.status} at the carrier` };
    return { release: true, reason: 'the carrier shows no call that runs' };
  }

  async function release(person: Stored<CampaignContact>, call: CampaignCall | undefined): Promise<boolean> {
    const callId = person.callId!;
    if (!call || (call.endedAt !== null && call.dialledAt === null)) return (await people.unclaim(callId, {})) !== null;
    const outcome = call.outcome ?? 'failed';
    const campaign = await campaigns.findById(person.campaignId);
    const next = nextAttempt(campaign?.retry ?? null, [...person.outcomes, outcome], now());
    const fields = next.kind === 'again' ? { state: 'waiting' as const, dueAt: next.dueAt } : { state: next.kind };
    // Whatever the call still comes to, it finds nobody to settle any more; that it ended is written down by the calls' reconciler.
    return (await people.settle(callId, outcome, fields)) !== null;
  }

  return {
    async resetStuck({ dryRun }) {
      const stuck = (await people.leftBehind(now(), mostAtOnce)).filter(({ callId }) => callId !== null);
      const known = await calls.byIds(stuck.map(({ callId }) => callId!.toHexString()));
      const released: ResetReport['released'][number][] = [];
      const left: ResetReport['left'][number][] = [];
      for (const person of stuck) {
        const callId = person.callId!.toHexString();
        const call = known.get(callId);
        const own = { campaignId: person.campaignId.toHexString(), contactId: person.contactId.toHexString(), callId };
        try {
          const { release: may, reason } = await look(call);
          if (may && !dryRun && !(await release(person, call)))
            left.push({ ...own, reason: 'somebody else was faster' });
          else (may ? released : left).push({ ...own, reason });
        } catch (error) {
          left.push({ ...own, reason: error instanceof AppError ? error.message : 'the carrier could not be asked' });
        }
      }
      return { dryRun, released, left };
    },

    async repair(id, { dryRun }) {
      const campaign = await campaigns.findById(id);
      if (!campaign) throw new AppError('NOT_FOUND', 'There is no campaign with this id.');
      const leaked = await places.leaked(id);
      const nobodyLeft = campaign.state === 'running' && (await people.hasAnybody(id)) && !(await people.anyLeft(id));
      const reserved = await budgets.leaked(id);
      const ofCalls = await figures(id, !dryRun);
      const counters = Object.entries({ ...(await tally.differences(id, !dryRun)), ...ofCalls.sums })
        .map(([counter, each]) => ({ counter, ...each }))
        .sort((one, other) => (one.counter < other.counter ? -1 : 1));
      const found = { dryRun, id, name: campaign.name, places: leaked.length, reservations: reserved.length, counters };
      const recountedCalls = ofCalls.recounted;
      if (dryRun) return { ...found, completes: nobodyLeft, recounted: 0, recountedCalls };
      if (leaked.length > 0) await places.free(leaked);
      for (const callId of reserved) await budgets.settleLate(callId);
      const completes = nobodyLeft && (await complete(id));
      return { ...found, completes, recounted: await people.recount(id), recountedCalls };
    },
  };
}
