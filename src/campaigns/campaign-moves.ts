import { AppError } from '../errors.ts';
import type { Logger } from '../ops/logger.ts';
import type { Stored } from '../store/schema.ts';
import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import type { Campaign } from './campaign-document.ts';
import { type CampaignLog, outboxEntry } from './campaign-log.ts';
import type { CampaignRepository } from './campaign-repository.ts';
import type { CampaignService } from './campaign-service.ts';
import { type CampaignMove, campaignAfter } from './campaign-state.ts';
import type { CampaignMoves, MoveCause, Preflight } from './campaigns.types.ts';
import type { ListFiller } from './list-filler.ts';

export interface CampaignControl extends CampaignMoves {
  /** Asked by a person: throws `CAMPAIGN_STATE` when the table has no such move, `CAMPAIGN_NOT_READY` when something must be mended first. */
  start(id: string, by: string): Promise<Stored<Campaign>>;
  resume(id: string, by: string): Promise<Stored<Campaign>>;
  pauseNow(id: string, by: string, endCalls: boolean): Promise<Stored<Campaign>>;
  stop(id: string, by: string, endCalls: boolean): Promise<Stored<Campaign>>;
  /** Moves on whatever is on its way; any process may, and several at once do no harm. Lists are looked at now and then, or when `asked`. */
  tend(asked?: boolean): Promise<void>;
}

export interface CampaignMovesOptions {
  readonly campaigns: CampaignRepository;
  readonly people: Pick<CampaignContactRepository, 'beingCalled' | 'hasAnybody' | 'anyLeft'>;
  readonly service: Pick<CampaignService, 'get' | 'announce'>;
  readonly log: CampaignLog;
  readonly fill: ListFiller;
  readonly preflight: Preflight | undefined;
  /** Ends a live call; resolves also when it has ended. */
  readonly endCall: (callId: string, campaignName: string) => Promise<void>;
  readonly logger: Logger;
  readonly now: () => Date;
}

const system = 'system';
/** Who was asked to end a call is asked again after this. */
const askAgainMs = 10_000;
/** How often lists of running campaigns are looked at. */
const listsEveryMs = 5_000;

const asked: Readonly<Record<'start' | 'resume' | 'pause' | 'stop', string>> = {
  start: 'started',
  resume: 'resumed',
  pause: 'paused',
  stop: 'stopped',
};

