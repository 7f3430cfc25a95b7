import fp from 'fastify-plugin';
import { Type } from 'typebox';
import type { NumberDirectory } from '../agents/agents.types.ts';
import type { Calls } from '../calls/calls.types.ts';
import type { Contacts } from '../contacts/contacts.types.ts';
import { AppError } from '../errors.ts';
import { defineJob } from '../jobs/queue.ts';
import { campaignRoutes } from './campaign.routes.ts';
import { createCampaignCheck } from './campaign-check.ts';
import { CampaignContactRepository } from './campaign-contact-repository.ts';
import { CampaignEventRepository } from './campaign-event-repository.ts';
import { createCampaignLog } from './campaign-log.ts';
import { type CampaignControl, createCampaignMoves } from './campaign-moves.ts';
import { campaignPeopleRoutes } from './campaign-people.routes.ts';
import { createCampaignPeople } from './campaign-people.ts';
import { CampaignRepository } from './campaign-repository.ts';
import { createCampaignService } from './campaign-service.ts';
import { createCampaignTender } from './campaign-tender.ts';
import type { Preflight } from './campaigns.types.ts';
import { contactCampaignsRoutes } from './contact-campaigns.routes.ts';
import { createListFiller } from './list-filler.ts';
import { ListMarkRepository } from './list-mark-repository.ts';

export interface CampaignsOptions {
  readonly numbers: Pick<NumberDirectory, 'mayCallFrom'>;
  readonly contacts: Contacts;
  readonly calls: Pick<Calls, 'end'>;
  readonly preflight?: Preflight;
  readonly now: () => Date;
}

declare module 'fastify' {
  interface FastifyInstance {
    campaigns: CampaignControl & {
      readonly repository: CampaignRepository;
      readonly people: CampaignContactRepository;
      readonly entries: CampaignEventRepository;
    };
  }
}

const clearJob = defineJob('campaigns.clear-queue', {
  payload: Type.Object({ campaignId: Type.String() }, { additionalProperties: false }),
  timeLimitMs: 30 * 60_000,
  maxAttempts: 20,
});

/** Campaigns: whom to call, how and when, and what became of it. */
export const campaignsPlugin = fp<CampaignsOptions>(
  async (app, { numbers, contacts, calls, preflight, now }) => {
    const { config, logging, events, processId } = app.operations;
    const logger = logging.component('campaigns');
    const defaultCountry = config.DEFAULT_COUNTRY;
    const repository = new CampaignRepository(app.store);
    const people = new CampaignContactRepository(app.store);
    const entries = new CampaignEventRepository(app.store);
    const marks = new ListMarkRepository(app.store);
    const log = createCampaignLog({ campaigns: repository, entries, events, logger, now });
    const check = createCampaignCheck({
      agents: app.agents,
      numbers,
      listExists: contacts.hasList,
      defaultCountry,
      currencies: [config.COST_CURRENCY, ...Object.keys(config.CURRENCY_RATES ?? {})],
      mostMinutes: config.MAX_CALL_MINUTES,
    });
    const service = createCampaignService({
      campaigns: repository,
      people,
      check,
      log,
      events,
      jobs: app.jobs,
      clearJob,
      now,
    });
    const campaignPeople = createCampaignPeople({
      campaigns: repository,
      people,
      service,
      contacts,
      check,
      log,
      defaultCountry,
      now,
    });
    const control = createCampaignMoves({
      campaigns: repository,
      people,
      service,
      log,
      fill: createListFiller({ campaigns: repository, people, marks, contacts, log, owner: processId, now }),
      preflight,
      endCall: async (callId, name) => {
        try {
          await calls.end(callId, { kind: 'campaign', id: callId, label: `campaign ${name}` });
        } catch (error) {
          if (!(error instanceof AppError && ['CALL_ENDED', 'CALL_NOT_FOUND'].includes(error.code))) throw error;
        }
      },
      logger,
      now,
    });

    app.jobs.process(clearJob, async ({ campaignId }, { signal }) => {
      if (await repository.findById(campaignId)) return;
      while ((await people.removeSome(campaignId)) > 0) signal.throwIfAborted();
      await marks.removeOf(campaignId);
    });
    contacts.beforeDeleting(campaignPeople.forget);
    app.agents.neededBy(async agentId =>
      (await repository.open())
        .filter(each =>
          [each.agentId, ...each.variants.map(variant => variant.agentId)].some(id => id?.toHexString() === agentId),
        )
        .map(({ name }) => `the campaign ${name}`),
    );

    const tender = createCampaignTender(control.tend, logger);
    app.addHook('onReady', async () => tender.start());
    app.addHook('onClose', () => tender.stop());
    const { kick } = tender;
    app.decorate('campaigns', { ...control, repository, people, entries });
    await app.register(campaignRoutes, { repository, entries, service, control, kick });
    await app.register(campaignPeopleRoutes, { people, service, campaignPeople, kick });
    await app.register(contactCampaignsRoutes, { people, campaigns: repository });
  },
  { name: 'campaigns', dependencies: ['store', 'auth', 'jobs', 'agents', 'contacts'] },
);
