import type { Logger } from '../ops/logger.ts';
import type { Stored } from '../store/schema.ts';

import type { Campaign } from './campaign-document.ts';
import type { DialerWorld } from './dialer.types.ts';
import { dialStep, type Turn } from './dialer-step.ts';
import { createReadyWindow } from './dialer-window.ts';
import type { RunningCampaign } from './dialer-world.ts';

export interface DialerOptions {
  readonly world: DialerWorld<RunningCampaign>;
  readonly running: () => Promise<Stored<Campaign>[]>;
  /** Forgets what was read of its queue. */
  readonly forget: (campaignId: string) => void;
  readonly settle: (callIds: readonly string[]) => Promise<unknown>;
  readonly sweep: () => Promise<unknown>;
  /** A turn is over; for those who count. */
  readonly onTurn?: (campaign: RunningCampaign, turn: Turn) => void;
  readonly logger: Logger;
  readonly refreshMs?: number;
  readonly sweepMs?: number;
}

export interface Dialer {
  start(): void;
  /** Claims nothing more; resolves when every call that was being placed has been. */
  stop(): Promise<void>;
  /** Something changed about this campaign: it is looked at now. */
  wake(campaignId: string, document?: Stored<Campaign>): void;
  /** A call of a campaign ended; its person is settled at once. */
  ended(callId: string, campaignId: string): void;
  /** Campaigns this process dials for. */
  readonly campaigns: ReadonlyMap<string, RunningCampaign>;
}

/** Whether more are to be got ready is looked at after this. */
const fullMs = 50;
const longestSleepMs = 1_000;
const shortestSleepMs = 2;
const afterErrorMs = 1_000;

interface Loop {
  readonly campaign: RunningCampaign;
  wake: () => void;
  done: Promise<void>;
}

const newerOf = (one: Stored<Campaign>, other: Stored<Campaign>) => (other.version < one.version ? one : other);

