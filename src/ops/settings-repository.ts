import { Schema } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';

/** What the whole installation shares and changes while running, one document per setting. */
export interface Setting {
  readonly key: string;
  readonly value: Record<string, unknown>;
}

const schema = defineSchema(
  {
    key: { type: String, required: true, immutable: true },
    value: { type: Schema.Types.Mixed, required: true },
  },
  { indexes: [{ keys: { key: 1 }, unique: true }, { keys: { createdAt: -1, _id: -1 } }] },
);

const queries = {
  byKey: namedQuery({ key: 'string' }, ({ key }) => ({ key })),
};

/** Never cached here: a kill switch must hold everywhere within a second. */
export class SettingsRepository extends BaseRepository<Setting, typeof queries, Record<string, unknown>> {
  constructor(context: RepositoryContext) {
    super(context, { collection: 'settings', schema, queries });
  }

  toApi({ key, value }: Stored<Setting>): Record<string, unknown> {
    return { key, value };
  }

  async settingOf(key: string): Promise<Record<string, unknown> | null> {
    return (await this.first('byKey', { key }))?.value ?? null;
  }

  async setValue(key: string, value: Record<string, unknown>): Promise<void> {
    await this.upsert('byKey', { key }, { $set: { value } });
  }

  /** The value that is there, or this one if nobody wrote any yet: for what must be made once, such as a key. */
  async valueOrMake(key: string, value: Record<string, unknown>): Promise<Record<string, unknown>> {
    return (await this.upsert('byKey', { key }, { $setOnInsert: { value } })).document.value;
  }
}
