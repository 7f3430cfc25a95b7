import fp from 'fastify-plugin';
import { costOf, estimatedParts, type PriceTable } from '../calls/cost-protocol.ts';
import { dryRunRoutes } from './dry-run.routes.ts';
import type { DryRunParts } from './dry-run-source.ts';

export interface DryRunPluginOptions extends Omit<DryRunParts, 'settings' | 'costOf' | 'currency'> {
  readonly prices: PriceTable;
}

declare module 'fastify' {
  interface FastifyInstance {
    dryRuns: DryRunParts;
  }
}

/** In which of these something is paid for. */
const answered: ReadonlySet<string> = new Set(['conversation', 'voicemail', 'message-left']);

/** What a campaign would do, hour by hour, without calling anybody. */
export const dryRunPlugin = fp<DryRunPluginOptions>(
  async (app, { prices, ...parts }) => {
    const { config } = app.operations;
    const runs: DryRunParts = {
      ...parts,
      currency: prices.currency,
      costOf: (to, outcome, seconds) => {
        const facts = {
          direction: 'outbound',
          to,
          answered: answered.has(outcome),
          seconds,
          amd: true,
          recorded: false,
          engine: 'elevenlabs',
        } as const;
        return costOf(estimatedParts(facts, prices), prices).micros / 1_000_000;
      },
      settings: {
        caps: { perDay: config.CALLS_PER_NUMBER_PER_DAY, perWeek: config.CALLS_PER_NUMBER_PER_WEEK },
        registrations: (config.SELLER_REGISTRATIONS ?? []).map(each => ({
          region: `US-${each.slice(0, 2)}`,
          documentDate: each.slice(3),
        })),
        defaultCountry: config.DEFAULT_COUNTRY,
        allowedCountries: config.ALLOWED_COUNTRIES,
        accountCallsPerSecond: config.TWILIO_CPS,
        maxMinutes: config.MAX_CALL_MINUTES,
      },
    };
    app.decorate('dryRuns', runs);
    await app.register(dryRunRoutes, { runs });
  },
  { name: 'dry-run', dependencies: ['auth'] },
);