/** Dials for every running campaign, in this process as in all others: one loop each, over the same step. */
export function createDialer(options: DialerOptions): Dialer {
  const { world, logger, refreshMs = 1_000, sweepMs = 5_000 } = options;
  const loops = new Map<string, Loop>();
  const campaigns = new Map<string, RunningCampaign>();
  const turns = new Set<Promise<unknown>>();
  let isOn = false;
  let timers: NodeJS.Timeout[] = [];
  let refreshing: Promise<void> | undefined;
  let sweeping: Promise<void> | undefined;

  function begin(document: Stored<Campaign>): void {
    const id = document._id.toHexString();
    const campaign: RunningCampaign = {
      id,
      get callsPerSecond() {
        return campaign.document.pace.callsPerSecond;
      },
      get priority() {
        return campaign.document.priority;
      },
      document,
      pending: 0,
      planned: 0,
      begun: 0,
      seated: 0,
      window: createReadyWindow(() => campaign.callsPerSecond),
      heldUntil: 0,
      heldSince: 0,
    };
    const loop: Loop = { campaign, wake: () => undefined, done: Promise.resolve() };
    loops.set(id, loop);
    campaigns.set(id, campaign);
    loop.done = run(loop);
  }

  function end(id: string): void {
    const loop = loops.get(id);
    if (!loop) return;
    loops.delete(id);
    campaigns.delete(id);
    options.forget(id);
    loop.wake();
  }

  const isRunning = ({ campaign }: Loop): boolean => isOn && loops.get(campaign.id)?.campaign === campaign;

  async function run(loop: Loop): Promise<void> {
    const { campaign } = loop;
    while (isRunning(loop)) {
      let again: number | null = null;
      try {
        const most = campaign.window.size - (campaign.pending - campaign.planned);
        if (most > 0) {
          const step = await dialStep(world, campaign, most);
          again = step.again;
          for (const turn of step.turns) follow(loop, turn);
        } else again = world.now() + fullMs;
      } catch (err) {
        logger.warn(
          { err, campaignId: campaign.id },
          'a campaign could not be dialled for at the moment; trying again',
        );
        again = world.now() + afterErrorMs;
      }
      if (isRunning(loop)) await sleep(loop, again);
    }
  }

  /** Until then, or until something wakes the loop; never so long that a clock which is set back is waited for. */
  function sleep(loop: Loop, again: number | null): Promise<void> {
    const ms = Math.min(longestSleepMs, Math.max(shortestSleepMs, (again ?? Infinity) - world.now()));
    return new Promise(resolve => {
      const timer = setTimeout(resolve, ms);
      loop.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  function hold(campaign: RunningCampaign, until: number): void {
    const now = world.now();
    // A clock that was set back makes what was said before it worthless.
    campaign.heldUntil = campaign.heldSince <= now ? Math.max(campaign.heldUntil, until) : until;
    campaign.heldSince = now;
  }

  function follow({ campaign }: Loop, turn: Promise<Turn>): void {
    campaign.pending += 1;
    campaign.begun += 1;
    const followed = turn
      .then(
        result => {
          if (result.kind === 'held') hold(campaign, result.retryAt ?? world.now() + 2_000);
          options.onTurn?.(campaign, result);
        },
        err => {
          hold(campaign, world.now() + afterErrorMs);
          logger.warn(
            { err, campaignId: campaign.id },
            'a turn of a campaign failed; its person is looked after by the sweep',
          );
        },
      )
      .finally(() => {
        campaign.pending -= 1;
        turns.delete(followed);
      });
    turns.add(followed);
  }

  async function refresh(): Promise<void> {
    const found = new Map((await options.running()).map(each => [each._id.toHexString(), each]));
    for (const [id, { campaign }] of [...loops]) {
      if (found.has(id)) continue;
      end(id);
      // Whoever is about to dial for it sees that it does not run any more.
      campaign.document = { ...campaign.document, state: 'paused' };
    }
    for (const [id, document] of found) {
      const loop = loops.get(id);
      // It may have been paused while this was being read.
      if (loop) loop.campaign.document = newerOf(loop.campaign.document, document);
      else if (isOn) begin(document);
    }
  }

  const refreshNow = (): void => {
    refreshing ??= refresh()
      .catch(err => logger.warn({ err }, 'running campaigns could not be read; trying again'))
      .finally(() => {
        refreshing = undefined;
      });
  };
  const sweepNow = (): void => {
    sweeping ??= options
      .sweep()
      .then(
        () => undefined,
        err => logger.warn({ err }, 'people whose calls were left behind could not be looked after; trying again'),
      )
      .finally(() => {
        sweeping = undefined;
      });
  };

  /** Calls that end at the same time are settled together. */
  const ended: string[] = [];
  let settling: Promise<void> | undefined;
  async function settleAll(): Promise<void> {
    while (ended.length > 0) {
      const some = ended.splice(0, 200);
      await options
        .settle(some)
        .catch(err => logger.warn({ err }, 'ended calls could not be settled yet; the sweep does it'));
    }
  }

  return {
    campaigns,
    start() {
      isOn = true;
      refreshNow();
      sweepNow();
      timers = [setInterval(refreshNow, refreshMs).unref(), setInterval(sweepNow, sweepMs).unref()];
    },
    async stop() {
      isOn = false;
      for (const timer of timers) clearInterval(timer);
      const running = [...loops.values()];
      for (const { campaign } of running) end(campaign.id);
      await Promise.all(running.map(({ done }) => done));
      await Promise.all([refreshing, sweeping, ...turns]);
      await settling;
    },
    wake(campaignId, document) {
      const loop = loops.get(campaignId);
      options.forget(campaignId);
      if (!loop) {
        if (isOn) refreshNow();
        return;
      }
      if (document) loop.campaign.document = document;
      loop.wake();
    },
    ended(callId, campaignId) {
      ended.push(callId);
      settling ??= settleAll().finally(() => {
        settling = undefined;
        // Whoever waits for a place may have it now.
        loops.get(campaignId)?.wake();
      });
    },
  };
}
