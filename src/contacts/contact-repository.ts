import { Schema, type Types } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, phoneField, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import { anyOf } from '../store/update.ts';

export interface Consent {
  readonly kind: 'express' | 'express-written';
  readonly at: Date;
  readonly source: string;
  readonly text?: string;
}

/** A person who may be called. One document per number. */
export interface Contact {
  readonly phone: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
  readonly company: string | null;
  readonly role: string | null;
  readonly language: string | null;
  readonly timeZone: string | null;
  readonly tags: readonly string[];
  readonly lists: readonly Types.ObjectId[];
  readonly customFields: Record<string, unknown>;
  readonly consent: Consent | null;
  /** Where the record came from: an import, a campaign, a person. */
  readonly origin: string;
}

const text = { type: String, default: null, maxlength: 200 } as const;

const consent = new Schema(
  {
    kind: { type: String, required: true, enum: ['express', 'express-written'] },
    at: { type: Date, required: true },
    source: { type: String, required: true },
    text: String,
  },
  { _id: false },
);

const schema = defineSchema(
  {
    phone: phoneField,
    firstName: text,
    lastName: text,
    email: text,
    company: text,
    role: text,
    language: text,
    timeZone: text,
    tags: { type: [String], default: [] },
    lists: { type: [Schema.Types.ObjectId], default: [] },
    customFields: { type: Schema.Types.Mixed, default: {} },
    consent: { type: consent, default: null },
    origin: { type: String, default: 'api' },
  },
  {
    indexes: [
      { keys: { phone: 1 }, unique: true },
      { keys: { createdAt: -1, _id: -1 } },
      { keys: { lists: 1, createdAt: -1, _id: -1 } },
      { keys: { tags: 1, createdAt: -1, _id: -1 } },
      { keys: { lastName: 1, createdAt: -1, _id: -1 } },
    ],
  },
);

const queries = {
  byPhone: namedQuery({ phone: 'string' }, ({ phone }) => ({ phone })),
  inList: namedQuery({ list: 'id' }, ({ list }) => ({ lists: list })),
};

export class ContactRepository extends BaseRepository<Contact, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'contacts',
      schema,
      queries,
      filters: {
        list: { type: 'id', path: 'lists' },
        tag: { type: 'string', path: 'tags' },
        lastName: { type: 'string' },
      },
    });
  }

  toApi(contact: Stored<Contact>): Record<string, unknown> {
    const { _id, schemaVersion: _schema, updatedAt: _updated, deletedAt: _deleted, ...fields } = contact;
    return {
      ...fields,
      id: _id.toHexString(),
      lists: contact.lists.map(list => list.toHexString()),
      createdAt: contact.createdAt.toISOString(),
    };
  }

  findByPhone(phone: string): Promise<Stored<Contact> | null> {
    return this.first('byPhone', { phone });
  }

  /** Everybody on a list, one by one. */
  inList(list: Types.ObjectId | string): AsyncGenerator<Stored<Contact>> {
    return this.each('inList', { list });
  }

  /** Takes everybody off a list that is about to go. */
  leaveList(list: Types.ObjectId): Promise<number> {
    return this.changeMany('inList', { list }, { $pull: { lists: anyOf([list]) } });
  }
}
