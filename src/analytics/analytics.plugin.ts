import fp from 'fastify-plugin';
import { Type } from 'typebox';
import type { CallFigures } from '../calls/calls.types.ts';
import '../calls/calls-events.ts';
import { defineJob } from '../jobs/queue.ts';
import './analytics-events.ts';
import { analyticsRoutes } from './analytics.routes.ts';
import { dayMs, scopeOf } from './contribution-protocol.ts';
import { createDashboard } from './dashboard.ts';
import { createDayPacker } from './day-packer.ts';
import { createFiguresCounter, type FiguresCounter } from './figures-counter.ts';
import type { Figures } from './figures-sum.ts';
import { createMetricsTicker } from './metrics-ticker.ts';
import { RollupLogRepository } from './rollup-log-repository.ts';
import { createRollupReader } from './rollup-reader.ts';
import { RollupRepository } from './rollup-repository.ts';
import { quarterAfter, quarterBefore } from './time-slots-protocol.ts';

export interface AnalyticsServices {
  readonly calls: CallFigures;
  readonly campaignsRunning: () => Promise<number>;
  /** Live sessions of this process. */
  readonly sessions: () => number;
  readonly now: () => Date;
}

/** Between when and when a campaign placed its calls. */
interface CampaignLife {
  readonly id: string;
  readonly since: Date;
  /** Null while it goes on. */
  readonly until: Date | null;
}

declare module 'fastify' {
  interface FastifyInstance {
    figures: FiguresCounter;
    /** What is counted of one campaign's calls since then, or of those of one of its variants. */
    campaignFigures(campaignId: string, since: Date, variant?: string): Promise<Figures>;
    /** The same of many campaigns at once, in their order; of those that have ended up to their end. */
    campaignsFigures(campaigns: readonly CampaignLife[]): Promise<Figures[]>;
  }
}

const everyMs = 1_000;

/** Of campaigns that go on for longer, the last two years are shown. */
const longestCampaignMs = 730 * dayMs;

const packJob = defineJob('figures.pack', {
  payload: Type.Object({}, { additionalProperties: false }),
  maxAttempts: 1,
  timeLimitMs: 55_000,
  concurrency: 1,
});

/** Counts calls, answers questions about figures, and tells how things stand. */
export const analyticsPlugin = fp<AnalyticsServices>(
  async (app, { calls, campaignsRunning, sessions, now }) => {
    const { config, logging, metrics, events, eventLoop, processId, startedAt } = app.operations;
    const logger = logging.component('analytics');
    const rollups = new RollupRepository(app.store);
    const log = new RollupLogRepository(app.store);
    const currency = config.COST_CURRENCY;
    const timeZone = config.TIME_ZONE;
    const counted = metrics.counter('figures_calls_counted_total', 'Calls that this process brought into the figures.');
    const behind = metrics.histogram(
      'figures_batch_seconds',
      'Time to count one batch of calls.',
      [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    );
    const counter = createFiguresCounter({ calls, rollups, log, owner: processId, currency, now });
    const reader = createRollupReader(rollups, log);
    const tick = createMetricsTicker({
      reader,
      calls,
      log,
      events,
      campaignsRunning,
      process: () => ({
        id: processId,
        sessions: sessions(),
        delayMs: Math.round(eventLoop.sustainedMs()),
        memoryBytes: process.memoryUsage.rss(),
        uptimeSeconds: Math.round((Date.now() - startedAt.getTime()) / 1_000),
      }),
      currency,
      timeZone,
      now,
    });
    app.decorate('figures', counter);
    const lifeOf = ({ since, until }: Pick<CampaignLife, 'since' | 'until'>) => {
      const toMs = quarterAfter((until ?? now()).getTime() + 1);
      return { fromMs: Math.max(quarterBefore(since.getTime()), toMs - longestCampaignMs), toMs };
    };
    app.decorate('campaignFigures', async (campaignId: string, since: Date, variant?: string) => {
      const { fromMs, toMs } = lifeOf({ since, until: null });
      const days = await reader.read(scopeOf(campaignId, null, variant), [[fromMs, toMs]]);
      return days.sum(fromMs, toMs).figures(currency);
    });
    app.decorate('campaignsFigures', async (campaigns: readonly CampaignLife[]) => {
      const asked = campaigns.map(({ id, ...life }) => ({ scope: scopeOf(id, null), ...lifeOf(life) }));
      return (await reader.sums(asked)).map(sum => sum.figures(currency));
    });

    let stale = true;
    const stopListening = [
      events.on('calls.changed', () => {
        stale = true;
      }),
    ];

    /** Sums of another currency are no sums: what was counted before the configuration changed is added up anew. */
    const agreeOnCurrency = async () => {
      const standing = await log.standing();
      if (standing.currency === currency) return;
      if (standing.currency === null) return log.setCurrency(standing.seq, currency);
      logger.info({ from: standing.currency, to: currency }, 'figures are added up in another currency from now on');
      await counter.rebuild();
    };

    const work = async () => {
      for (let count = -1; count !== 0; ) {
        const stop = behind.startTimer();
        count = await counter.round();
        if (count > 0) {
          stop();
          counted.inc(count);
          stale = true;
        }
      }
      if (!stale) return;
      stale = false;
      await tick();
    };

    let working: Promise<void> | undefined;
    let timer: NodeJS.Timeout | undefined;
    let closing = false;
    // The next round begins a second after the end of this one, so nobody is told more often than that.
    const run = (what: () => Promise<void>): void => {
      working = what()
        .catch(err => {
          stale = true;
          logger.warn({ err }, 'figures could not be brought up to date; it is tried again');
        })
        .finally(() => {
          if (!closing) timer = setTimeout(() => run(work), everyMs).unref();
        });
    };
    app.addHook('onReady', async () => run(agreeOnCurrency));
    app.addHook('onClose', async () => {
      closing = true;
      clearTimeout(timer);
      for (const stop of stopListening) stop();
      await working;
    });
    const pack = createDayPacker({ rollups, now });
    app.jobs.process(packJob, async (_, { signal }) => {
      await pack(signal);
    });
    app.jobs.schedule(packJob, { cron: '* * * * *', payload: {}, catchUpMs: 5_000 });
    await app.register(analyticsRoutes, {
      dashboard: createDashboard({ reader, calls, currency, timeZone, now }),
    });
  },
  { name: 'analytics', dependencies: ['store', 'auth', 'jobs'] },
);
