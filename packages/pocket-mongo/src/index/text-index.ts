import type { Document } from '../bson/types.ts';
import { unsupported } from '../errors.ts';
import type { IndexSpec } from './index-spec.ts';
import type { StoredRecord } from './stored-record.ts';

export class TextIndex {
  readonly spec: IndexSpec;

  constructor(spec: IndexSpec) {
    this.spec = spec;
    throw unsupported('A text index');
  }

  build(_records: Iterable<StoredRecord>): void {}
  add(_record: StoredRecord): void {}
  remove(_record: StoredRecord): void {}
  replace(_record: StoredRecord, _document: Document): void {}
}
