import { Type } from 'typebox';
import { Id, ListOf, Nullable, OneOf, Strict, Timestamp } from '../ops/schemas.ts';
import { consentKinds } from './consent-state.ts';
import { contactLimits } from './contact-entry.ts';
import { delimiters, importKinds, knownEncodings } from './import-format.ts';
import { columnTypes } from './import-mapping.ts';
import { importStates, importTargets } from './import-repository.ts';

const To = Nullable(
  Type.String({
    maxLength: 80,
    description: 'A field of a contact, consent.kind and the like, or customFields.<name>; null leaves the column out.',
  }),
);
const Country = Type.String({ pattern: '^[A-Z]{2}$', description: 'Where numbers without + are read.' });
const Delimiter = OneOf(delimiters);
const Encoding = OneOf(knownEncodings);
const Consent = Nullable(
  Strict({
    kind: OneOf(consentKinds),
    at: Type.String({ maxLength: 40 }),
    source: Type.String({ minLength: 1, maxLength: contactLimits.text }),
    text: Type.Optional(Type.String({ maxLength: contactLimits.consentText })),
  }),
);
const Tags = Type.Array(Type.String({ minLength: 1, maxLength: contactLimits.tag, pattern: '\\S' }), {
  maxItems: contactLimits.tags,
});
const Lists = Type.Array(Id, { maxItems: 50, uniqueItems: true });

const importExample = {
  id: '6740a1b2c3d4e5f607182960',
  target: 'contacts',
  fileName: 'spring.csv',
  bytes: 48211,
  hash: '9f2c0d6f3f1f4a0db6b8b8e2d9d5a9bb0f3c1a2b4d5e6f708192a3b4c5d6e7f8', // allow-secret: invented
  kind: 'csv',
  sheet: null,
  sheets: [],
  encoding: 'utf-8',
  delimiter: ';',
  hasHeader: true,
  country: 'US',
  columns: [
    { column: 1, header: 'Mobile', to: 'phone', type: 'text' },
    { column: 2, header: 'Plan', to: 'customFields.Plan', type: 'text' },
  ],
  firstRows: [
    ['Mobile', 'Plan'],
    ['(212) 555-0100', 'gold'],
  ],
  lists: [],
  tags: [],
  consent: null,
  reason: null,
  by: 'user:6740a1b2c3d4e5f607182930',
  state: 'uploaded',
  rowsRead: 0,
  bytesRead: 0,
  added: 0,
  merged: 0,
  rejected: 0,
  problem: null,
  startedAt: null,
  finishedAt: null,
  createdAt: '2026-11-20T13:30:00.000Z',
};

const ImportSchema = Strict({
  id: Id,
  target: OneOf(importTargets),
  fileName: Type.String(),
  bytes: Type.Integer(),
  hash: Type.String({ description: 'SHA-256 of the content.' }),
  kind: OneOf(importKinds),
  sheet: Nullable(Type.String({ description: 'Of a workbook or of Google Sheets: the one that is read.' })),
  sheets: Type.Array(Type.String(), { description: 'All of them.' }),
  encoding: Encoding,
  delimiter: Delimiter,
  hasHeader: Type.Boolean({ description: 'The first row names the columns.' }),
  country: Country,
  columns: Type.Array(Strict({ column: Type.Integer(), header: Type.String(), to: To, type: OneOf(columnTypes) }), {
    description: 'What each column becomes.',
  }),
  firstRows: Type.Optional(
    Type.Array(Type.Array(Type.String()), { description: 'As they stand in the file, until it was read.' }),
  ),
  lists: Type.Array(Id),
  tags: Type.Array(Type.String()),
  consent: Consent,
  reason: Nullable(Type.String()),
  by: Type.String(),
  state: OneOf(importStates),
  rowsRead: Type.Integer(),
  bytesRead: Type.Integer(),
  added: Type.Integer(),
  merged: Type.Integer({ description: 'Known before, or a second time in the file.' }),
  rejected: Type.Integer(),
  problem: Nullable(Strict({ code: Type.String(), message: Type.String() })),
  startedAt: Nullable(Timestamp),
  finishedAt: Nullable(Timestamp),
  createdAt: Timestamp,
});

export const OneImport = Strict({ import: ImportSchema }, { examples: [{ import: importExample }] });
export const ImportListAnswer = ListOf(ImportSchema);
export const RejectedListAnswer = ListOf(
  Strict({
    row: Type.Integer(),
    line: Type.Integer(),
    column: Type.String(),
    reason: Type.String(),
    cells: Type.Array(Type.String()),
  }),
);

export const ImportChange = Strict(
  {
    sheet: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: 'Of a workbook: another one of its sheets.' }),
    ),
    encoding: Type.Optional(Encoding),
    delimiter: Type.Optional(Delimiter),
    hasHeader: Type.Optional(Type.Boolean()),
    country: Type.Optional(Country),
    columns: Type.Optional(
      Type.Array(Strict({ column: Type.Integer({ minimum: 1 }), to: To, type: Type.Optional(OneOf(columnTypes)) }), {
        maxItems: 500,
        description: 'Only the columns named here change.',
      }),
    ),
    lists: Type.Optional(Lists),
    tags: Type.Optional(Tags),
    consent: Type.Optional(Consent),
    reason: Type.Optional(
      Type.String({ minLength: 1, maxLength: 500, pattern: '\\S', description: 'Of suppressions.' }),
    ),
  },
  { minProperties: 1, examples: [{ country: 'AT', columns: [{ column: 2, to: 'customFields.plan' }] }] },
);
