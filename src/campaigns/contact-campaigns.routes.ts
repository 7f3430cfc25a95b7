import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { errors, Id, OneOf, Strict } from '../ops/schemas.ts';
import type { Stored } from '../store/schema.ts';
import type { CampaignContact } from './campaign-contact-repository.ts';
import type { Campaign } from './campaign-document.ts';
import { personFor } from './campaign-people.routes.ts';
import { personView } from './campaign-person-view.ts';
import { PersonSchema } from './campaign-schemas.ts';
import { campaignStates } from './campaign-state.ts';

/** Which campaigns somebody is in, and why they are not being called. */
export const contactCampaignsRoutes: FastifyPluginAsyncTypebox<{
  readonly people: { ofContact(contactId: string): Promise<Stored<CampaignContact>[]> };
  readonly campaigns: { findById(id: string): Promise<Stored<Campaign> | null> };
}> = async (app, { people, campaigns }) => {
  app.get(
    '/api/contacts/:id/campaigns',
    {
      config: { access: 'campaigns:read' },
      schema: {
        tags: ['campaigns'],
        summary: 'Every campaign a contact is in, with where they stand in it',
        description: 'Somebody whom no campaign has, or whom nobody knows, is in none.',
        params: Strict({ id: Id }),
        response: {
          200: Strict({
            items: Type.Array(
              Strict({
                campaign: Strict({ id: Id, name: Type.String(), state: OneOf(campaignStates) }),
                person: PersonSchema,
              }),
            ),
          }),
          ...errors(400, 401, 403),
        },
      },
    },
    async request => {
      const entries = await people.ofContact(request.params.id);
      const items = [];
      for (const entry of entries) {
        const campaign = await campaigns.findById(entry.campaignId.toHexString());
        // A campaign that was deleted lets its people go a moment later.
        if (!campaign) continue;
        const { name, state } = campaign;
        items.push({
          campaign: { id: campaign._id.toHexString(), name, state },
          person: personFor(request, personView(entry)),
        });
      }
      return { items } as never;
    },
  );
};
