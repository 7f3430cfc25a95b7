import fp from 'fastify-plugin';
import type { NumberDirectory } from '../agents/agents.types.ts';
import { AppError } from '../errors.ts';
import type { CampaignRepository } from './campaign-repository.ts';
import { preflightRoutes } from './preflight.routes.ts';
import { type Preflights, reportOn } from './preflight.types.ts';
import { type CampaignCheckParts, campaignChecks } from './preflight-campaign.ts';
import { createEcho, installationChecks } from './preflight-installation.ts';
import { runChecks } from './preflight-runner.ts';

export interface PreflightOptions {
  readonly numbers: NumberDirectory;
  readonly campaigns: Pick<CampaignRepository, 'findById' | 'running'>;
  readonly sample: CampaignCheckParts['sample'];
  readonly money: CampaignCheckParts['money'];
  readonly askAbout: CampaignCheckParts['askAbout'];
  readonly standardVariables: readonly string[];
  readonly now: () => Date;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Looks at what must be in order before calls are placed. */
    preflight: Preflights;
  }
}

/** No call has this id. */
const nobodysCall = '0'.repeat(24);

/** What must be mended before calls are placed, with the remedy for each: for the installation, and for a campaign. */
export const preflightPlugin = fp<PreflightOptions>(
  async (app, { numbers, campaigns, sample, money, askAbout, standardVariables, now }) => {
    const { config, logging, dependencies } = app.operations;
    const logger = logging.component('preflight');
    const { carrier, agent } = app.farEnds;
    const proofOf = createEcho(app.settings);
    const onFailure = (check: string, err: unknown) => logger.warn({ err, check }, 'a check could not be made');
    const installation = installationChecks({
      carrier: app.carrier,
      engines: app.engines,
      numbers,
      killSwitch: app.killSwitch,
      dependencies,
      webhookSecret: agent.webhookSecret !== undefined,
      reach: {
        direct: carrier.sandbox,
        serverUrl: config.SERVER_URL,
        addressOf: path => app.publicAddress.http(path),
        signedAddress: () => app.carrierAddresses.streamStatus(nobodysCall),
        accountSid: carrier.accountSid,
        authToken: carrier.authToken,
        proofOf,
      },
    });
    const parts: CampaignCheckParts = {
      agents: app.agents,
      engines: app.engines,
      numbers,
      config,
      running: () => campaigns.running(),
      sample,
      money,
      askAbout,
      abandonment: (id, since) => app.campaignCalls.abandonment(id, since),
      standardVariables,
      now,
    };
    const preflight: Preflights = {
      ofCampaign: async id => {
        const campaign = await campaigns.findById(id);
        if (!campaign) throw new AppError('NOT_FOUND', 'There is no campaign with this id.');
        return reportOn(await runChecks([...installation, ...campaignChecks(campaign, parts)], onFailure), now());
      },
      ofInstallation: async () => reportOn(await runChecks(installation, onFailure), now()),
    };
    app.decorate('preflight', preflight);
    await app.register(preflightRoutes, { preflight, proofOf });
  },
  { name: 'preflight', dependencies: ['settings', 'telephony', 'engines', 'auth', 'agents'] },
);
