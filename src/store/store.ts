import type { Connection } from 'mongoose';
import type { DocumentCache } from './cache.ts';
import type { RepositoryDefinition } from './repository-definition.ts';
import type { StoreMetrics } from './store-metrics.ts';

/** What a repository is built from. */
export interface RepositoryContext {
  readonly connection: Connection;
  readonly cache: DocumentCache;
  readonly metrics?: StoreMetrics;
  /** The clock of `createdAt` and `updatedAt`; times that decide something are arguments of the verbs. */
  readonly now: () => Date;
  /** Makes the repository known to index building and to the tests that walk over all of them. */
  register(repository: RegisteredRepository): void;
}

/** What the layer needs to know of each repository. */
export interface RegisteredRepository {
  readonly definition: RepositoryDefinition;
  /** Builds the declared indexes that are missing, and names the ones that nobody declared. */
  ensureIndexes(): Promise<IndexReport>;
}

export interface IndexReport {
  readonly collection: string;
  readonly created: readonly string[];
  /** Left alone: the previous release may still need them. */
  readonly undeclared: readonly string[];
}
