import { type IndexDefinition, type IndexOptions, Schema, type SchemaDefinition, type Types } from 'mongoose';

/** What every stored document has beside its own fields. */
export interface DocumentBase {
  readonly _id: Types.ObjectId;
  /** The shape it was written in. A newer one than ours is read all the same: releases only ever add. */
  readonly schemaVersion: number;
  /** Counts the changes, for compare-and-set. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Set on a soft-deleted document; finders pass it by. */
  readonly deletedAt?: Date | null;
}

export type Stored<T> = DocumentBase & T;

/** Who works on a document, and until when nobody else may. An expired one is as good as none. */
export interface Lease {
  readonly owner: string;
  readonly until: Date;
  /** Grows with each claim, so that work done under an older one can be told apart. */
  readonly fence: number;
}

export interface IndexSpec {
  readonly keys: IndexDefinition;
  readonly unique?: boolean;
  readonly sparse?: boolean;
  /** Only documents that match this are in the index. */
  readonly where?: Record<string, unknown>;
  /** Documents go away this long after the (single) date in `keys`; 0 means at that date. */
  readonly expireAfterSeconds?: number;
  readonly name?: string;
}

export interface SchemaOptions {
  /** Raised when the shape changes, together with a migration. */
  readonly schemaVersion?: number;
  readonly indexes?: readonly IndexSpec[];
  readonly softDelete?: boolean;
  /** Adds a `lease`, for `claim`, `renew` and `release`. */
  readonly leased?: boolean;
}

/** Makes the schema of a collection: the common fields, unknown fields refused, indexes declared but never built behind our back. */
export function defineSchema(fields: SchemaDefinition, options: SchemaOptions = {}): Schema {
  const schema = new Schema(
    {
      ...fields,
      schemaVersion: { type: Number, required: true, default: options.schemaVersion ?? 1, immutable: true },
      version: { type: Number, required: true, default: 1 },
      createdAt: { type: Date, required: true },
      updatedAt: { type: Date, required: true },
      ...(options.softDelete ? { deletedAt: { type: Date, default: null } } : {}),
      ...(options.leased ? { lease: leaseFields } : {}),
    },
    {
      strict: 'throw',
      strictQuery: 'throw',
      versionKey: false,
      id: false,
      minimize: false,
      autoIndex: false,
      autoCreate: false,
      // The base repository stamps times itself, from the clock it was given.
      timestamps: false,
    },
  );
  for (const index of options.indexes ?? []) schema.index(index.keys, indexOptions(index));
  return schema;
}

/** A free document's lease ended in 1970, so that "free" is one range an index can answer, not a missing field. */
const leaseFields = {
  owner: { type: String, default: '' },
  until: { type: Date, default: () => new Date(0) },
  fence: { type: Number, default: 0 },
};

/** A telephone number as it is stored: E.164, made so at the edge by `compliance/phone.ts`. */
export const phoneField = { type: String, required: true, match: /^\+[1-9]\d{6,14}$/ } as const;

/** An index that removes documents at the date in `field`, or `seconds` after it. */
export const expiresBy = (field: string, seconds = 0): IndexSpec => ({
  keys: { [field]: 1 },
  expireAfterSeconds: seconds,
});

function indexOptions({ unique, sparse, where, expireAfterSeconds, name }: IndexSpec): IndexOptions {
  return {
    ...(unique ? { unique } : {}),
    ...(sparse ? { sparse } : {}),
    ...(where ? { partialFilterExpression: where } : {}),
    ...(expireAfterSeconds === undefined ? {} : { expireAfterSeconds }),
    ...(name ? { name } : {}),
  };
}
