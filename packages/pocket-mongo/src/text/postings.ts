import type { Document } from '../bson/types.ts';
import { type TextFields, termScores } from './text-fields.ts';
import type { TextQuery } from './text-query.ts';

/** Which records contain which term, and how strongly: the inverted lists of a text index. */
export class Postings<Key> {
  private readonly fields: TextFields;
  private readonly lists = new Map<string, Map<Key, number>>();

  constructor(fields: TextFields) {
    this.fields = fields;
  }

  add(key: Key, document: Document): void {
    for (const [term, score] of termScores(document, this.fields)) {
      let list = this.lists.get(term);
      if (!list) {
        list = new Map();
        this.lists.set(term, list);
      }
      list.set(key, score);
    }
  }

  remove(key: Key, document: Document): void {
    for (const term of termScores(document, this.fields).keys()) {
      const list = this.lists.get(term);
      list?.delete(key);
      if (list?.size === 0) this.lists.delete(term);
    }
  }

  /** The records that match, each with its score; `documentOf` is asked only where words alone do not decide. */
  search(query: TextQuery, documentOf: (key: Key) => Document): Map<Key, number> {
    const scores = new Map<Key, number>();
    for (const term of query.terms) {
      for (const [key, score] of this.lists.get(term) ?? []) scores.set(key, (scores.get(key) ?? 0) + score);
    }
    for (const term of query.excludedTerms) {
      for (const key of this.lists.get(term)?.keys() ?? []) scores.delete(key);
    }
    if (query.needsDocument) {
      for (const key of scores.keys()) if (!query.accepts(documentOf(key))) scores.delete(key);
    }
    return scores;
  }

  /** How many term-and-record pairs are held. */
  get size(): number {
    let size = 0;
    for (const list of this.lists.values()) size += list.size;
    return size;
  }
}
