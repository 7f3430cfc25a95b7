import { BaseRepository } from '../store/base-repository.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';

/** A named set of people; who is on it stands with each person. */
export interface ContactList {
  readonly name: string;
  readonly description: string;
}

const schema = defineSchema(
  {
    name: { type: String, required: true, maxlength: 120 },
    description: { type: String, default: '', maxlength: 1000 },
  },
  { indexes: [{ keys: { createdAt: -1, _id: -1 } }, { keys: { name: 1, _id: 1 } }] },
);

export class ContactListRepository extends BaseRepository<ContactList, Record<never, never>, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, { collection: 'contactLists', schema, sorts: ['createdAt', 'name'] });
  }

  toApi({ _id, name, description, createdAt }: Stored<ContactList>): Record<string, unknown> {
    return { id: _id.toHexString(), name, description, createdAt: createdAt.toISOString() };
  }
}
