import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { withoutPeople } from '../calls/call-mask-protocol.ts';
import { errors, Id, ListOf, listQuery, Nullable, OneOf, Strict, Timestamp } from '../ops/schemas.ts';
import type { Stored } from '../store/schema.ts';
import type { CampaignContact } from './campaign-contact-document.ts';
import type { Campaign } from './campaign-document.ts';
import type { CampaignEventRepository } from './campaign-event-repository.ts';
import { personFor } from './campaign-people.routes.ts';
import { personView } from './campaign-person-view.ts';
import { EntrySchema, PersonSchema } from './campaign-schemas.ts';
import { campaignStates } from './campaign-state.ts';
import { personStanding } from './person-standing.ts';

export interface ContactCampaignsParts {
  readonly people: { ofContact(contactId: string): Promise<Stored<CampaignContact>[]> };
  readonly campaigns: { findById(id: string): Promise<Stored<Campaign> | null> };
  readonly entries: Pick<CampaignEventRepository, 'ofPerson' | 'toApi'>;
  readonly now: () => Date;
}

const params = Strict({ id: Id });
const TimelineItem = Strict({
  campaign: Strict({ id: Id, name: Nullable(Type.String({ description: 'Null when the campaign was deleted.' })) }),
  entry: EntrySchema,
});

/** Which campaigns somebody is in, why they are not being called and when they will be, and what happened so far. */
export const contactCampaignsRoutes: FastifyPluginAsyncTypebox<ContactCampaignsParts> = async (
  app,
  { people, campaigns, entries, now },
) => {
  app.get(
    '/api/contacts/:id/campaigns',
    {
      config: { access: 'campaigns:read' },
      schema: {
        tags: ['campaigns'],
        summary: 'Every campaign a contact is in, why they are not being called there, and when they will be',
        description: 'Somebody whom no campaign has, or whom nobody knows, is in none.',
        params,
        response: {
          200: Strict({
            items: Type.Array(
              Strict({
                campaign: Strict({ id: Id, name: Type.String(), state: OneOf(campaignStates) }),
                person: PersonSchema,
                why: Type.String({ description: 'Why they are not being called at this moment, in words.' }),
                nextAt: Nullable(Timestamp),
              }),
            ),
          }),
          ...errors(400, 401, 403),
        },
      },
    },
    async request => {
      const items = [];
      for (const person of await people.ofContact(request.params.id)) {
        const campaign = await campaigns.findById(person.campaignId.toHexString());
        // A campaign that was deleted lets its people go a moment later.
        if (!campaign) continue;
        const { name, state } = campaign;
        const { why, nextAt } = personStanding(campaign, person, now());
        items.push({
          campaign: { id: campaign._id.toHexString(), name, state },
          person: personFor(request, personView(person)),
          why: request.principal?.permissions.has('people:see') ? why : withoutPeople(why),
          nextAt: nextAt?.toISOString() ?? null,
        });
      }
      return { items } as never;
    },
  );

  app.get(
    '/api/contacts/:id/campaigns/timeline',
    {
      config: { access: 'campaigns:read' },
      schema: {
        tags: ['campaigns'],
        summary: 'What campaigns did about a contact, newest first',
        description: 'Entries of all campaigns’ logs that are about them, also of campaigns that were deleted.',
        params,
        querystring: Strict({ limit: listQuery.limit, cursor: listQuery.cursor }),
        response: { 200: ListOf(TimelineItem), ...errors(400, 401, 403) },
      },
    },
    async request => {
      const { limit, cursor } = request.query;
      const { items, nextCursor } = await entries.ofPerson(request.params.id, cursor, limit);
      const names = new Map<string, string | null>();
      for (const id of new Set(items.map(({ campaignId }) => campaignId.toHexString())))
        names.set(id, (await campaigns.findById(id))?.name ?? null);
      const shown = items.map(entry => {
        const id = entry.campaignId.toHexString();
        return { campaign: { id, name: names.get(id) ?? null }, entry: entries.toApi(entry) };
      });
      return { items: shown, nextCursor } as never;
    },
  );
};
