import type { RecordedCalls } from '../calls/calls.types.ts';
import type { Logger } from '../ops/logger.ts';
import type { FileStorage } from '../store/file-storage.ts';
import type { Stored } from '../store/schema.ts';
import type { Recording, RecordingRepository } from './recording-repository.ts';
import { peaksKeyOf, soundKeyOf } from './recording-state.ts';

export interface RecordingRemovalOptions {
  readonly recordings: RecordingRepository;
  readonly calls: RecordedCalls;
  readonly files: FileStorage;
  readonly logger: Logger;
  /** Whether the carrier's copy goes when ours does because its time is over. */
  readonly expireAtCarrier: boolean;
  /** Promises that the carrier is told to delete its copy. */
  deleteAtCarrier(recordingId: string): Promise<void>;
}

export interface RecordingRemoval {
  /** Removes it with its files, here and at the carrier; false when the file could not be removed yet, which is tried again. */
  erase(recording: Stored<Recording>): Promise<boolean>;
  /** Removes what is older than this; how many, and how many bytes they had. */
  expire(before: Date, signal?: AbortSignal): Promise<{ recordings: number; bytes: number }>;
  /** How much `expire` would remove. */
  expiring(before: Date): Promise<{ recordings: number; bytes: number }>;
  /** Removes files that an earlier attempt could not, and files that belong to nothing; how many. */
  sweep(signal?: AbortSignal): Promise<{ left: number; orphans: number }>;
}

const keysAtOnce = 200;

/** Removing: the document says so first, then the file goes. Whatever a crash leaves between the two is found by `sweep`. */
export function createRecordingRemoval(options: RecordingRemovalOptions): RecordingRemoval {
  const { recordings, calls, files, logger } = options;

  async function removeFile(recording: Stored<Recording>): Promise<boolean> {
    try {
      await files.remove(peaksKeyOf(recording.storageKey));
      await files.remove(recording.storageKey);
      await recordings.fileRemoved(recording._id);
      return true;
    } catch (error) {
      logger.warn({ err: error, recordingId: recording._id.toHexString() }, 'a file could not be removed yet');
      return false;
    }
  }

  async function* due(before: Date): AsyncGenerator<Stored<Recording>> {
    yield* recordings.storedBefore(before);
  }

  return {
    async erase(recording) {
      // The promise to tell the carrier comes first: after the write nobody would think of it again.
      if (!recording.goneAtCarrier) await options.deleteAtCarrier(recording._id.toHexString());
      const withdrawn =
        (await recordings.withdraw(recording._id, 'erased')) ?? (await recordings.findById(recording._id));
      return withdrawn?.removing ? removeFile(withdrawn) : true;
    },

    async expire(before, signal) {
      const removed = { recordings: 0, bytes: 0 };
      for await (const recording of due(before)) {
        if (signal?.aborted) break;
        const withdrawn = await recordings.withdraw(recording._id, 'expired');
        if (!withdrawn) continue;
        if (options.expireAtCarrier && !recording.goneAtCarrier)
          await options.deleteAtCarrier(recording._id.toHexString());
        await removeFile(withdrawn);
        const data = { recordingId: recording._id.toHexString() };
        await calls.move(recording.callId.toHexString(), { to: 'expired', info: null, data });
        removed.recordings += 1;
        removed.bytes += recording.bytes ?? 0;
      }
      return removed;
    },

    async expiring(before) {
      const found = { recordings: 0, bytes: 0 };
      for await (const { bytes } of due(before)) {
        found.recordings += 1;
        found.bytes += bytes ?? 0;
      }
      return found;
    },

    async sweep(signal) {
      const swept = { left: 0, orphans: 0 };
      for await (const recording of recordings.toRemove()) {
        if (signal?.aborted) return swept;
        if (await removeFile(recording)) swept.left += 1;
      }
      let keys: string[] = [];
      const check = async () => {
        const kept = await recordings.keptAmong(keys.map(soundKeyOf));
        for (const key of keys) if (!kept.has(soundKeyOf(key)) && (await files.remove(key))) swept.orphans += 1;
        keys = [];
      };
      for await (const key of files.keys('recordings')) {
        if (signal?.aborted) return swept;
        keys.push(key);
        if (keys.length === keysAtOnce) await check();
      }
      if (keys.length > 0) await check();
      return swept;
    },
  };
}
