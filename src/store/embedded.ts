import { join } from 'node:path';
import type { Logger } from 'pino';
import { startPocketMongo } from 'pocket-mongo';
import { AppError } from '../errors.ts';

export interface EmbeddedStore {
  readonly uri: string;
  /** Another process serves the folder; when it ends, this one loses its store. */
  readonly joined: boolean;
  /** Why it can no longer write (a full disk), which lasts until it is started again; undefined while all is well. */
  writeProblem(): Promise<string | undefined>;
  /** Ends the server after its last write is on disk; a joined one stays. */
  close(): Promise<void>;
}

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly encryptionKeys?: readonly Uint8Array[];
  readonly logger: Logger;
}

/** Starts the embedded store in `DATA_DIR/store`, or joins the process that runs it there already. */
export async function startEmbedded({ dataDir, encryptionKeys = [], logger }: EmbeddedOptions): Promise<EmbeddedStore> {
  try {
    const server = await startPocketMongo({
      dir: join(dataDir, 'store'),
      encryptionKeys,
      onEvent: ({ level, message, ...details }) => logger[level](details, message),
    });
    if (server.joined) logger.info('another process runs the embedded store of this folder; joined it');
    return {
      uri: server.uri,
      joined: server.joined,
      writeProblem: async () => {
        const { writable, writeError } = await server.stats();
        return writable ? undefined : (writeError ?? 'its journal cannot be written');
      },
      close: () => server.close(),
    };
  } catch (error) {
    // Its messages are written for people: the file and place of damage, a missing key, a folder that cannot be written.
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('STORE_UNAVAILABLE', `The embedded store cannot start: ${reason}`, { cause: error });
  }
}
