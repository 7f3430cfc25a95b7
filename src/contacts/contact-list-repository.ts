import { BaseRepository } from '../store/base-repository.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import { nameKey } from './contact-document.ts';

/** A named set of people; who is on it stands with each person. */
export interface ContactList {
  readonly name: string;
  /** No two lists have names that only differ in capitals or blanks. */
  readonly nameKey?: string;
  readonly description: string;
}

export interface ContactListView {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly createdAt: string;
}

const schema = defineSchema(
  {
    name: { type: String, required: true, maxlength: 120 },
    nameKey: String,
    description: { type: String, default: '', maxlength: 1000 },
  },
  {
    indexes: [
      { keys: { createdAt: -1, _id: -1 } },
      { keys: { name: 1, _id: 1 } },
      { keys: { nameKey: 1 }, unique: true, where: { nameKey: { $type: 'string' } } },
    ],
  },
);

export class ContactListRepository extends BaseRepository<ContactList, Record<never, never>, ContactListView> {
  constructor(context: RepositoryContext) {
    super(context, { collection: 'contactLists', schema, sorts: ['createdAt', 'name'] });
  }

  toApi({ _id, name, description, createdAt }: Stored<ContactList>): ContactListView {
    return { id: _id.toHexString(), name, description, createdAt: createdAt.toISOString() };
  }

  add(name: string, description: string): Promise<Stored<ContactList>> {
    return this.create({ name, nameKey: nameKey(name), description });
  }

  rename(id: string, { name, description }: { name?: string; description?: string }): Promise<Stored<ContactList>> {
    return this.patch(id, {
      ...(name === undefined ? {} : { name, nameKey: nameKey(name) }),
      ...(description === undefined ? {} : { description }),
    });
  }
}
