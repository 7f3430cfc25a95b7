import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { asListQuery, sparseItems } from '../ops/list-routes.ts';
import { errors, Id, ListOf, listQuery, Nullable, OneOf, Strict, sortQuery, Timestamp } from '../ops/schemas.ts';
import { deliveryStates, type HookDeliveryRepository } from './delivery-repository.ts';
import type { HookService } from './hook-service.ts';
import { hookEvents } from './hooks-events.ts';
import type { HookSubscriptionRepository } from './subscription-repository.ts';

const Events = Type.Array(OneOf(hookEvents), { minItems: 1, maxItems: hookEvents.length });
const Url = Type.String({ minLength: 1, maxLength: 2000, description: 'An https address in the open Internet.' });
const Description = Type.String({ maxLength: 200 });

const Hook = Strict({
  id: Id,
  url: Type.String(),
  description: Type.String(),
  events: Type.Array(Type.String()),
  enabled: Type.Boolean(),
  problem: Nullable(Type.String({ description: 'Why it was switched off, when we did it.' })),
  createdAt: Timestamp,
});
const dayMs = 86_400_000;

const Listed = Strict({
  ...Hook.properties,
  newest: Nullable(
    Strict(
      { event: Type.String(), state: OneOf(deliveryStates), at: Timestamp },
      { description: 'Its newest message.' },
    ),
  ),
  waitingSince: Nullable(Timestamp),
  lastDay: Strict(
    { delivered: Type.Integer(), givenUp: Type.Integer() },
    { description: 'What came of the messages of the last 24 hours; the others wait.' },
  ),
});
const Delivery = Strict({
  id: Id,
  subscriptionId: Id,
  event: Type.String(),
  state: OneOf(deliveryStates),
  payload: Nullable(Type.String({ description: 'The signed text; null after erasing.' })),
  tries: Type.Array(
    Strict({
      at: Timestamp,
      status: Nullable(Type.Integer()),
      ms: Type.Integer(),
      problem: Nullable(Type.String()),
    }),
  ),
  createdAt: Timestamp,
});

const example = { url: 'https://crm.example.com/parley', events: ['call.ended'], description: 'our CRM' };
const WithSecret = Strict({
  hook: Hook,
  secret: Type.String({ description: 'Checks our signatures; shown this once.' }),
});
const ById = Strict({ id: Id });

export interface HookRoutesOptions {
  readonly service: HookService;
  readonly subscriptions: HookSubscriptionRepository;
  readonly deliveries: HookDeliveryRepository;
}

