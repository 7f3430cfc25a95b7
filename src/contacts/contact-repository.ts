import { setImmediate as nextTurn } from 'node:timers/promises';
import { mongo, Types } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { asList, namedQuery, trustFilter } from '../store/query-table.ts';
import type { Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';
import { refuseUnsafeKeys } from '../store/store-errors.ts';
import { anyOf } from '../store/update.ts';
import { consentKinds } from './consent-state.ts';
import { type Contact, contactSchema } from './contact-document.ts';
import { type ContactView, contactFields, contactView } from './contact-view.ts';
import type { ListPlace } from './contacts.types.ts';

const queries = {
  byPhone: namedQuery({ phone: 'string' }, ({ phone }) => ({ phone })),
  byPhones: namedQuery({ phones: ['string'] }, ({ phones }) => ({ phone: { $in: phones } })),
  among: namedQuery({ ids: ['id'] }, ({ ids }) => ({ _id: { $in: ids } })),
  inList: namedQuery({ list: 'id' }, ({ list }) => ({ lists: list })),
  changedAtInList: namedQuery(
    { list: 'id', at: 'date', behind: 'id' },
    ({ list, at, behind }) => ({ lists: list, updatedAt: at, _id: { $gt: behind } }),
    { sort: { updatedAt: 1, _id: 1 } },
  ),
  changedAfterInList: namedQuery(
    { list: 'id', at: 'date' },
    ({ list, at }) => ({ lists: list, updatedAt: { $gt: at } }),
    { sort: { updatedAt: 1, _id: 1 } },
  ),
};

/** One write of a batch; `version` is that of the contact it was worked out from. */
export type ContactWrite =
  | { readonly kind: 'new'; readonly contact: Contact }
  | { readonly kind: 'change'; readonly id: Types.ObjectId; readonly version: number; readonly set: Partial<Contact> };

export class ContactRepository extends BaseRepository<Contact, typeof queries, ContactView> {
  readonly #now: () => Date;

  constructor(context: RepositoryContext) {
    super(context, {
      collection: 'contacts',
      schema: contactSchema,
      queries,
      filters: {
        list: { type: 'id', path: 'lists' },
        tag: { type: 'string', path: 'tags' },
        consent: { type: 'string', path: 'consent.kind', values: consentKinds },
        noConsent: { type: 'boolean', path: 'consent.kind', isEmpty: true },
        language: { type: 'string' },
        name: { type: 'string', path: 'nameKeys', forms: ['prefix'], list: true },
        phone: { type: 'string', path: 'phoneReversed', forms: ['prefix'] },
      },
      apiFields: contactFields,
      sorts: ['createdAt', 'lastName'],
      immutable: ['phone'],
      omittedFromLists: ['consentHistory', 'batch'],
    });
    this.#now = context.now;
  }

  toApi(contact: Stored<Contact>): ContactView {
    return contactView(contact);
  }

  findByPhone(phone: string): Promise<Stored<Contact> | null> {
    return this.first('byPhone', { phone });
  }

  /** Whoever is known of these numbers. */
  withPhones(phones: readonly string[]): Promise<Stored<Contact>[]> {
    return this.find('byPhones', { phones }, { limit: phones.length });
  }

  /** Whoever is there of these. */
  withIds(ids: readonly (Types.ObjectId | string)[]): Promise<Stored<Contact>[]> {
    return this.find('among', { ids }, { limit: ids.length });
  }

  /** Everybody on a list, one by one. */
  inList(list: Types.ObjectId | string): AsyncGenerator<Stored<Contact>> {
    return this.each('inList', { list });
  }

  /** Some of those on a list who changed behind this place, in the order in which they did. */
  async changedInList(
    list: Types.ObjectId | string,
    { changedAt: at, id }: ListPlace,
    atMost: number,
  ): Promise<Stored<Contact>[]> {
    const limit = Math.min(atMost, 1_000);
    const behind = id === '' ? '000000000000000000000000' : id;
    const same = await this.find('changedAtInList', { list, at, behind }, { limit });
    if (same.length === limit) return same;
    return [...same, ...(await this.find('changedAfterInList', { list, at }, { limit: limit - same.length }))];
  }

  /** How many are on a list. */
  sizeOfList(list: Types.ObjectId | string): Promise<number> {
    return this.count('inList', { list });
  }

  /** Takes some of those on a list off it, and says how many; again until none is left, so that no write lasts long. */
  async leaveList(list: Types.ObjectId | string, atMost = 1_000): Promise<number> {
    const some = await this.find('inList', { list }, { limit: Math.min(atMost, 1_000) });
    if (some.length === 0) return 0;
    const [id] = asList('list', [list], 'id');
    return this.changeMany('among', { ids: some.map(({ _id }) => _id) }, { $pull: { lists: anyOf([id]) } });
  }

  /**
   * Writes a batch past the schema, whose checks cost more than the writes; what is in it was checked field by field before. A write
   * that met somebody else's, and so did not happen, is not an error: the caller reads those contacts again. Returns the ids of the
   * new contacts and changes that surely happened, by number and id.
   */
  async writeBatch(writes: readonly ContactWrite[]): Promise<Map<string, Types.ObjectId>> {
    const now = this.#now();
    const inserts: (mongo.Document & { _id: Types.ObjectId; phone: string })[] = [];
    const updates: mongo.AnyBulkWriteOperation[] = [];
    for (const write of writes) {
      if (write.kind === 'new') {
        refuseUnsafeKeys(write.contact);
        inserts.push({
          _id: new Types.ObjectId(),
          ...write.contact,
          schemaVersion: 1,
          version: 1,
          createdAt: now,
          updatedAt: now,
        });
        continue;
      }
      refuseUnsafeKeys(write.set);
      const [id] = asList('id', [write.id], 'id');
      updates.push({
        updateOne: {
          filter: trustFilter({ _id: id, version: Number(write.version) }),
          update: { $set: { ...write.set, updatedAt: now }, $inc: { version: 1 } },
        },
      });
    }
    const written = new Map<string, Types.ObjectId>();
    await this.run('writeBatch', 'if-not-done', async () => {
      const news = inPieces(inserts, async piece => {
        const taken = await this.#insert(piece);
        for (const [place, { phone, _id }] of piece.entries()) if (!taken.has(place)) written.set(phone, _id);
      });
      const changes = inPieces(updates, async piece => {
        const { matchedCount } = await this.model.collection.bulkWrite(piece as never, { ordered: false });
        // When one was missed, the answer does not tell which.
        if (matchedCount < piece.length) return;
        for (const { updateOne } of piece as { updateOne: { filter: { _id: Types.ObjectId } } }[])
          written.set(updateOne.filter._id.toHexString(), updateOne.filter._id);
      });
      await Promise.all([news, changes]);
    });
    return written;
  }

  /** The places of those whose number somebody else added in this moment; the rest was written. */
  async #insert(documents: mongo.Document[]): Promise<Set<number>> {
    try {
      await this.model.collection.insertMany(documents, { ordered: false });
      return new Set();
    } catch (error) {
      if (!(error instanceof mongo.MongoBulkWriteError)) throw error;
      const problems = [error.writeErrors].flat();
      if (problems.length === 0 || problems.some(({ code }) => code !== 11000)) throw error;
      return new Set(problems.map(({ index }) => index));
    }
  }
}

const pieceLength = 100;

/**
 * Encoding a thousand people at once would hold up every call of this process for a tenth of a second; between pieces others have their
 * turn, and the store is at work on one piece while the next is encoded.
 */
async function inPieces<D>(all: readonly D[], write: (piece: D[]) => Promise<void>): Promise<void> {
  const writing: Promise<void>[] = [];
  for (let from = 0; from < all.length; from += pieceLength) {
    const piece = write(all.slice(from, from + pieceLength));
    // Told below, with all others; until then nobody looks.
    piece.catch(() => {});
    writing.push(piece);
    await nextTurn();
  }
  await Promise.all(writing);
}
