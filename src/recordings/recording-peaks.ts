import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError } from '../errors.ts';
import type { Logger } from '../ops/logger.ts';
import type { FileStorage } from '../store/file-storage.ts';
import type { Stored } from '../store/schema.ts';
import { assertStored } from './recording-player.ts';
import type { Recording, RecordingRepository } from './recording-repository.ts';
import { peaksKeyOf } from './recording-state.ts';
import { WavDamaged } from './wav-check.ts';
import { PeakMeter, type WavePeaks } from './wave-peaks.ts';

export interface RecordingPeaksOptions {
  readonly recordings: Pick<RecordingRepository, 'findById'>;
  readonly files: Pick<FileStorage, 'read' | 'put' | 'remove'>;
  readonly logger: Logger;
}

/** What a player draws of a recording; rejects as hearing it does. */
export type RecordingPeaks = (recording: Stored<Recording>) => Promise<WavePeaks>;

/** Of the way in which points are made; those kept in another way are made anew. */
const version = 1;
/** Half a second of sound: a tenth of a millisecond, and few even before the code is compiled. */
const sliceBytes = 16 * 1024;

/**
 * Peaks are worked out when somebody first looks at a recording, as most are never looked at, and kept beside the sound. Calls in
 * progress share the event loop with this: they get their turn after every slice of it, and one recording is measured at a time.
 */
export function createRecordingPeaks({ recordings, files, logger }: RecordingPeaksOptions): RecordingPeaks {
  const running = new Map<string, Promise<WavePeaks>>();
  let before: Promise<unknown> = Promise.resolve();

  return async recording => {
    assertStored(recording);
    const kept = await read(peaksKeyOf(recording.storageKey));
    if (kept) return kept;
    const id = recording._id.toHexString();
    const asked = running.get(id);
    if (asked) return asked;
    const measuring = before.then(() => make(recording)).finally(() => running.delete(id));
    before = measuring.catch(() => {});
    running.set(id, measuring);
    return measuring;
  };

  async function read(key: string): Promise<WavePeaks | null> {
    try {
      const pieces: Buffer[] = [];
      for await (const piece of await files.read(key)) pieces.push(piece);
      const { version: made, ...peaks } = JSON.parse(Buffer.concat(pieces).toString()) as WavePeaks & {
        version: number;
      };
      return made === version ? peaks : null;
    } catch (error) {
      if ((error as { code?: string }).code !== 'FILE_NOT_FOUND')
        logger.warn({ err: error }, 'the peaks kept of a recording cannot be read; they are made anew');
      return null;
    }
  }

  async function make(recording: Stored<Recording>): Promise<WavePeaks> {
    const peaks = await measure(recording.storageKey).catch(async error => {
      await assertStillStored(recording);
      if (error instanceof WavDamaged)
        throw new AppError('RECORDING_DAMAGED', `The file is damaged: ${error.message}.`, { cause: error });
      throw error;
    });
    const key = peaksKeyOf(recording.storageKey);
    try {
      const text = JSON.stringify({ version, ...peaks });
      await files.put(key, Readable.from([Buffer.from(text)]), { contentType: 'application/json' });
    } catch (error) {
      logger.warn({ err: error, recordingId: recording._id.toHexString() }, 'the peaks of a recording were not kept');
    }
    try {
      await assertStillStored(recording);
    } catch (error) {
      // Erased while they were made: whoever removed its files did not find this one.
      await files.remove(key);
      throw error;
    }
    return peaks;
  }

  async function measure(key: string): Promise<WavePeaks> {
    const meter = new PeakMeter();
    for await (const piece of await files.read(key)) {
      for (let at = 0; at < piece.length; at += sliceBytes) {
        meter.add(piece.subarray(at, at + sliceBytes));
        await nextTurn();
      }
    }
    return meter.peaks;
  }

  async function assertStillStored({ _id }: Stored<Recording>): Promise<void> {
    const now = await recordings.findById(_id);
    if (!now) throw new AppError('RECORDING_GONE', 'This recording was removed meanwhile.');
    assertStored(now);
  }
}
