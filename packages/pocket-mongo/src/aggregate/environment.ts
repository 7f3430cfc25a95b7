import type { Collation } from '../bson/collation.ts';
import type { Variables } from './compiler.ts';
import type { Document } from './values.ts';

/** What a pipeline may ask of the store around it. */
export interface PipelineEnvironment {
  /** The documents of a collection of the same database that match; indexes may serve it. `let` holds values for `$expr`. */
  find(collection: string, filter: Document, options?: FindOptions): Iterable<Document>;
  /** The name of the collection the pipeline runs on, when there is one. */
  readonly collection?: string | undefined;
  indexStats?(): Iterable<Document>;
  /** Sizes and counts of the collection; sizes divided by `scale`. */
  collStats?(scale: number): Document;
  readonly now?: Date | undefined;
  readonly collation?: Collation | undefined;
  readonly let?: Variables | undefined;
  /** `{$meta: name}` of a document that `find` delivered. */
  readonly meta?: ((document: Document, name: string) => unknown) | undefined;
  /** Told which document a stage made of which, so that `meta` can be asked about the new one. */
  readonly derived?: ((from: Document, to: Document) => void) | undefined;
  /** Decides `$text` in a `$match`, which must be the first stage. */
  readonly text?: ((specification: unknown) => (document: Document) => boolean) | undefined;
}

export interface FindOptions {
  readonly collation?: Collation | undefined;
  readonly let?: Variables | undefined;
}

/** What the store does with the results of `$out` and `$merge`; the pipeline itself writes nothing. */
export type Output = OutOutput | MergeOutput;

export interface OutOutput {
  readonly kind: 'out';
  readonly database?: string | undefined;
  readonly collection: string;
}

export interface MergeOutput {
  readonly kind: 'merge';
  readonly database?: string | undefined;
  readonly collection: string;
  /** The fields that identify the target document; a unique index must cover them. */
  readonly on: readonly string[];
  /** The document to store in place of `existing`, or nothing when the target stays as it is; throws where the stage says fail. */
  resolve(existing: Document | undefined, incoming: Document): Document | undefined;
}

/** One compiled stage: from an iterable to an iterable, lazily where it can. */
export type Stage = (source: Iterable<Document>) => Iterable<Document>;
