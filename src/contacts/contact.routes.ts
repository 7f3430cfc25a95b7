import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { asListQuery, sparseItems } from '../ops/list-routes.ts';
import { errors, Id, listQuery, Strict, sortQuery } from '../ops/schemas.ts';
import type { ConsentEvidenceRepository } from './consent-evidence-repository.ts';
import { nameKey, reversedDigits } from './contact-document.ts';
import { contactsAsCsv, exportedFields } from './contact-export.ts';
import type { ContactRepository } from './contact-repository.ts';
import {
  BulkContacts,
  BulkReport,
  ConsentEvidenceAnswer,
  ConsentNoteSchema,
  ContactChange,
  ContactListAnswer,
  contactFilters,
  NewContact,
  OneContact,
  WithdrawalSchema,
} from './contact-schemas.ts';
import type { ContactService } from './contact-service.ts';
import { contactFor, needsPeople } from './contact-sight.ts';
import type { ContactView } from './contact-view.ts';
import type { PeopleStanding } from './contacts.types.ts';

export const byWhom = ({ principal }: FastifyRequest): string => `${principal!.kind}:${principal!.id}`;

const target = (id: string) => ({ type: 'contact', id });
const OneId = Strict({ id: Id });

/** Filters as clients write them, in the form that is stored. */
export const contactQuery = <Q extends { name?: string; phone?: string; consent?: string }>({
  name,
  phone,
  consent,
  ...others
}: Q) =>
  asListQuery({
    ...others,
    ...(consent === 'none' ? { noConsent: true } : consent === undefined ? {} : { consent }),
    ...(name === undefined ? {} : { name: { prefix: nameKey(name) } }),
    ...(phone === undefined ? {} : { phone: { prefix: reversedDigits(phone) } }),
  });

