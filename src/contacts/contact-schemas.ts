import { Type } from 'typebox';
import { Id, ListOf, Nullable, OneOf, Strict, Timestamp } from '../ops/schemas.ts';
import { consentKinds } from './consent-state.ts';
import { contactLimits } from './contact-entry.ts';
import { mostEntries } from './contact-service.ts';

const Text = Nullable(Type.String());
const CustomValue = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);
const proof = { at: Timestamp, source: Type.String(), text: Type.Optional(Type.String()) };

export const consentExample = {
  kind: 'express-written',
  at: '2026-10-02T17:20:11.000Z',
  source: 'https://example.com/quote, form of March 2026',
};

export const contactExample = {
  id: '6740a1b2c3d4e5f607182940',
  phone: '+12125550100',
  name: 'Ada Example',
  firstName: 'Ada',
  lastName: 'Example',
  email: 'ada@example.com',
  company: 'Example Roofing',
  role: null,
  language: 'en-US',
  timeZone: 'America/New_York',
  tags: ['spring'],
  lists: [],
  customFields: { plan: 'gold', seats: 4 },
  consent: consentExample,
  consentWithdrawn: null,
  origin: 'api',
  createdAt: '2026-11-20T13:30:00.000Z',
  updatedAt: '2026-11-20T13:30:00.000Z',
};

const ConsentEventSchema = Strict({
  event: OneOf(['given', 'withdrawn']),
  kind: Nullable(OneOf(consentKinds)),
  at: Timestamp,
  source: Type.String(),
  text: Text,
  by: Type.String({ description: 'The user, key or import that wrote it down.' }),
  recordedAt: Timestamp,
});

export const ConsentEvidenceAnswer = ListOf(
  Strict({
    id: Id,
    contactId: Type.String(),
    phoneHash: Type.String(),
    history: Type.Array(ConsentEventSchema),
    deletedAt: Timestamp,
    keptUntil: Timestamp,
  }),
);

export const ContactSchema = Strict({
  id: Id,
  phone: Type.String(),
  name: Text,
  firstName: Text,
  lastName: Text,
  email: Text,
  company: Text,
  role: Text,
  language: Text,
  timeZone: Text,
  tags: Type.Array(Type.String()),
  lists: Type.Array(Id),
  customFields: Type.Record(Type.String(), CustomValue),
  consent: Nullable(Strict({ kind: OneOf(consentKinds), ...proof })),
  consentWithdrawn: Nullable(Strict(proof)),
  consentHistory: Type.Optional(
    Type.Array(ConsentEventSchema, { description: 'Everything that was ever given and withdrawn, oldest first.' }),
  ),
  origin: Type.String({ description: 'Where the record came from: `api`, `import:<id>`, `campaign:<id>`.' }),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});

export const OneContact = Strict({ contact: ContactSchema }, { examples: [{ contact: contactExample }] });
export const ContactListAnswer = ListOf(
  Strict({
    ...ContactSchema.properties,
    lastCall: Type.Optional(
      Nullable(
        Strict({ id: Id, at: Timestamp, outcome: Text }, { description: 'Null also for whoever may not see calls.' }),
      ),
    ),
    nextCall: Type.Optional(
      Nullable(
        Strict(
          { at: Timestamp, campaignId: Id, campaignName: Type.String() },
          { description: 'By the campaigns that dial now. Null also for whoever may not see campaigns.' },
        ),
      ),
    ),
  }),
);

const given = (most: number, description?: string) =>
  Type.Optional(Nullable(Type.String({ maxLength: most, ...(description ? { description } : {}) })));

const GivenConsent = Strict({
  kind: OneOf(consentKinds),
  at: Type.String({ maxLength: 40, description: 'When it was given: 2026-03-01 or 2026-03-01T12:00:00Z.' }),
  source: Type.String({ minLength: 1, maxLength: contactLimits.text, description: 'Where the proof is.' }),
  text: Type.Optional(Nullable(Type.String({ maxLength: contactLimits.consentText }))),
});

const Tags = Type.Array(Type.String({ maxLength: contactLimits.tag }), { maxItems: contactLimits.tags });
export const Lists = Type.Array(Id, { maxItems: 50, uniqueItems: true });

