import { AppError } from '../errors.ts';
import type { KillSwitch } from '../ops/kill-switch.ts';
import type { Stored } from '../store/schema.ts';
import type { CampaignStanding, StandingReport, StopReport } from './campaign-admin.types.ts';
import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import type { Campaign } from './campaign-document.ts';
import type { CampaignRepository } from './campaign-repository.ts';
import { campaignAfter, contactStates } from './campaign-state.ts';

export interface CampaignAdminOptions {
  readonly campaigns: Pick<CampaignRepository, 'findById' | 'open'>;
  readonly people: Pick<CampaignContactRepository, 'countIn' | 'firstWaiting' | 'beingCalled'>;
  readonly killSwitch: Pick<KillSwitch, 'state'>;
  /** Makes the move, writes it into the campaign's log, and tells whoever listens. */
  readonly stop: (id: string, by: string) => Promise<unknown>;
  readonly now: () => Date;
}

/** What an operator does when campaigns must be looked at or stopped at once; over the API and straight on the store alike. */
export interface CampaignAdmin {
  /** Of one campaign, or of all that have not ended. */
  status(id?: string): Promise<StandingReport>;
  /** Stops for good whatever has begun and not ended; live calls finish. Without an id all of them. */
  stop(terms: { readonly id?: string; readonly by: string; readonly dryRun: boolean }): Promise<StopReport>;
}

export function createCampaignAdmin({ campaigns, people, killSwitch, stop, now }: CampaignAdminOptions): CampaignAdmin {
  const known = async (id: string): Promise<Stored<Campaign>> => {
    const campaign = await campaigns.findById(id);
    if (!campaign) throw new AppError('NOT_FOUND', 'There is no campaign with this id.');
    return campaign;
  };

  async function standing(campaign: Stored<Campaign>): Promise<CampaignStanding> {
    const id = campaign._id.toHexString();
    const at = now();
    const [counts, first, called] = await Promise.all([
      Promise.all(contactStates.map(async state => [state, await people.countIn(id, state)] as const)),
      people.firstWaiting(id),
      people.beingCalled(id),
    ]);
    const { name, state, cause } = campaign;
    return {
      id,
      name,
      state,
      cause: cause && { code: cause.code, message: cause.message, at: cause.at.toISOString() },
      people: Object.fromEntries(counts) as CampaignStanding['people'],
      nextDueAt: first?.dueAt.toISOString() ?? null,
      leftBehind: called.filter(({ lease }) => lease.until <= at).length,
    };
  }

  return {
    async status(id) {
      const [{ on, since, by }, found] = await Promise.all([
        killSwitch.state(),
        id === undefined ? campaigns.open() : known(id).then(each => [each]),
      ]);
      const standings: CampaignStanding[] = [];
      for (const each of found) standings.push(await standing(each));
      return { at: now().toISOString(), killSwitch: { on, since, by }, campaigns: standings };
    },

    async stop({ id, by, dryRun }) {
      // One that was never started dials nobody, and whoever prepares it loses nothing.
      const found =
        id === undefined ? (await campaigns.open()).filter(each => each.state !== 'idle') : [await known(id)];
      const stopped: StopReport['stopped'][number][] = [];
      const left: StopReport['left'][number][] = [];
      for (const campaign of found) {
        const { name, state } = campaign;
        const own = { id: campaign._id.toHexString(), name };
        if (!campaignAfter(state, 'stop')) {
          left.push({ ...own, reason: `It is ${state} already.` });
          continue;
        }
        try {
          if (!dryRun) await stop(own.id, by);
          stopped.push({ ...own, from: state });
        } catch (error) {
          // The others must be stopped all the same.
          left.push({
            ...own,
            reason: error instanceof AppError ? error.message : 'It could not be stopped; try again.',
          });
        }
      }
      return { dryRun, stopped, left };
    },
  };
}