/** People: see them, add them, change them, and what they agreed to. */
export const contactRoutes: FastifyPluginAsyncTypebox<{
  repository: ContactRepository;
  service: ContactService;
  evidence: { readonly repository: ConsentEvidenceRepository; hashOf(phone: string): Promise<string> };
  standing: PeopleStanding;
}> = async (app, { repository, service, evidence, standing }) => {
  /** The same with their last and next calls, as far as whoever asks may see calls and campaigns. */
  async function withCalls({ principal }: FastifyRequest, items: readonly Partial<ContactView>[]) {
    const ids = items.map(({ id }) => id!);
    const [last, next] = await Promise.all([
      principal?.permissions.has('calls:read') ? standing.lastCalls(ids) : undefined,
      principal?.permissions.has('campaigns:read') ? standing.nextCalls(ids) : undefined,
    ]);
    return items.map(each => ({
      ...each,
      lastCall: last?.get(each.id!) ?? null,
      nextCall: next?.get(each.id!) ?? null,
    }));
  }

  app.get(
    '/api/contacts',
    {
      config: { access: 'contacts:read' },
      ...sparseItems,
      schema: {
        tags: ['contacts'],
        summary: 'List contacts',
        querystring: Strict({ ...listQuery, ...sortQuery('createdAt', 'lastName'), ...contactFilters }),
        response: { 200: ContactListAnswer, ...errors(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { name, phone, sort } = request.query;
      if (name !== undefined || phone !== undefined || sort?.endsWith('lastName'))
        needsPeople(request, 'Finding people by name or number');
      const { items, nextCursor } = await repository.listForApi(contactQuery(request.query));
      const seen = items.map(each => contactFor(request, { ...each }));
      // Whoever asks for some fields alone asks for fields of the record.
      const shown = request.query.fields === undefined && seen.length > 0 ? await withCalls(request, seen) : seen;
      return reply.send({ items: shown, nextCursor } as never);
    },
  );

  app.post(
    '/api/contacts',
    {
      config: { access: 'contacts:write', audit: 'contact.add' },
      schema: {
        tags: ['contacts'],
        summary: 'Add a contact',
        description:
          'One contact per number: a number that is known already is merged and answered with 200. Newer values win unless they are ' +
          'empty, tags, lists and custom fields are united, and no consent or withdrawal is lost.',
        body: NewContact,
        response: { 200: OneContact, 201: OneContact, ...errors(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { contact, added } = await service.addOne(request.body, byWhom(request));
      const shown = repository.toApi(contact);
      request.trail({ target: target(shown.id), after: { added, fields: Object.keys(request.body) } });
      return reply.code(added ? 201 : 200).send({ contact: contactFor(request, { ...shown }) } as never);
    },
  );

  app.post(
    '/api/contacts/bulk',
    {
      config: { access: 'contacts:write', audit: 'contact.add-many' },
      // A thousand people with many custom fields each.
      bodyLimit: 8 * 1024 * 1024,
      schema: {
        tags: ['contacts'],
        summary: 'Add up to 1,000 contacts',
        description: 'Entries that are wrong are told by index; the others are added or merged.',
        body: BulkContacts,
        response: { 200: BulkReport, ...errors(400, 401, 403, 413) },
      },
    },
    async request => {
      const { contacts, lists = [], tags = [] } = request.body;
      const report = await service.add(contacts, { lists, tags, origin: 'api', by: byWhom(request) });
      const { added, merged, rejected } = report;
      request.trail({ after: { added, merged, rejected: rejected.length } });
      return { added, merged, rejected: [...rejected] };
    },
  );

  app.get(
    '/api/contacts/export',
    {
      config: { access: ['contacts:export', 'people:see'], audit: 'contacts.export' },
      schema: {
        tags: ['contacts'],
        summary: 'Export contacts as CSV, newest first',
        description:
          'Takes the filters of the list, and as many contacts as there are. Free text that a spreadsheet would take for a formula is ' +
          'led by an apostrophe, which the import takes off again.',
        querystring: Strict({
          ...contactFilters,
          fields: Type.Optional(
            Type.String({
              pattern: `^(${exportedFields.join('|')})(,(${exportedFields.join('|')}))*$`,
              description: `Only these columns: ${exportedFields.join(', ')}.`,
            }),
          ),
        }),
        response: {
          200: {
            description: 'One line per contact, the first one names the columns.',
            content: { 'text/csv': { schema: Type.String() } },
          },
          ...errors(400, 401, 403),
        },
      },
    },
    async (request, reply) => {
      const { fields, ...filters } = request.query;
      const query = contactQuery(filters);
      // A filter that is wrong is answered before the first line.
      await repository.list({ ...query, limit: 1 });
      async function* pages() {
        for (let cursor: string | null | undefined; cursor !== null; ) {
          const page = await repository.listForApi({ ...query, limit: 200, ...(cursor ? { cursor } : {}) });
          yield page.items;
          cursor = page.nextCursor;
        }
      }
      request.trail({ after: { filters: Object.keys(filters), fields: fields ?? 'all' } });
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="contacts.csv"')
        .header('cache-control', 'no-store')
        .send(Readable.from(contactsAsCsv(pages(), fields?.split(',')), { objectMode: false }) as never);
    },
  );

  app.get(
    '/api/contacts/:id',
    {
      config: { access: 'contacts:read' },
      schema: {
        tags: ['contacts'],
        summary: 'One contact, with the history of its consent',
        params: OneId,
        response: { 200: OneContact, ...errors(401, 403, 404) },
      },
    },
    async request =>
      ({ contact: contactFor(request, { ...repository.toApi(await service.get(request.params.id)) }) }) as never,
  );

  for (const method of ['PATCH', 'PUT'] as const) {
    app.route({
      method,
      url: '/api/contacts/:id',
      config: { access: 'contacts:write', audit: 'contact.change' },
      schema: {
        tags: ['contacts'],
        summary: 'Change a contact',
        description: 'Null and empty texts clear a field. Tags and lists are replaced, custom fields one by one.',
        params: OneId,
        body: ContactChange,
        response: { 200: OneContact, ...errors(400, 401, 403, 404, 409) },
        ...(method === 'PUT' ? { hide: true } : {}),
      },
      handler: async request => {
        const { id } = request.params as { id: string };
        const contact = await service.change(id, request.body as Record<string, unknown>);
        request.trail({ target: target(id), after: { fields: Object.keys(request.body as object) } });
        return { contact: contactFor(request, { ...repository.toApi(contact) }) } as never;
      },
    });
  }

  app.delete(
    '/api/contacts/:id',
    {
      config: { access: 'contacts:delete', audit: 'contact.delete' },
      schema: {
        tags: ['contacts'],
        summary: 'Delete a contact',
        description:
          'Takes it out of every queue first. Its calls stay without the name, its suppressions stay, and what it had agreed to is ' +
          'kept for five years under the keyed hash of its number.',
        params: OneId,
        response: { 200: Strict({ deleted: Type.Boolean() }), ...errors(401, 403, 404, 409) },
      },
    },
    async request => {
      await service.remove(request.params.id);
      request.trail({ target: target(request.params.id) });
      return { deleted: true };
    },
  );

  app.post(
    '/api/contacts/:id/consents',
    {
      config: { access: 'contacts:write', audit: 'contact.consent' },
      schema: {
        tags: ['contacts'],
        summary: 'Write down a consent',
        description:
          'Added to the history. What counts is the stronger, then the newer, of all given after the last withdrawal.',
        params: OneId,
        body: ConsentNoteSchema,
        response: { 201: OneContact, ...errors(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const contact = await service.noteConsent(id, { event: 'given', ...request.body }, byWhom(request));
      request.trail({ target: target(id), after: { kind: request.body.kind } });
      return reply.code(201).send({ contact: contactFor(request, { ...repository.toApi(contact) }) } as never);
    },
  );

  app.post(
    '/api/contacts/:id/consents/withdraw',
    {
      config: { access: 'contacts:write', audit: 'contact.consent-withdraw' },
      schema: {
        tags: ['contacts'],
        summary: 'Write down that consent was withdrawn',
        description: 'Takes back whatever was given up to that moment. To stop all calls for good, add a suppression.',
        params: OneId,
        body: WithdrawalSchema,
        response: { 201: OneContact, ...errors(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const contact = await service.noteConsent(id, { event: 'withdrawn', ...request.body }, byWhom(request));
      request.trail({ target: target(id) });
      return reply.code(201).send({ contact: contactFor(request, { ...repository.toApi(contact) }) } as never);
    },
  );

  app.get(
    '/api/consent-evidence',
    {
      config: { access: 'audit:read', audit: 'consent-evidence.read' },
      ...sparseItems,
      schema: {
        tags: ['contacts'],
        summary: 'What deleted people had agreed to',
        description:
          'Kept for five years under the keyed hash of the number alone, for whoever asks for the proof. Give the number to find it.',
        querystring: Strict({
          ...listQuery,
          ...sortQuery('createdAt'),
          phone: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
        }),
        response: { 200: ConsentEvidenceAnswer, ...errors(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { phone, ...query } = request.query;
      const filter = phone === undefined ? {} : { phoneHash: await evidence.hashOf(phone) };
      request.trail({ after: { byNumber: phone !== undefined } });
      return reply.send((await evidence.repository.listForApi(asListQuery({ ...query, ...filter }))) as never);
    },
  );
};
