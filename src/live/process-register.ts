import type { Logger } from '../ops/logger.ts';
import type { ProcessFigures, ProcessRepository } from './process-repository.ts';

export interface RegisterOptions {
  readonly repository: ProcessRepository;
  readonly processId: string;
  readonly release: string;
  readonly redis: boolean;
  readonly figures: () => ProcessFigures | null;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** One of the processes that serve the store. */
export interface KnownProcess {
  readonly id: string;
  readonly version: string | null;
  /** The one that answers. */
  readonly here: boolean;
  /** As it wrote them last; null until its first figures. */
  readonly figures: Omit<ProcessFigures, 'id'> | null;
}

/** Knows who else serves the same store. */
export interface ProcessRegister {
  /** Renews our row and looks at the others'. Never rejects. */
  look(): Promise<void>;
  /** The figures of the others, as they wrote them last. */
  readonly others: readonly ProcessFigures[];
  /** All of us, as the store knows us now. */
  all(): Promise<readonly KnownProcess[]>;
  /** Some of us do not hear each other: one sentence for an operator, or null. */
  readonly trouble: string | null;
  /** We are of different releases, and since when this process has seen it; null while all are of one. */
  readonly mixed: { readonly releases: readonly (string | null)[]; readonly since: Date } | null;
  close(): Promise<void>;
}

const lifeMs = 15_000;

const deaf =
  'Several processes use this store without REDIS_URL: each of them tells its clients only of its own calls, and takes commands for ' +
  'its own calls alone. Set REDIS_URL to the same Redis for all of them.';

export function createProcessRegister(options: RegisterOptions): ProcessRegister {
  const { repository, processId, release, redis, figures, logger, now } = options;
  let others: ProcessFigures[] = [];
  let trouble: string | null = null;
  let mixed: ProcessRegister['mixed'] = null;
  return {
    get others() {
      return others;
    },
    get trouble() {
      return trouble;
    },
    get mixed() {
      return mixed;
    },
    async all() {
      const rows = await repository.alive(now());
      return rows.map(each => {
        const { id: _, ...theirs } = each.figures ?? { id: '' };
        const here = each.processId === processId;
        return {
          id: each.processId,
          version: each.release ?? null,
          here,
          figures: each.figures ? (theirs as Omit<ProcessFigures, 'id'>) : null,
        };
      });
    },
    async look() {
      try {
        const at = now();
        const expiresAt = new Date(at.getTime() + lifeMs);
        await repository.sign({ processId, release, redis, figures: figures(), expiresAt });
        const rest = (await repository.alive(at)).filter(each => each.processId !== processId);
        others = rest.flatMap(each => (each.figures ? [each.figures] : []));
        const before = trouble;
        trouble = rest.length > 0 && (!redis || rest.some(each => !each.redis)) ? deaf : null;
        const releases = [...new Set([release, ...rest.map(each => each.release ?? null)])];
        mixed = releases.length > 1 ? { releases, since: mixed?.since ?? at } : null;
        if (trouble && !before) logger.warn({ processes: rest.length + 1 }, deaf);
      } catch (err) {
        logger.debug({ err }, 'it could not be looked up who else serves this store');
      }
    },
    async close() {
      // A killed process leaves its row, which is forgotten after some seconds.
      await repository.leave(processId).catch(() => undefined);
    },
  };
}
