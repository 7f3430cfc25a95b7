import fp from 'fastify-plugin';
import { campaignAdminRoutes } from './campaign-admin.routes.ts';
import { type CampaignAdmin, createCampaignAdmin } from './campaign-admin.ts';
import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import type { CampaignEventRepository } from './campaign-event-repository.ts';
import { createCampaignMending, type MendingOptions } from './campaign-mending.ts';
import type { CampaignRepository } from './campaign-repository.ts';
import type { JudgeParts } from './judge-source.ts';

export interface CampaignAdminPluginOptions {
  readonly campaigns: CampaignRepository;
  readonly people: CampaignContactRepository;
  readonly entries: CampaignEventRepository;
  readonly budgets: MendingOptions['budgets'];
  readonly tally: MendingOptions['tally'];
  readonly figures: MendingOptions['figures'];
  readonly stop: (id: string, by: string) => Promise<unknown>;
  readonly complete: (id: string) => Promise<boolean>;
  readonly calls: JudgeParts['calls'];
  readonly suppressions: JudgeParts['suppressions'];
  readonly contacts: JudgeParts['contacts'];
  readonly killSwitchTurns: JudgeParts['killSwitchTurns'];
  readonly now: () => Date;
}

declare module 'fastify' {
  interface FastifyInstance {
    campaignAdmin: CampaignAdmin & {
      /** What the judge reads, for tests that judge their runs. */
      readonly judge: JudgeParts;
    };
  }
}

/** What operators do about campaigns when something is wrong, and the proof of what was done. */
export const campaignAdminPlugin = fp<CampaignAdminPluginOptions>(
  async (
    app,
    {
      campaigns,
      people,
      entries,
      budgets,
      tally,
      figures,
      stop,
      complete,
      calls,
      suppressions,
      contacts,
      killSwitchTurns,
      now,
    },
  ) => {
    const { config } = app.operations;
    const admin = createCampaignAdmin({ campaigns, people, killSwitch: app.killSwitch, stop, now });
    const judge: JudgeParts = {
      campaigns,
      people,
      entries,
      calls,
      suppressions,
      contacts,
      killSwitchTurns,
      installation: {
        callsPerSecond: config.TWILIO_CPS,
        caps: { perDay: config.CALLS_PER_NUMBER_PER_DAY, perWeek: config.CALLS_PER_NUMBER_PER_WEEK },
      },
      now,
    };
    const mending = createCampaignMending({
      campaigns,
      people,
      calls: app.campaignCalls,
      carrier: app.carrier,
      places: app.callPlaces,
      budgets,
      tally,
      figures,
      numberOf: calls.numberOf,
      complete,
      now,
    });
    app.decorate('campaignAdmin', { ...admin, judge });
    await app.register(campaignAdminRoutes, { admin, judge, mending });
  },
  { name: 'campaign-admin', dependencies: ['auth', 'settings', 'calls', 'telephony'] },
);
