import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { asListQuery, sparseItems } from '../ops/list-routes.ts';
import { errors, Id, ListOf, listQuery, OneOf, Strict, sortQuery } from '../ops/schemas.ts';
import type { Stored } from '../store/schema.ts';
import type { CampaignWishes } from './campaign-check.ts';
import type { Campaign } from './campaign-document.ts';
import type { CampaignEventRepository } from './campaign-event-repository.ts';
import type { CampaignControl } from './campaign-moves.ts';
import type { CampaignProgress, ListedCampaign } from './campaign-progress.ts';
import type { CampaignRepository } from './campaign-repository.ts';
import {
  CampaignChange,
  CampaignListAnswer,
  EntrySchema,
  NewCampaign,
  OneCampaign,
  OtherPace,
  PauseBody,
  StatsAnswer,
} from './campaign-schemas.ts';
import type { CampaignService, Changer } from './campaign-service.ts';
import { campaignStates } from './campaign-state.ts';

export interface CampaignRouteParts {
  readonly repository: CampaignRepository;
  readonly entries: CampaignEventRepository;
  readonly service: CampaignService;
  readonly control: CampaignControl;
  readonly stats: CampaignProgress;
  /** Something has to be moved on now. */
  readonly kick: () => void;
}

const tags = ['campaigns'];
/** What lists show of where a campaign stands, and the fields it takes to say so. */
const standingFields: readonly string[] = ['progress', 'estimatedEndAt', 'spend'];
const askedBy = ['id', 'state', 'pace', 'schedule', 'startedAt', 'endedAt'] satisfies (keyof ListedCampaign)[];
const OneId = Strict({ id: Id });
export const campaignTarget = (id: string) => ({ type: 'campaign', id });
const changerOf = ({ principal }: FastifyRequest): Changer => ({ label: principal!.label, role: principal!.role });

