import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { AppError } from '../errors.ts';
import { errors, Nullable, Strict } from '../ops/schemas.ts';
import { byWhom } from './contact.routes.ts';
import type { GoogleSheets } from './google-sheets.ts';
import type { ImportRepository } from './import-repository.ts';
import { OneImport } from './import-schemas.ts';
import type { ImportService } from './import-service.ts';
import { keptRow } from './import-source.ts';

const SheetSchema = Strict(
  {
    spreadsheet: Type.String({
      minLength: 1,
      maxLength: 500,
      description: 'The address of the sheet in the browser, or the id in it.',
    }),
    sheet: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'Its name; else the one that the address shows, or the first.',
      }),
    ),
    range: Type.Optional(Type.String({ minLength: 1, maxLength: 40, description: 'Such as A:F or B2:F500.' })),
    again: Type.Optional(Type.Boolean({ description: 'Take the rows although the very same were imported before.' })),
  },
  {
    examples: [
      { spreadsheet: 'https://docs.google.com/spreadsheets/d/1AbCdEfGhIjKlMnOpQrStUvWxYz/edit#gid=0', range: 'A:F' },
    ],
  },
);

const targets = [
  { target: 'contacts', base: '/api/contacts/imports', write: 'contacts:write' },
  { target: 'suppressions', base: '/api/suppressions/imports', write: 'suppressions:write' },
] as const;

/** Takes what stands in a Google sheet now; from there on it is an import like any other. */
export const googleImportRoutes: FastifyPluginAsyncTypebox<{
  imports: ImportRepository;
  service: ImportService;
  /** Undefined without a service account. */
  sheets: GoogleSheets | undefined;
}> = async (app, { imports, service, sheets }) => {
  for (const { target, base, write } of targets) {
    app.get(
      `${base}/google-sheets`,
      {
        config: { access: write },
        schema: {
          tags: [target],
          summary: 'Whether Google Sheets can be read, and with whom to share them',
          response: {
            200: Strict(
              {
                available: Type.Boolean(),
                account: Nullable(Type.String({ description: 'The address that a sheet has to be shared with.' })),
              },
              { examples: [{ available: true, account: 'parley@example.iam.gserviceaccount.com' }] },
            ),
            ...errors(401, 403),
          },
        },
      },
      async () => ({ available: sheets !== undefined, account: sheets?.account ?? null }),
    );

    app.post(
      `${base}/google-sheets`,
      {
        config: { access: write, audit: 'import.upload' },
        schema: {
          tags: [target],
          summary: `Take ${target} from a Google sheet`,
          description:
            'Reads what stands there now, at most 100,000 rows, and shows the first ones with the guessed columns, as an uploaded file does; ' +
            'nothing is imported before it is started. The sheet has to be shared with the service account of GOOGLE_SERVICE_ACCOUNT.',
          body: SheetSchema,
          response: { 201: OneImport, ...errors(400, 401, 403, 409, 422, 503) },
        },
      },
      async (request, reply) => {
        if (!sheets)
          throw new AppError(
            'GOOGLE_NOT_CONFIGURED',
            'Google Sheets needs a service account; put its key file into GOOGLE_SERVICE_ACCOUNT_FILE and restart',
          );
        const { again = false, ...wish } = request.body;
        const leaving = new AbortController();
        reply.raw.once('close', () => leaving.abort());
        const found = await sheets.find(wish, leaving.signal);
        const made = await service.take({
          target,
          fileName: `${found.spreadsheet} – ${found.sheet}`,
          by: byWhom(request),
          again,
          sheet: found.sheet,
          rows: (async function* () {
            for await (const { line, cells } of found.rows()) yield keptRow(line, cells);
          })(),
        });
        const id = made._id.toHexString();
        request.trail({ target: { type: 'import', id }, after: { target, source: 'google-sheet', bytes: made.bytes } });
        return reply.code(201).send({ import: imports.toApi(made) } as never);
      },
    );
  }
};
