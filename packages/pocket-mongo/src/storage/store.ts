import type { StartMessage, StoreEvent, StoreStats } from '../messages.ts';
import { Catalog } from './catalog.ts';
import type { CatalogChange, ChangeLog } from './change-log.ts';

export type StorageStats = Pick<
  StoreStats,
  'writable' | 'writeError' | 'collections' | 'documents' | 'dataBytes' | 'journalBytes' | 'snapshotBytes' | 'commits'
>;

/** The documents in memory and the journal behind them. */
export class Store implements ChangeLog {
  readonly catalog = new Catalog(this);

  static async open(_options: StartMessage, _onEvent: (event: StoreEvent) => void): Promise<Store> {
    return new Store();
  }

  put(_namespace: string, _encoded: Uint8Array): void {}

  delete(_namespace: string, _encodedId: Uint8Array): void {}

  change(_change: CatalogChange): void {}

  /** Throws when nothing can be stored at the moment. */
  assertWritable(): void {}

  /** Resolves once every change made so far is on disk. */
  async durable(): Promise<void> {}

  async close(): Promise<void> {}

  stats(): StorageStats {
    let collections = 0;
    let documents = 0;
    let dataBytes = 0;
    for (const collection of this.catalog.all()) {
      collections++;
      documents += collection.records.size;
      dataBytes += collection.dataBytes;
    }
    return {
      writable: true,
      writeError: undefined,
      collections,
      documents,
      dataBytes,
      journalBytes: 0,
      snapshotBytes: 0,
      commits: 0,
    };
  }
}
