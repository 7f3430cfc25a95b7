import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { maskedPhone, withoutPeople } from '../calls/call-mask-protocol.ts';
import type { Contacts } from '../contacts/contacts.types.ts';
import { asListQuery, sparseItems } from '../ops/list-routes.ts';
import { errors, Id, listQuery, OneOf, Strict, sortQuery, Timestamp } from '../ops/schemas.ts';
import { campaignTarget } from './campaign.routes.ts';
import type { CampaignCallbacks } from './campaign-callbacks.ts';
import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import type { CampaignPeople } from './campaign-people.ts';
import { NextPeopleAnswer, OnePerson, PeopleAnswer, PeopleBody, PeopleReport } from './campaign-schemas.ts';
import type { CampaignService } from './campaign-service.ts';
import { contactStates } from './campaign-state.ts';

export interface CampaignPeopleRouteParts {
  readonly people: CampaignContactRepository;
  readonly contacts: Pick<Contacts, 'byIds'>;
  readonly service: Pick<CampaignService, 'get'>;
  readonly campaignPeople: CampaignPeople;
  readonly callbacks: CampaignCallbacks;
  readonly kick: () => void;
  readonly now: () => Date;
}

const tags = ['campaigns'];
const OneId = Strict({ id: Id });
const PersonIds = Strict({ id: Id, personId: Id });

/** Somebody as whoever asks may see them. */
export function personFor(
  { principal }: Pick<FastifyRequest, 'principal'>,
  person: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  if (principal?.permissions.has('people:see')) return { ...person };
  const { phone, verdict, ...rest } = person;
  return {
    ...rest,
    ...(typeof phone === 'string' ? { phone: maskedPhone(phone) } : {}),
    ...(verdict === undefined ? {} : { verdict: withoutPeople(verdict) }),
  };
}

