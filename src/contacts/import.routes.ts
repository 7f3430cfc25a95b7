import { Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { AppError } from '../errors.ts';
import { asListQuery, sparseItems } from '../ops/list-routes.ts';
import { errors, Id, listQuery, OneOf, Strict, sortQuery } from '../ops/schemas.ts';
import { byWhom } from './contact.routes.ts';
import { rejectedAsCsv } from './contact-export.ts';
import { importFor } from './contact-sight.ts';
import { type Import, type ImportRepository, importStates } from './import-repository.ts';
import { ImportChange, ImportListAnswer, OneImport, RejectedListAnswer } from './import-schemas.ts';
import type { ImportChanges, ImportService } from './import-service.ts';
import { mostFileBytes } from './import-upload.ts';
import type { RejectedRowRepository } from './rejected-row-repository.ts';

interface ImportRoutesOptions {
  readonly imports: ImportRepository;
  readonly rejections: RejectedRowRepository;
  readonly service: ImportService;
}

const OneId = Strict({ id: Id });
const Again = {
  again: Type.Optional(Type.Boolean({ description: 'Take the file although the very same was imported before.' })),
};

/** The same routes for people and for numbers that must not be called; each under its own permissions. */
const targets = [
  { target: 'contacts', base: '/api/contacts/imports', read: 'contacts:read', write: 'contacts:write' },
  { target: 'suppressions', base: '/api/suppressions/imports', read: 'suppressions:read', write: 'suppressions:write' },
] as const;

/** Files of people and of numbers: upload, look, adjust, start, stop, and what was not taken. */
export const importRoutes: FastifyPluginAsyncTypebox<ImportRoutesOptions> = async (
  app,
  { imports, rejections, service },
) => {
  await app.register(multipart, { limits: { files: 1, fields: 10, parts: 11, fileSize: mostFileBytes + 1 } });

  const uploaded = async (request: FastifyRequest, target: Import['target']) => {
    if (!request.isMultipart())
      throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Send the file as multipart/form-data in a field named file');
    const file = await request.file();
    if (!file)
      throw new AppError('VALIDATION_FAILED', 'file: is missing', {
        details: [{ field: 'file', problem: 'is missing' }],
      });
    const { again = false } = request.query as { again?: boolean };
    const made = await service.upload({
      target,
      fileName: file.filename,
      content: file.file,
      by: byWhom(request),
      again,
    });
    request.trail({ target: { type: 'import', id: made._id.toHexString() }, after: { target, bytes: made.bytes } });
    return made;
  };

  app.post(
    '/api/contacts/import',
    {
      config: { access: 'contacts:write', audit: 'import.upload' },
      schema: {
        tags: ['contacts'],
        summary: 'Import a CSV file at once, as its columns are guessed',
        description:
          'multipart/form-data with one field `file`. To look at the guess first, use /api/contacts/imports.',
        consumes: ['multipart/form-data'],
        querystring: Strict(Again),
        response: { 202: OneImport, ...errors(400, 401, 403, 409, 413, 422) },
      },
    },
    async (request, reply) => {
      const made = await uploaded(request, 'contacts');
      return reply.code(202).send({ import: imports.toApi(await service.start(made)) } as never);
    },
  );

  for (const { target, base, read, write } of targets) {
    const tags = [target];
    const found = (request: { readonly params: unknown }) => service.get((request.params as { id: string }).id, target);
    const trailed = (request: FastifyRequest) =>
      request.trail({ target: { type: 'import', id: (request.params as { id: string }).id } });

    app.post(
      base,
      {
        config: { access: write, audit: 'import.upload' },
        schema: {
          tags,
          summary: `Upload a CSV file of ${target}`,
          description:
            'multipart/form-data with one field `file`. Delimiter, encoding and columns are guessed and shown with the first rows; ' +
            'nothing is imported before it is started. The same file again is refused with 409 and the import it was, unless again=true.',
          consumes: ['multipart/form-data'],
          querystring: Strict(Again),
          response: { 201: OneImport, ...errors(400, 401, 403, 409, 413, 422) },
        },
      },
      async (request, reply) =>
        reply.code(201).send({ import: imports.toApi(await uploaded(request, target)) } as never),
    );

    app.get(
      base,
      {
        config: { access: read },
        ...sparseItems,
        schema: {
          tags,
          summary: `List imports of ${target}`,
          querystring: Strict({ ...listQuery, ...sortQuery('createdAt'), state: Type.Optional(OneOf(importStates)) }),
          response: { 200: ImportListAnswer, ...errors(400, 401, 403) },
        },
      },
      async (request, reply) => {
        const { items, nextCursor } = await imports.listForApi(asListQuery({ ...request.query, target }));
        return reply.send({ items: items.map(each => importFor(request, { ...each })), nextCursor } as never);
      },
    );

    app.get(
      `${base}/:id`,
      {
        config: { access: read },
        schema: {
          tags,
          summary: 'One import and how far it is',
          params: OneId,
          response: { 200: OneImport, ...errors(401, 403, 404) },
        },
      },
      async request => ({ import: importFor(request, { ...imports.toApi(await found(request)) }) }) as never,
    );

    app.patch(
      `${base}/:id`,
      {
        config: { access: write, audit: 'import.change' },
        schema: {
          tags,
          summary: 'Change how an uploaded file is read',
          description: 'Another encoding, delimiter, header or country guesses the columns anew.',
          params: OneId,
          body: ImportChange,
          response: { 200: OneImport, ...errors(400, 401, 403, 404, 409, 422) },
        },
      },
      async request => {
        const changed = await service.change(await found(request), request.body as ImportChanges);
        trailed(request);
        return { import: imports.toApi(changed) } as never;
      },
    );

    for (const verb of ['start', 'stop'] as const) {
      app.post(
        `${base}/:id/${verb}`,
        {
          config: { access: write, audit: `import.${verb}` },
          schema: {
            tags,
            summary: verb === 'start' ? 'Start an import' : 'Stop an import',
            description:
              verb === 'start'
                ? 'One that failed goes on where it ended.'
                : 'Ends behind the rows that are being written; those stay.',
            params: OneId,
            response: { 202: OneImport, ...errors(400, 401, 403, 404, 409) },
          },
        },
        async (request, reply) => {
          const moved = await service[verb](await found(request));
          trailed(request);
          return reply.code(202).send({ import: imports.toApi(moved) } as never);
        },
      );
    }

    app.get(
      `${base}/:id/rejected`,
      {
        config: { access: [read, 'people:see'] },
        ...sparseItems,
        schema: {
          tags,
          summary: 'Rows that were not taken: line, column and reason',
          params: OneId,
          querystring: Strict({ ...listQuery, ...sortQuery('row') }),
          response: { 200: RejectedListAnswer, ...errors(400, 401, 403, 404) },
        },
      },
      async (request, reply) => {
        const { _id } = await found(request);
        return reply.send((await rejections.listForApi(asListQuery({ ...request.query, importId: _id }))) as never);
      },
    );

    app.get(
      `${base}/:id/rejected.csv`,
      {
        config: { access: [read, 'people:see'] },
        schema: {
          tags,
          summary: 'The same as a CSV file to mend and to import again',
          params: OneId,
          response: {
            200: { description: 'One line per rejected row.', content: { 'text/csv': { schema: Type.String() } } },
            ...errors(401, 403, 404),
          },
        },
      },
      async (request, reply) => {
        const { _id, columns } = await found(request);
        const headers = columns.map(({ header, column }) => header || `column ${column}`);
        return reply
          .type('text/csv; charset=utf-8')
          .header('content-disposition', 'attachment; filename="rejected.csv"')
          .header('cache-control', 'no-store')
          .send(Readable.from(rejectedAsCsv(headers, rejections.ofImport(_id)), { objectMode: false }) as never);
      },
    );
  }
};
