import { Schema, Types } from 'mongoose';
import type { AppError } from '../errors.ts';
import { BaseRepository } from '../store/base-repository.ts';
import { type BulkReport, bulkReport } from '../store/bulk.ts';
import { decodeCursor, encodeCursor } from '../store/cursor.ts';
import { type Page, pageLimits } from '../store/list-page.ts';
import { namedQuery } from '../store/query-table.ts';
import { asId, invalidField } from '../store/scalar.ts';
import { defineSchema, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import { refuseUnsafeKeys } from '../store/store-errors.ts';
import { entryText } from './campaign-texts.ts';
import type { CampaignLogEntry } from './campaigns-events.ts';

/** One thing that happened in a campaign; written once, never changed. */
export interface CampaignEvent {
  readonly campaignId: Types.ObjectId;
  /** Counts up within the campaign, with gaps where a process died. */
  readonly seq: number;
  readonly type: string;
  readonly at: Date;
  readonly by: string;
  /** The person it is about. */
  readonly contactId: Types.ObjectId | null;
  readonly data: Readonly<Record<string, unknown>>;
  /** No other entry of the campaign has the same. */
  readonly once: string | null;
}

export interface NewCampaignEvent extends CampaignEvent {
  readonly _id: Types.ObjectId;
}

const fixed = { required: true, immutable: true } as const;

const schema = defineSchema(
  {
    campaignId: { type: Schema.Types.ObjectId, ...fixed },
    seq: { type: Number, ...fixed },
    type: { type: String, ...fixed },
    at: { type: Date, ...fixed },
    by: { type: String, ...fixed },
    contactId: { type: Schema.Types.ObjectId, default: null, immutable: true },
    data: { type: Schema.Types.Mixed, default: {}, immutable: true },
    once: { type: String, default: null, immutable: true },
  },
  {
    indexes: [
      { keys: { campaignId: 1, seq: 1, _id: 1 }, name: 'campaignId_seq' },
      { keys: { campaignId: 1, seq: 1 }, unique: true },
      { keys: { campaignId: 1, type: 1, seq: 1, _id: 1 } },
      { keys: { campaignId: 1, contactId: 1, seq: 1, _id: 1 } },
      { keys: { contactId: 1, at: -1, _id: -1 } },
      { keys: { campaignId: 1, once: 1 }, unique: true, where: { once: { $type: 'string' } } },
    ],
  },
);

const queries = {
  ofCampaign: namedQuery({ campaignId: 'id' }, ({ campaignId }) => ({ campaignId }), { sort: { seq: 1 } }),
  ofType: namedQuery({ campaignId: 'id', type: 'string' }, ({ campaignId, type }) => ({ campaignId, type }), {
    sort: { seq: 1 },
  }),
  aboutPerson: namedQuery({ contactId: 'id' }, ({ contactId }) => ({ contactId }), { sort: { at: -1, _id: -1 } }),
  // What lies behind a place is two ranges of the index: what is left of that moment, and everything before it.
  aboutPersonAt: namedQuery(
    { contactId: 'id', at: 'date', behind: 'id' },
    ({ contactId, at, behind }) => ({ contactId, at, _id: { $lt: behind } }),
    { sort: { at: -1, _id: -1 } },
  ),
  aboutPersonBefore: namedQuery(
    { contactId: 'id', before: 'date' },
    ({ contactId, before }) => ({ contactId, at: { $lt: before } }),
    { sort: { at: -1, _id: -1 } },
  ),
  withIds: namedQuery({ ids: ['id'] }, ({ ids }) => ({ _id: { $in: ids } })),
};

/** What happened, campaign by campaign. */
export class CampaignEventRepository extends BaseRepository<CampaignEvent, typeof queries, CampaignLogEntry> {
  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'campaignEvents',
      schema,
      queries,
      filters: { campaignId: { type: 'id' }, type: { type: 'string' }, contactId: { type: 'id' } },
      listedWithin: ['campaignId'],
      sorts: ['seq'],
      defaultSort: '-seq',
    });
  }

  toApi({ seq, type, at, by, contactId, data }: Stored<CampaignEvent>): CampaignLogEntry {
    const about = contactId ? { contactId: contactId.toHexString() } : {};
    return { seq, type, at: at.toISOString(), by, text: entryText(type, data), data: { ...data, ...about } };
  }

  /** Everything, oldest first. */
  ofCampaign(campaignId: Types.ObjectId | string): AsyncGenerator<Stored<CampaignEvent>> {
    return this.each('ofCampaign', { campaignId });
  }

  /** Everything of one kind, oldest first. */
  ofType(campaignId: Types.ObjectId | string, type: string): AsyncGenerator<Stored<CampaignEvent>> {
    return this.each('ofType', { campaignId, type });
  }

  /** What is about one person, in whatever campaign, newest first. */
  async ofPerson(
    contactId: Types.ObjectId | string,
    cursor?: string,
    limit = 50,
  ): Promise<Page<Stored<CampaignEvent>>> {
    const most = Number.isSafeInteger(limit) ? Math.min(Math.max(limit, 1), pageLimits.max) : 50;
    const list = `campaignEvents of ${String(contactId)}`;
    const found = await this.#aboutPerson(contactId, list, cursor, most + 1);
    const items = found.slice(0, most);
    const last = items.at(-1);
    const more = found.length > most && last;
    return { items, nextCursor: more ? encodeCursor({ values: [last.at], id: last._id }, list) : null };
  }

  async #aboutPerson(contactId: Types.ObjectId | string, list: string, cursor: string | undefined, limit: number) {
    if (cursor === undefined) return this.find('aboutPerson', { contactId }, { limit });
    const { values, id } = decodeCursor(cursor, list, 1);
    const at = values[0] as Date;
    const same = await this.find('aboutPersonAt', { contactId, at, behind: id }, { limit });
    if (same.length === limit) return same;
    return [
      ...same,
      ...(await this.find('aboutPersonBefore', { contactId, before: at }, { limit: limit - same.length })),
    ];
  }

  /** Which of these entries are written. */
  async known(ids: readonly Types.ObjectId[]): Promise<Set<string>> {
    const found = await this.find('withIds', { ids }, { limit: ids.length });
    return new Set(found.map(({ _id }) => _id.toHexString()));
  }

  /** Writes all it can; those that are there already are among the errors. */
  async appendAll(events: readonly NewCampaignEvent[]): Promise<BulkReport> {
    const now = new Date();
    const documents: { index: number; document: Record<string, unknown> }[] = [];
    const refused: { index: number; error: AppError }[] = [];
    for (const [index, event] of events.entries()) {
      try {
        documents.push({ index, document: documentOf(event, now) });
      } catch (error) {
        refused.push({ index, error: error as AppError });
      }
    }
    return this.run('appendAll', 'if-not-done', () =>
      bulkReport(documents, refused, this.definition.collection, batch =>
        this.model.collection.insertMany(batch, { ordered: false }),
      ),
    );
  }
}

function documentOf(event: NewCampaignEvent, now: Date): Record<string, unknown> {
  const { seq, type, at, by, data, once } = event;
  const [_id, campaignId] = [asId('_id', event._id), asId('campaignId', event.campaignId)];
  if (!_id || !campaignId) throw invalidField('campaignId', 'must be an id');
  const contactId = event.contactId === null ? null : asId('contactId', event.contactId);
  if (!Number.isSafeInteger(seq)) throw invalidField('seq', 'must be a whole number');
  if (typeof type !== 'string' || typeof by !== 'string') throw invalidField('type', 'must be a text');
  if (once !== null && typeof once !== 'string') throw invalidField('once', 'must be a text');
  if (!(at instanceof Date) || Number.isNaN(at.getTime())) throw invalidField('at', 'must be a date');
  if (typeof data !== 'object' || data === null) throw invalidField('data', 'must be an object');
  refuseUnsafeKeys(data, 'data');
  const common = { schemaVersion: 1, version: 1, createdAt: now, updatedAt: now };
  return { _id: new Types.ObjectId(_id), campaignId, seq, type, at, by, contactId, data, once, ...common };
}