/** Outgoing webhooks: who is told, what was sent, and what came of it. */
export const hookRoutes: FastifyPluginAsyncTypebox<HookRoutesOptions> = async (
  app,
  { service, subscriptions, deliveries },
) => {
  const tags = ['webhooks'];
  const target = (id: string) => ({ target: { type: 'hook', id } });
  /** How delivering to it goes, from the two messages that tell it and the day's counts. */
  const standing = async (id: string) => {
    const since = new Date(Date.now() - dayMs);
    const [newest, waiting, delivered, givenUp] = await Promise.all([
      deliveries.newestFor(id),
      deliveries.nextFor(id),
      deliveries.countSince(id, 'delivered', since),
      deliveries.countSince(id, 'dead', since),
    ]);
    return {
      lastDay: { delivered, givenUp },
      newest: newest && { event: newest.event, state: newest.state, at: newest.createdAt.toISOString() },
      waitingSince: waiting?.createdAt.toISOString() ?? null,
    };
  };

  app.get(
    '/api/hooks',
    {
      config: { access: 'hooks:read' },
      ...sparseItems,
      schema: {
        tags,
        summary: 'List outgoing webhooks, with how delivering to them goes',
        description: 'How delivering goes is left out where `fields` are chosen.',
        querystring: Strict({ ...listQuery, ...sortQuery('createdAt') }),
        response: { 200: ListOf(Listed), ...errors(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const page = await subscriptions.listForApi(asListQuery(request.query));
      if (request.query.fields !== undefined) return reply.send(page as never);
      const items = await Promise.all(
        page.items.map(async hook => ({ ...hook, ...(await standing(String(hook['id']))) })),
      );
      return reply.send({ ...page, items } as never);
    },
  );

  app.post(
    '/api/hooks',
    {
      config: { access: 'hooks:write', audit: 'hook.create' },
      schema: {
        tags,
        summary: 'Tell another system what happens',
        description:
          'Messages follow Standard Webhooks: `webhook-id`, `webhook-timestamp` and `webhook-signature` headers, signed with ' +
          'the secret of the answer. They come in order, at least once, for 24 hours; the id tells repetitions.',
        body: Strict({ url: Url, events: Events, description: Type.Optional(Description) }, { examples: [example] }),
        response: { 201: WithSecret, ...errors(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { hook, secret } = await service.add(request.body);
      const id = hook._id.toHexString();
      request.trail({ ...target(id), after: { events: [...hook.events] } });
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ hook: subscriptions.toApi(hook) as never, secret });
    },
  );

  app.get(
    '/api/hooks/:id',
    {
      config: { access: 'hooks:read' },
      schema: {
        tags,
        summary: 'One webhook',
        params: ById,
        response: { 200: Strict({ hook: Hook }), ...errors(401, 403, 404) },
      },
    },
    async request => ({ hook: subscriptions.toApi(await service.get(request.params.id)) as never }),
  );

  app.route({
    method: ['PATCH', 'PUT'],
    url: '/api/hooks/:id',
    config: { access: 'hooks:write', audit: 'hook.change' },
    schema: {
      tags,
      summary: 'Change a webhook, or switch it on or off',
      params: ById,
      body: Strict(
        {
          url: Type.Optional(Url),
          events: Type.Optional(Events),
          description: Type.Optional(Description),
          enabled: Type.Optional(Type.Boolean()),
        },
        { minProperties: 1, examples: [{ enabled: false }] },
      ),
      response: { 200: Strict({ hook: Hook }), ...errors(400, 401, 403, 404) },
    },
    handler: async request => {
      const hook = await service.change(request.params.id, request.body);
      request.trail({ ...target(request.params.id), after: { changed: Object.keys(request.body) } });
      return { hook: subscriptions.toApi(hook) as never };
    },
  });

  app.delete(
    '/api/hooks/:id',
    {
      config: { access: 'hooks:write', audit: 'hook.remove' },
      schema: {
        tags,
        summary: 'Remove a webhook with its messages',
        params: ById,
        response: { 200: Strict({ removed: Type.Boolean() }), ...errors(401, 403, 404) },
      },
    },
    async request => {
      await service.remove(request.params.id);
      request.trail(target(request.params.id));
      return { removed: true };
    },
  );

  app.post(
    '/api/hooks/:id/rotate-secret',
    {
      config: { access: 'hooks:write', audit: 'hook.rotate-secret' },
      schema: {
        tags,
        summary: 'Make a new secret; for a day messages are signed with both',
        params: ById,
        response: { 200: WithSecret, ...errors(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const { hook, secret } = await service.rotate(request.params.id);
      request.trail(target(request.params.id));
      return reply.header('cache-control', 'no-store').send({ hook: subscriptions.toApi(hook) as never, secret });
    },
  );

  app.post(
    '/api/hooks/:id/test',
    {
      config: { access: 'hooks:write', audit: 'hook.test' },
      schema: {
        tags,
        summary: 'Send a test message; its fate is in the list of deliveries',
        params: ById,
        response: { 202: Strict({ queued: Type.Boolean() }), ...errors(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      await service.test(request.params.id);
      request.trail(target(request.params.id));
      return reply.code(202).send({ queued: true });
    },
  );

  app.get(
    '/api/hooks/:id/deliveries',
    {
      config: { access: 'hooks:read' },
      ...sparseItems,
      schema: {
        tags,
        summary: 'Messages of a webhook with every try, newest first',
        params: ById,
        querystring: Strict({ ...listQuery, ...sortQuery('createdAt'), state: Type.Optional(OneOf(deliveryStates)) }),
        response: { 200: ListOf(Delivery), ...errors(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const hook = await service.get(request.params.id);
      const page = await deliveries.listForApi(
        asListQuery({ ...request.query, subscriptionId: hook._id.toHexString() }),
      );
      return reply.send(page as never);
    },
  );

  app.post(
    '/api/hooks/:id/deliveries/replay',
    {
      config: { access: 'hooks:write', audit: 'hook.replay-given-up' },
      schema: {
        tags,
        summary: 'Send all messages again that were given up',
        description: 'In the order in which they were made, behind nothing that is younger.',
        params: ById,
        response: { 202: Strict({ queued: Type.Integer() }), ...errors(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const queued = await service.replayGivenUp(request.params.id);
      request.trail({ ...target(request.params.id), after: { queued } });
      return reply.code(202).send({ queued });
    },
  );

  app.post(
    '/api/hooks/:id/deliveries/discard',
    {
      config: { access: 'hooks:write', audit: 'hook.discard-given-up' },
      schema: {
        tags,
        summary: 'Remove all messages that were given up',
        description: 'They can never be sent again. What was delivered, or still waits, stays.',
        params: ById,
        response: { 200: Strict({ discarded: Type.Integer() }), ...errors(401, 403, 404) },
      },
    },
    async request => {
      const discarded = await service.discardGivenUp(request.params.id);
      request.trail({ ...target(request.params.id), after: { discarded } });
      return { discarded };
    },
  );

  app.post(
    '/api/hooks/:id/deliveries/:deliveryId/replay',
    {
      config: { access: 'hooks:write', audit: 'hook.replay' },
      schema: {
        tags,
        summary: 'Send a message again',
        params: Strict({ id: Id, deliveryId: Id }),
        response: { 202: Strict({ delivery: Delivery }), ...errors(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const { id, deliveryId } = request.params;
      const delivery = await service.replay(id, deliveryId);
      request.trail({ ...target(id), after: { deliveryId } });
      return reply.code(202).send({ delivery: deliveries.toApi(delivery) as never });
    },
  );
};
