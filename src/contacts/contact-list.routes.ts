import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { AppError } from '../errors.ts';
import { defineJob } from '../jobs/queue.ts';
import { asListQuery, sparseItems } from '../ops/list-routes.ts';
import { errors, Id, ListOf, listQuery, Strict, sortQuery, Timestamp } from '../ops/schemas.ts';
import type { ContactListRepository } from './contact-list-repository.ts';
import type { ContactRepository } from './contact-repository.ts';

const ListSchema = Strict({
  id: Id,
  name: Type.String(),
  description: Type.String(),
  createdAt: Timestamp,
});

const example = {
  id: '6740a1b2c3d4e5f607182950',
  name: 'Spring offer',
  description: 'Asked for a quote in March',
  createdAt: '2026-11-20T13:30:00.000Z',
};

const Name = Type.String({ minLength: 1, maxLength: 120, pattern: '\\S' });
const Description = Type.String({ maxLength: 1000 });
const OneList = Strict({ list: ListSchema }, { examples: [{ list: example }] });
const OneId = Strict({ id: Id });

const leaveJob = defineJob('contacts.leave-list', {
  payload: Type.Object({ listId: Type.String() }, { additionalProperties: false }),
  timeLimitMs: 30 * 60_000,
});

/** Named sets of people. */
export const contactListRoutes: FastifyPluginAsyncTypebox<{
  lists: ContactListRepository;
  contacts: ContactRepository;
}> = async (app, { lists, contacts }) => {
  app.jobs.process(leaveJob, async ({ listId }, { signal }) => {
    await lists.remove(listId);
    while ((await contacts.leaveList(listId)) > 0) signal.throwIfAborted();
  });

  const known = async (id: string) => {
    const list = await lists.findById(id);
    if (!list) throw new AppError('NOT_FOUND', 'There is no contact list with this id');
    return list;
  };

  app.get(
    '/api/contact-lists',
    {
      config: { access: 'contacts:read' },
      ...sparseItems,
      schema: {
        tags: ['contacts'],
        summary: 'List contact lists',
        querystring: Strict({ ...listQuery, ...sortQuery('createdAt', 'name') }),
        response: { 200: ListOf(ListSchema), ...errors(400, 401, 403) },
      },
    },
    async (request, reply) => reply.send((await lists.listForApi(asListQuery(request.query))) as never),
  );

  app.post(
    '/api/contact-lists',
    {
      config: { access: 'contacts:write', audit: 'contact-list.add' },
      schema: {
        tags: ['contacts'],
        summary: 'Make a contact list',
        body: Strict(
          { name: Name, description: Type.Optional(Description) },
          { examples: [{ name: example.name, description: example.description }] },
        ),
        response: { 201: OneList, ...errors(400, 401, 403, 409) },
      },
    },
    async (request, reply) => {
      const { name, description = '' } = request.body;
      const list = lists.toApi(await takenName(lists.add(name.trim(), description)));
      request.trail({ target: { type: 'contact-list', id: list.id } });
      return reply.code(201).send({ list });
    },
  );

  app.get(
    '/api/contact-lists/:id',
    {
      config: { access: 'contacts:read' },
      schema: {
        tags: ['contacts'],
        summary: 'One contact list and how many are on it',
        params: OneId,
        response: {
          200: Strict({ list: ListSchema, size: Type.Integer() }, { examples: [{ list: example, size: 1200 }] }),
          ...errors(401, 403, 404),
        },
      },
    },
    async request => {
      const list = await known(request.params.id);
      return { list: lists.toApi(list), size: await contacts.sizeOfList(list._id) };
    },
  );

  for (const method of ['PATCH', 'PUT'] as const) {
    app.route({
      method,
      url: '/api/contact-lists/:id',
      config: { access: 'contacts:write', audit: 'contact-list.change' },
      schema: {
        tags: ['contacts'],
        summary: 'Rename or describe a contact list',
        params: OneId,
        body: Strict(
          { name: Type.Optional(Name), description: Type.Optional(Description) },
          { minProperties: 1, examples: [{ name: example.name }] },
        ),
        response: { 200: OneList, ...errors(400, 401, 403, 404, 409) },
        ...(method === 'PUT' ? { hide: true } : {}),
      },
      handler: async request => {
        const { id } = request.params as { id: string };
        const { name, description } = request.body as { name?: string; description?: string };
        await known(id);
        const changed = await takenName(
          lists.rename(id, {
            ...(name === undefined ? {} : { name: name.trim() }),
            ...(description === undefined ? {} : { description }),
          }),
        );
        request.trail({ target: { type: 'contact-list', id } });
        return { list: lists.toApi(changed) };
      },
    });
  }

  app.delete(
    '/api/contact-lists/:id',
    {
      config: { access: 'contacts:delete', audit: 'contact-list.delete' },
      schema: {
        tags: ['contacts'],
        summary: 'Delete a contact list',
        description: 'The people on it stay; they leave the list, which may take a moment.',
        params: OneId,
        response: { 200: Strict({ deleted: Type.Boolean() }), ...errors(401, 403, 404) },
      },
    },
    async request => {
      const { id } = request.params;
      await known(id);
      // Promised first: a crash in between leaves no list that half of its people left.
      await app.jobs.enqueue(leaveJob, { listId: id }, { dedupeKey: id });
      await lists.remove(id);
      request.trail({ target: { type: 'contact-list', id } });
      return { deleted: true };
    },
  );
};

/** The index compares names without capitals; the client knows of the name alone. */
async function takenName<R>(write: Promise<R>): Promise<R> {
  return write.catch(error => {
    if (!(error instanceof AppError && error.code === 'DUPLICATE')) throw error;
    throw new AppError('DUPLICATE', 'There is a contact list of this name already', {
      details: [{ field: 'name', problem: 'is already taken' }],
      cause: error,
    });
  });
}
