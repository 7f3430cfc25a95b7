import { Schema } from 'mongoose';
import { BaseRepository } from '../store/base-repository.ts';
import { namedQuery } from '../store/query-table.ts';
import { defineSchema, expiresBy, type Stored } from '../store/schema.ts';
import type { RepositoryContext } from '../store/store.ts';

/** How a process stands, as the figures of all of them show it. */
export interface ProcessFigures {
  readonly id: string;
  readonly sessions: number;
  readonly delayMs: number;
  readonly memoryBytes: number;
  readonly uptimeSeconds: number;
}

/** One process that serves this store. */
export interface ServingProcess {
  readonly processId: string;
  /** Which release it runs (`version` counts changes of a document); null in rows of releases that did not say. */
  readonly release: string | null;
  /** Whether it hears the others through Redis. */
  readonly redis: boolean;
  readonly figures: ProcessFigures | null;
  /** A row that nobody renews goes by itself after this. */
  readonly expiresAt: Date;
}

const schema = defineSchema(
  {
    processId: { type: String, required: true },
    release: { type: String, default: null },
    redis: { type: Boolean, required: true },
    figures: { type: Schema.Types.Mixed, default: null },
    expiresAt: { type: Date, required: true },
  },
  {
    indexes: [{ keys: { processId: 1 }, unique: true }, expiresBy('expiresAt'), { keys: { createdAt: -1, _id: -1 } }],
  },
);

const queries = {
  byProcess: namedQuery({ processId: 'string' }, ({ processId }) => ({ processId })),
  alive: namedQuery({ now: 'date' }, ({ now }) => ({ expiresAt: { $gt: now } })),
};

/** Which processes serve this store now: each keeps a row of its own alive. */
export class ProcessRepository extends BaseRepository<ServingProcess, typeof queries, { processId: string }> {
  constructor(context: RepositoryContext) {
    super(context, { collection: 'processes', schema, queries });
  }

  toApi({ processId }: Stored<ServingProcess>): { processId: string } {
    return { processId };
  }

  async sign({ processId, ...fields }: ServingProcess): Promise<void> {
    await this.upsert('byProcess', { processId }, { $set: fields });
  }

  alive(now: Date): Promise<Stored<ServingProcess>[]> {
    return this.find('alive', { now });
  }

  async leave(processId: string): Promise<void> {
    await this.removeMany('byProcess', { processId });
  }
}