/** Whom a campaign calls. */
export const campaignPeopleRoutes: FastifyPluginAsyncTypebox<CampaignPeopleRouteParts> = async (
  app,
  { people, contacts, service, campaignPeople, callbacks, kick, now },
) => {
  /** The same with their names, which stand with the contacts alone: people marry, and files have errors. */
  async function named(request: FastifyRequest, items: readonly Readonly<Record<string, unknown>>[]) {
    const ids = items.map(({ contactId }) => contactId).filter(id => typeof id === 'string');
    const sees = request.principal?.permissions.has('people:see') === true;
    const names = new Map((sees ? await contacts.byIds(ids) : []).map(({ id, name }) => [id, name]));
    return items.map(each => ({ ...personFor(request, each), name: names.get(String(each['contactId'])) ?? null }));
  }

  app.get(
    '/api/campaigns/:id/contacts',
    {
      config: { access: 'campaigns:read' },
      ...sparseItems,
      schema: {
        tags,
        summary: 'List the people of a campaign, newest first',
        params: OneId,
        querystring: Strict({
          ...listQuery,
          ...sortQuery('createdAt'),
          state: Type.Optional(OneOf(contactStates)),
          outcome: Type.Optional(Type.String({ maxLength: 40, description: 'Of the last attempt.' })),
        }),
        response: { 200: PeopleAnswer, ...errors(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      await service.get(id);
      const { items, nextCursor } = await people.listForApi(asListQuery({ ...request.query, campaignId: id }));
      // Whoever asks for some fields alone asks for fields of the queue.
      const shown = request.query.fields ? items.map(each => personFor(request, each)) : await named(request, items);
      return reply.send({ items: shown, nextCursor } as never);
    },
  );

  app.get(
    '/api/campaigns/:id/contacts/next',
    {
      config: { access: 'campaigns:read' },
      schema: {
        tags,
        summary: 'Who is called next',
        description:
          'Whoever is due in the order of the queue, and behind them whoever is due soonest. Those who are due may still have to wait for ' +
          'their hours: that is judged when it is their turn.',
        params: OneId,
        querystring: Strict({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50, default: 5 })) }),
        response: { 200: NextPeopleAnswer, ...errors(400, 401, 403, 404) },
      },
    },
    async request => {
      const { id } = request.params;
      await service.get(id);
      const next = await people.nextInQueue(id, now(), request.query.limit ?? 5);
      return {
        items: await named(
          request,
          next.map(each => people.toApi(each)),
        ),
      } as never;
    },
  );

  app.post(
    '/api/campaigns/:id/contacts',
    {
      config: { access: 'campaigns:write', audit: 'campaign.add-people' },
      bodyLimit: 8 * 1024 * 1024,
      schema: {
        tags,
        summary: 'Add up to 1,000 people, or whole lists',
        description:
          'Whoever is no contact yet becomes one. Who is in the campaign already stays as they are, a new priority aside; who was ' +
          'taken out comes back. Lists are followed: whoever joins one later is called, too.',
        params: OneId,
        body: PeopleBody,
        response: { 200: PeopleReport, ...errors(400, 401, 403, 404, 409, 413) },
      },
    },
    async request => {
      const { id } = request.params;
      const { contacts, lists } = request.body;
      const { label, kind, id: whom } = request.principal!;
      if (lists) await campaignPeople.addLists(id, lists, label);
      const report = contacts
        ? await campaignPeople.add(id, contacts, { label, key: `${kind}:${whom}` })
        : { added: 0, merged: 0, rejected: [] };
      const { added, merged, rejected } = report;
      request.trail({
        target: campaignTarget(id),
        after: { added, merged, rejected: rejected.length, ...(lists ? { lists } : {}) },
      });
      kick();
      return { added, merged, rejected: [...rejected] };
    },
  );

  app.delete(
    '/api/campaigns/:id/contacts/:personId',
    {
      config: { access: 'campaigns:write', audit: 'campaign.remove-person' },
      schema: {
        tags,
        summary: 'Take somebody out of the queue',
        description:
          'Their lists do not bring them back; adding them by number does. Refused while they are being called.',
        params: PersonIds,
        response: { 200: Strict({ removed: Type.Boolean() }), ...errors(401, 403, 404, 409) },
      },
    },
    async request => {
      const { id, personId } = request.params;
      await campaignPeople.remove(id, personId, request.principal!.label);
      request.trail({ target: campaignTarget(id), after: { personId } });
      return { removed: true };
    },
  );

  app.post(
    '/api/campaigns/:id/contacts/:personId/requeue',
    {
      config: { access: 'campaigns:write', audit: 'campaign.requeue-person' },
      schema: {
        tags,
        summary: 'Put somebody back into the queue, due now',
        description: 'The rules about dialling hold all the same, with every attempt so far.',
        params: PersonIds,
        response: { 200: OnePerson, ...errors(401, 403, 404, 409) },
      },
    },
    async request => {
      const { id, personId } = request.params;
      const person = await campaignPeople.requeue(id, personId, request.principal!.label);
      request.trail({ target: campaignTarget(id), after: { personId } });
      kick();
      return { contact: (await named(request, [people.toApi(person)]))[0] } as never;
    },
  );

  app.post(
    '/api/campaigns/:id/contacts/:personId/callback',
    {
      config: { access: 'campaigns:run', audit: 'campaign.book-callback' },
      schema: {
        tags,
        summary: 'Book a call for the time somebody asked for',
        description:
          'They go before everybody else at that time, at any hour, as they asked for it; every other rule holds. Who booked it stays in ' +
          'the log. While they are in a call it holds from its end on; a second one takes the place of the first.',
        params: PersonIds,
        body: Strict({ at: Timestamp }, { examples: [{ at: '2027-03-01T17:00:00Z' }] }),
        response: { 200: OnePerson, ...errors(400, 401, 403, 404, 409) },
      },
    },
    async request => {
      const { id, personId } = request.params;
      const at = new Date(request.body.at);
      const person = await callbacks.book(id, personId, at, request.principal!.label);
      request.trail({ target: campaignTarget(id), after: { personId, at: at.toISOString() } });
      return { contact: (await named(request, [people.toApi(person)]))[0] } as never;
    },
  );

  app.delete(
    '/api/campaigns/:id/contacts/:personId/callback',
    {
      config: { access: 'campaigns:run', audit: 'campaign.undo-callback' },
      schema: {
        tags,
        summary: 'Take a booked call back',
        description:
          'Whoever was called before is due as the retry rules say, counted from now, or done; everybody else is due now.',
        params: PersonIds,
        response: { 200: OnePerson, ...errors(401, 403, 404, 409) },
      },
    },
    async request => {
      const { id, personId } = request.params;
      const person = await callbacks.undo(id, personId, request.principal!.label);
      request.trail({ target: campaignTarget(id), after: { personId } });
      kick();
      return { contact: (await named(request, [people.toApi(person)]))[0] } as never;
    },
  );
};