const personal = {
  name: given(contactLimits.text * 2, 'Split into first and last name.'),
  firstName: given(contactLimits.text),
  lastName: given(contactLimits.text),
  email: given(254),
  company: given(contactLimits.text),
  role: given(contactLimits.text),
  language: given(35, 'A language tag such as en or pt-BR, passed to the agent.'),
  timeZone: given(64, 'An IANA name such as America/New_York.'),
  tags: Type.Optional(Tags),
  lists: Type.Optional(Lists),
};

const Phone = Type.String({
  minLength: 1,
  maxLength: 100,
  description: 'With country code, or as in DEFAULT_COUNTRY.',
});

export const NewContact = Strict(
  {
    phone: Phone,
    ...personal,
    customFields: Type.Optional(Type.Record(Type.String(), Nullable(CustomValue))),
    consent: Type.Optional(Nullable(GivenConsent)),
  },
  {
    examples: [{ phone: '(212) 555-0100', name: 'Ada Example', timeZone: 'America/New_York', consent: consentExample }],
  },
);

export const ContactChange = Strict(
  {
    phone: Type.Optional(Phone),
    ...personal,
    customFields: Type.Optional(
      Nullable(
        Type.Record(Type.String(), Nullable(CustomValue), { description: 'Only these are changed; null removes one.' }),
      ),
    ),
  },
  { minProperties: 1, examples: [{ company: 'Example Roofing', customFields: { plan: null } }] },
);

export const BulkContacts = Strict(
  {
    contacts: Type.Array(Type.Unknown({ description: 'As for one contact, without lists.' }), {
      minItems: 1,
      maxItems: mostEntries,
    }),
    lists: Type.Optional(Lists),
    tags: Type.Optional(Tags),
  },
  { examples: [{ contacts: [{ phone: '+12125550100', name: 'Ada Example' }], tags: ['spring'] }] },
);

export const BulkReport = Strict(
  {
    added: Type.Integer(),
    merged: Type.Integer(),
    rejected: Type.Array(
      Strict({ index: Type.Integer(), code: Type.String(), field: Type.String(), message: Type.String() }),
    ),
  },
  {
    examples: [
      {
        added: 1,
        merged: 0,
        rejected: [{ index: 1, code: 'INVALID_NUMBER', field: 'phone', message: 'phone is too short' }],
      },
    ],
  },
);

export const ConsentNoteSchema = Strict(
  {
    kind: OneOf(consentKinds),
    at: Type.Optional(Type.String({ maxLength: 40, description: 'When it was given; now when left out.' })),
    source: Type.String({ minLength: 1, maxLength: contactLimits.text, pattern: '\\S' }),
    text: Type.Optional(
      Type.String({ maxLength: contactLimits.consentText, description: 'The exact words agreed to.' }),
    ),
  },
  { examples: [consentExample] },
);

export const WithdrawalSchema = Strict(
  {
    at: Type.Optional(Type.String({ maxLength: 40, description: 'When it was withdrawn; now when left out.' })),
    source: Type.String({ minLength: 1, maxLength: contactLimits.text, pattern: '\\S' }),
    text: Type.Optional(Type.String({ maxLength: contactLimits.consentText })),
  },
  { examples: [{ source: 'e-mail of 2026-11-18' }] },
);

export const contactFilters = {
  list: Type.Optional(Id),
  tag: Type.Optional(Type.String({ minLength: 1, maxLength: contactLimits.tag })),
  consent: Type.Optional(OneOf([...consentKinds, 'none'], { description: 'What stands now.' })),
  language: Type.Optional(Type.String({ minLength: 1, maxLength: 35, description: 'A language tag, as it is kept.' })),
  name: Type.Optional(
    Type.String({ minLength: 1, maxLength: 100, pattern: '\\S', description: 'How the name or the last name begins.' }),
  ),
  phone: Type.Optional(
    Type.String({
      maxLength: 40,
      pattern: '^[-+ ()./0-9]*([0-9][-+ ()./]*){3}$',
      description: 'The number, or its last digits, at least three.',
    }),
  ),
};