/** Campaigns: make them, change them, run them, and read what happened. */
export const campaignRoutes: FastifyPluginAsyncTypebox<CampaignRouteParts> = async (
  app,
  { repository, entries, service, control, stats, kick },
) => {
  const shown = (campaign: Stored<Campaign>) => ({ campaign: repository.toApi(campaign) as never });

  app.get(
    '/api/campaigns',
    {
      config: { access: 'campaigns:read' },
      ...sparseItems,
      schema: {
        tags,
        summary: 'List campaigns, newest first',
        querystring: Strict({
          ...listQuery,
          ...sortQuery('createdAt'),
          state: Type.Optional(OneOf(campaignStates)),
          agentId: Type.Optional(Id),
        }),
        response: { 200: CampaignListAnswer, ...errors(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const query = asListQuery(request.query);
      const { fields } = query;
      const own = fields?.filter(field => !standingFields.includes(field));
      if (own && own.length === fields!.length) return reply.send((await repository.listForApi(query)) as never);
      const page = await repository.listForApi(own ? { ...query, fields: [...new Set([...own, ...askedBy])] } : query);
      const known = await stats.listed(page.items as unknown as ListedCampaign[]);
      const items = page.items
        .map((each): Record<string, unknown> => ({ ...each, ...known.get(each.id!) }))
        .map(each => (fields ? Object.fromEntries(fields.map(field => [field, each[field]])) : each));
      return reply.send({ items, nextCursor: page.nextCursor } as never);
    },
  );

  app.get(
    '/api/campaigns/:id/stats',
    {
      config: { access: 'campaigns:read' },
      schema: {
        tags,
        summary: 'Where a campaign stands',
        description:
          'Counted as people and calls change, never when it is asked for. With another pace in the query, `estimatedEndAt` is as it would be then; nothing is changed.',
        params: OneId,
        querystring: OtherPace,
        response: { 200: StatsAnswer, ...errors(401, 403, 404) },
      },
    },
    async ({ params, query }) => {
      const campaign = await service.get(params.id);
      return { stats: await stats.of({ ...campaign, pace: { ...campaign.pace, ...query } }) } as never;
    },
  );

  app.post(
    '/api/campaigns',
    {
      config: { access: 'campaigns:write', audit: 'campaign.create' },
      schema: {
        tags,
        summary: 'Make a campaign',
        description: 'It is idle until it is started. The class emergency needs an administrator and a written reason.',
        body: NewCampaign,
        response: { 201: OneCampaign, ...errors(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const campaign = await service.create(request.body as never, changerOf(request));
      const { name, contentClass } = campaign;
      request.trail({ target: campaignTarget(campaign._id.toHexString()), after: { name, contentClass } });
      kick();
      return reply.code(201).send(shown(campaign));
    },
  );

  app.get(
    '/api/campaigns/:id',
    {
      config: { access: 'campaigns:read' },
      schema: {
        tags,
        summary: 'Get a campaign',
        params: OneId,
        response: { 200: OneCampaign, ...errors(401, 403, 404) },
      },
    },
    async request => shown(await service.get(request.params.id)),
  );

  for (const method of ['PATCH', 'PUT'] as const) {
    app.route({
      method,
      url: '/api/campaigns/:id',
      config: { access: 'campaigns:write', audit: 'campaign.change' },
      schema: {
        tags,
        summary: method === 'PUT' ? 'The same as PATCH' : 'Change fields of a campaign',
        description:
          'Also while it runs: every process dials by the new settings within a second. Its log keeps what was changed and by whom.',
        params: OneId,
        body: CampaignChange,
        response: { 200: OneCampaign, ...errors(400, 401, 403, 404, 409) },
      },
      handler: async request => {
        const { id } = request.params as { id: string };
        const { version, ...wishes } = request.body as CampaignWishes & { version?: number };
        const { before, after, changed } = await service.change(id, wishes, changerOf(request), version);
        const [was, is] = [repository.toApi(before), repository.toApi(after)];
        const only = (view: Readonly<Record<string, unknown>>) =>
          Object.fromEntries(changed.map(field => [field, view[field] ?? null]));
        request.trail({ target: campaignTarget(id), before: only(was), after: only(is) });
        kick();
        return shown(after);
      },
    });
  }

  app.delete(
    '/api/campaigns/:id',
    {
      config: { access: 'campaigns:delete', audit: 'campaign.delete' },
      schema: {
        tags,
        summary: 'Delete a campaign that is idle, stopped or completed',
        description: 'Its queue goes, which may take a moment. Its calls and its log stay, and calls keep its name.',
        params: OneId,
        response: { 200: Strict({ deleted: Type.Boolean() }), ...errors(401, 403, 404, 409) },
      },
    },
    async request => {
      const { id } = request.params;
      await service.remove(id, changerOf(request));
      request.trail({ target: campaignTarget(id) });
      return { deleted: true };
    },
  );

  type Ask = (id: string, by: string, endCalls: boolean) => Promise<Stored<Campaign>>;
  const moves: [name: string, summary: string, description: string, ask: Ask][] = [
    [
      'start',
      'Start a campaign',
      'Refused with CAMPAIGN_NOT_READY while the preflight finds what must be mended.',
      control.start,
    ],
    [
      'pause',
      'Pause a campaign',
      'Nobody is dialled from here on. Live calls finish, or are ended with `at-once`.',
      control.pauseNow,
    ],
    [
      'resume',
      'Resume a campaign',
      'Goes on where it was, also after an error whose cause was mended.',
      control.resume,
    ],
    [
      'stop',
      'Stop a campaign for good',
      'Nobody is dialled any more. Live calls finish, or are ended with `at-once`.',
      control.stop,
    ],
  ];
  for (const [name, summary, description, ask] of moves) {
    const takesWhen = name === 'pause' || name === 'stop';
    app.post(
      `/api/campaigns/:id/${name}`,
      {
        config: { access: 'campaigns:run', audit: `campaign.${name}` },
        schema: {
          tags,
          summary,
          description,
          params: OneId,
          ...(takesWhen ? { body: PauseBody } : {}),
          response: { 202: OneCampaign, ...errors(400, 401, 403, 404, 409, 422) },
        },
      },
      async (request, reply) => {
        const { id } = request.params as { id: string };
        const { when } = (request.body ?? {}) as { when?: string };
        const endCalls = takesWhen && when === 'at-once';
        const campaign = await ask(id, request.principal!.label, endCalls);
        request.trail({
          target: campaignTarget(id),
          ...(takesWhen ? { after: { when: endCalls ? when : 'after-calls' } } : {}),
        });
        kick();
        return reply.code(202).send(shown(campaign));
      },
    );
  }

  app.get(
    '/api/campaigns/:id/events',
    {
      config: { access: 'campaigns:read' },
      ...sparseItems,
      schema: {
        tags,
        summary: 'What happened in a campaign, newest first',
        description: 'Moves, edits and every decision about a person, in plain language with the data behind it.',
        params: OneId,
        querystring: Strict({
          ...listQuery,
          ...sortQuery('seq'),
          type: Type.Optional(Type.String({ maxLength: 60 })),
          contactId: Type.Optional(Id),
        }),
        response: { 200: ListOf(EntrySchema), ...errors(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      await service.get(id);
      return reply.send((await entries.listForApi(asListQuery({ ...request.query, campaignId: id }))) as never);
    },
  );
};
