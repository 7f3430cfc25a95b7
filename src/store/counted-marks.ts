import type { Model, Types } from 'mongoose';
import type { Id } from './base-repository.ts';
import { asScalar } from './scalar.ts';

/** What a batch counted of one document, as it was read. */
export interface CountedDocument {
  readonly id: Id;
  readonly version: number;
  readonly counted: unknown;
}

export interface CountedMark {
  readonly _id: Types.ObjectId;
  readonly version: number;
  readonly mark: { readonly seq: number; readonly counted: unknown };
}

/** In which fields documents hold their mark, and that they are to be counted (again). */
export interface MarkFields {
  readonly mark: string;
  readonly due: string;
}

export const marksOf = (seq: number, documents: readonly CountedDocument[]): CountedMark[] =>
  documents.map(({ id, version, counted }) => ({
    _id: asScalar('id', id, 'id'),
    version: asScalar('version', version, 'number'),
    mark: { seq: asScalar('seq', seq, 'number'), counted },
  }));

/**
 * Notes on documents what one batch counted of them. One that changed since it was read stays due, so that the change is counted; one that
 * a later batch counted is left alone. Doing it again, also late, changes nothing. Versions stay: counting says nothing about a document.
 */
export async function writeMarks(
  collection: Model<Record<string, unknown>>['collection'],
  { mark: field, due }: MarkFields,
  marks: readonly CountedMark[],
): Promise<void> {
  const { matchedCount } = await collection.bulkWrite(
    marks.map(({ _id, version, mark }) => ({
      updateOne: { filter: { _id, version }, update: { $set: { [field]: mark, [due]: false } } },
    })),
    { ordered: false },
  );
  if (matchedCount === marks.length) return;
  const ids = marks.map(({ _id }) => _id);
  const found = await collection.find({ _id: { $in: ids } }, { projection: { [`${field}.seq`]: 1 } }).toArray();
  const seqOf = new Map(found.map(each => [String(each._id), (each[field]?.seq as number | undefined) ?? 0]));
  for (const { _id, mark } of marks) {
    const before = seqOf.get(_id.toHexString());
    if (before === undefined || before >= mark.seq) continue;
    const filter = { _id, [`${field}.seq`]: before === 0 ? { $in: [0, null] } : before };
    await collection.updateOne(filter, { $set: { [field]: mark } });
  }
}
