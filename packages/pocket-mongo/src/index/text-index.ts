import type { Document } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { findLanguage } from '../text/language.ts';
import { Postings } from '../text/postings.ts';
import { type TextFields, textParts } from '../text/text-fields.ts';
import { compileTextQuery } from '../text/text-query.ts';
import type { IndexSpec } from './index-spec.ts';
import type { StoredRecord } from './stored-record.ts';

/** The words of a collection's documents and where they occur. */
export class TextIndex {
  readonly spec: IndexSpec;
  readonly #fields: TextFields;
  #postings: Postings<StoredRecord>;

  constructor(spec: IndexSpec) {
    if (!spec.text) throw new CommandError('CannotCreateIndex', `${spec.name} is no text index`);
    findLanguage(spec.text.language); // refuses languages that have no stemmer here
    this.spec = spec;
    this.#fields = {
      weights: Object.fromEntries(spec.text.weights),
      defaultLanguage: spec.text.language,
      languageOverride: spec.text.languageOverride,
    };
    this.#postings = new Postings(this.#fields);
  }

  build(records: Iterable<StoredRecord>): void {
    for (const record of records) this.add(record);
  }

  /** Refuses a document in a language without a stemmer here, before any index has taken it. */
  check(document: Document): void {
    textParts(document, this.#fields);
  }

  add(record: StoredRecord): void {
    this.#postings.add(record, record.document);
  }

  remove(record: StoredRecord): void {
    this.#postings.remove(record, record.document);
  }

  /** To be called while the record still holds the old document. */
  replace(record: StoredRecord, document: Document): void {
    this.#postings.remove(record, record.document);
    this.#postings.add(record, document);
  }

  /** The records that match the operand of `$text`, with their relevance. */
  search(operand: unknown): ReadonlyMap<StoredRecord, number> {
    const query = compileTextQuery(operand, this.#fields);
    return this.#postings.search(query, record => record.document);
  }
}
