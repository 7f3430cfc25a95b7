import { join } from 'node:path';
import type { Logger } from 'pino';
import { type StoreStats, startPocketMongo } from 'pocket-mongo';
import { AppError } from '../errors.ts';

export interface EmbeddedStore {
  readonly uri: string;
  /** Another process serves the folder; when it ends, this one loses its store. */
  readonly joined: boolean;
  /** What only a person can mend: it can no longer write, or has little memory left; undefined while all is well. */
  trouble(): Promise<StoreTrouble | undefined>;
  /** Ends the server after its last write is on disk; a joined one stays. */
  close(): Promise<void>;
}

export interface StoreTrouble {
  readonly status: 'degraded' | 'down';
  readonly problem: string;
  readonly remedy: string;
  /** Everything still works: it is told before it does not. */
  readonly warning?: true;
}

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly encryptionKeys?: readonly Uint8Array[];
  /** What it may take of memory; everything it stores lies there. */
  readonly memoryMb?: number | undefined;
  readonly logger: Logger;
}

/** Starts the embedded store in `DATA_DIR/store`, or joins the process that runs it there already. */
export async function startEmbedded({
  dataDir,
  encryptionKeys = [],
  memoryMb,
  logger,
}: EmbeddedOptions): Promise<EmbeddedStore> {
  try {
    const server = await startPocketMongo({
      dir: join(dataDir, 'store'),
      encryptionKeys,
      ...(memoryMb === undefined ? {} : { maxHeapMb: memoryMb }),
      onEvent: ({ level, message, ...details }) => logger[level](details, message),
    });
    if (server.joined) logger.info('another process runs the embedded store of this folder; joined it');
    return {
      uri: server.uri,
      joined: server.joined,
      trouble: async () => troubleOf(await server.stats()),
      close: () => server.close(),
    };
  } catch (error) {
    // Its messages are written for people: the file and place of damage, a missing key, a folder that cannot be written.
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('STORE_UNAVAILABLE', `The embedded store cannot start: ${reason}`, { cause: error });
  }
}

const memoryRemedy =
  'Give it more memory with EMBEDDED_STORE_MB, remove data that is no longer needed, or set MONGODB_URI to a MongoDB server.';

/** What the figures of an embedded store ask of a person. */
export function troubleOf({
  writable,
  writeError,
  memory,
}: Pick<StoreStats, 'writable' | 'writeError' | 'memory'>): StoreTrouble | undefined {
  if (!writable)
    return {
      status: 'down',
      problem: `The embedded store cannot write: ${writeError ?? 'its journal cannot be written'}`,
      remedy: 'Free some space on the disk of DATA_DIR, then start the product again: until then nothing is kept.',
    };
  const used = `The embedded store uses ${memory.usedPercent} % of its ${memory.limitMb.toLocaleString('en')} MB of memory`;
  if (memory.state === 'full')
    return { status: 'degraded', problem: `${used} and takes nothing new, so no call can begin`, remedy: memoryRemedy };
  if (memory.state === 'low')
    return {
      status: 'degraded',
      warning: true,
      problem: `${used} and will soon take nothing new`,
      remedy: memoryRemedy,
    };
  return undefined;
}