/** The one place where campaigns change their state: the table says which moves there are, and each is one conditional write. */
export function createCampaignMoves(options: CampaignMovesOptions): CampaignControl {
  const { campaigns, people, service, log, fill, logger, now } = options;
  const ending = new Map<string, number>();
  const filled = new Map<string, number>();
  let listsAt = 0;

  async function move(
    id: string,
    name: CampaignMove,
    by: string,
    {
      cause,
      data = {},
      set = {},
    }: { cause?: MoveCause | null; data?: Record<string, unknown>; set?: Partial<Campaign> } = {},
  ): Promise<Stored<Campaign> | null> {
    const at = now();
    const moved = await campaigns.move(id, name, {
      ...(cause === undefined ? {} : { cause: cause && { ...cause, at } }),
      set,
      entry: (from, to) =>
        outboxEntry('campaign.moved', by, at, {
          move: name,
          from,
          to,
          ...(cause ? { cause: { ...cause } } : {}),
          ...data,
        }),
    });
    if (moved) await service.announce(moved, ['state', 'cause', ...Object.keys(set)]);
    return moved;
  }

  async function askedFor(
    id: string,
    name: keyof typeof asked,
    by: string,
    terms: Parameters<typeof move>[3],
  ): Promise<Stored<Campaign>> {
    const campaign = await service.get(id);
    const moved = campaignAfter(campaign.state, name) ? await move(id, name, by, terms) : null;
    if (moved) return moved;
    const { state } = await service.get(id);
    throw new AppError('CAMPAIGN_STATE', `The campaign is ${state} and cannot be ${asked[name]}.`, {
      details: { state },
    });
  }

  async function ready(id: string): Promise<void> {
    const { blocking = [] } = (await options.preflight?.(id)) ?? {};
    const [first] = blocking;
    if (!first) return;
    throw new AppError('CAMPAIGN_NOT_READY', first.message, { details: blocking });
  }

  const startable = async (id: string, name: 'start' | 'resume') => {
    const { state } = await service.get(id);
    // A campaign that cannot be started anyway is not looked at first.
    if (campaignAfter(state, name)) await ready(id);
  };

  async function endCalls(campaign: Stored<Campaign>): Promise<void> {
    const live = await people.beingCalled(campaign._id);
    if (live.length === 0) return campaigns.callsEnded(campaign._id);
    const at = now().getTime();
    await Promise.all(
      live.map(async ({ callId }) => {
        const id = callId?.toHexString();
        if (id === undefined || (ending.get(id) ?? 0) > at - askAgainMs) return;
        ending.set(id, at);
        await options
          .endCall(id, campaign.name)
          .catch(err => logger.warn({ err, callId: id }, 'a call of a paused campaign could not be ended yet'));
      }),
    );
    for (const [id, time] of ending) if (time < at - 10 * askAgainMs) ending.delete(id);
  }

  async function completeIfDone(id: string): Promise<boolean> {
    const found = await campaigns.findById(id);
    if (found?.state !== 'running' || !(await people.hasAnybody(id))) return false;
    if (!(await fill(found))) return false;
    // What is added from here on shows in it, and then it does not complete.
    const campaign = await campaigns.findById(id);
    if (!campaign || campaign.addingUntil > now()) return false;
    // Twice, because somebody may go from one state to the other while the first question is answered.
    if ((await people.anyLeft(id)) || (await people.anyLeft(id))) return false;
    const at = now();
    const entry = outboxEntry('campaign.moved', system, at, { move: 'complete', from: 'running', to: 'completed' });
    const done = await campaigns.complete(campaign, at, entry);
    if (done) await service.announce(done, ['state', 'cause', 'endedAt']);
    return done !== null;
  }

  /** Lists of campaigns that do not run are followed as well: who looks at one sees whom it would call. */
  async function followLists(asked: boolean): Promise<void> {
    const at = now().getTime();
    if (!asked && listsAt > at - listsEveryMs) return;
    listsAt = at;
    for (const campaign of await campaigns.open()) {
      if (campaign.lists.length === 0 || campaign.state === 'running') continue;
      await fill(campaign).catch(err =>
        logger.warn(
          { err, campaignId: campaign._id.toHexString() },
          'the lists of a campaign could not be followed; trying again',
        ),
      );
    }
  }

  async function tendOne(campaign: Stored<Campaign>): Promise<void> {
    const id = campaign._id.toHexString();
    switch (campaign.state) {
      case 'starting':
        if (await fill(campaign))
          await move(id, 'started', system, { set: { startedAt: campaign.startedAt ?? now() } });
        return;
      case 'resuming':
        if (await fill(campaign)) await move(id, 'resumed', system);
        return;
      case 'pausing':
        if ((await people.beingCalled(id)).length === 0) await move(id, 'paused', system);
        return;
      default: {
        const at = now().getTime();
        if ((filled.get(id) ?? 0) > at - listsEveryMs) return;
        filled.set(id, at);
        // Follows its lists, too.
        await completeIfDone(id);
      }
    }
  }

  return {
    note: log.note,
    completeIfDone,
    fail: async (id, cause, by = system) => (await move(id, 'fail', by, { cause })) !== null,
    pause: async (id, cause, by = system) => (await move(id, 'pause', by, { cause })) !== null,
    async start(id, by) {
      await startable(id, 'start');
      return askedFor(id, 'start', by, { cause: null, set: { endCalls: false } });
    },
    async resume(id, by) {
      await startable(id, 'resume');
      return askedFor(id, 'resume', by, { cause: null, set: { endCalls: false } });
    },
    pauseNow: (id, by, endNow) =>
      askedFor(id, 'pause', by, { cause: null, set: { endCalls: endNow }, data: { endCalls: endNow } }),
    stop: (id, by, endNow) =>
      askedFor(id, 'stop', by, { cause: null, set: { endCalls: endNow, endedAt: now() }, data: { endCalls: endNow } }),
    async tend(asked = false) {
      await log.flushAll();
      const active = await campaigns.active();
      const work = [
        ...active.map(each => [each, tendOne] as const),
        ...(await campaigns.endingCalls()).map(each => [each, endCalls] as const),
      ];
      for (const [campaign, step] of work) {
        await step(campaign).catch(err =>
          logger.warn(
            { err, campaignId: campaign._id.toHexString() },
            'a campaign could not be moved on; trying again',
          ),
        );
      }
      const known = new Set(active.map(({ _id }) => _id.toHexString()));
      for (const id of filled.keys()) if (!known.has(id)) filled.delete(id);
      await followLists(asked);
    },
  };
}
