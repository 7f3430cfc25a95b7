import { pipeline } from 'node:stream';
import type { RecordedCall, RecordedCalls } from '../calls/calls.types.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import type { Logger } from '../ops/logger.ts';
import type { FileStorage } from '../store/file-storage.ts';
import type { Stored } from '../store/schema.ts';
import type { Carrier, CarrierRecording } from '../telephony/carrier-contract.ts';
import type { Recording, RecordingFacts, RecordingProblem, RecordingRepository } from './recording-repository.ts';
import { recordingStart, startWithin } from './recording-state.ts';
import { WavCheck, WavDamaged, type WavResult } from './wav-check.ts';

/** What became of one attempt to have a recording; `later` is thrown instead. */
export type FetchResult = 'stored' | 'absent' | 'failed' | 'removed' | 'running';

export interface RecordingFetchOptions {
  readonly recordings: RecordingRepository;
  readonly calls: RecordedCalls;
  readonly carrier: Pick<Carrier, 'recording' | 'recordingMedia'>;
  readonly files: FileStorage;
  readonly logger: Logger;
  /** The sound is here: others may be told. Called again when a process died behind the write that said so. */
  announce(recording: Stored<Recording>, call: RecordedCall): Promise<void>;
  /** Its call was erased meanwhile: nothing of it may remain. */
  erase(recording: Stored<Recording>): Promise<void>;
}

export interface Attempt {
  readonly number: number;
  readonly last: boolean;
  readonly signal: AbortSignal;
}

/** Two hours of two channels are 230 MB; what is larger than this is no call of ours. */
const mostBytes = 1024 ** 3;
/** The carrier's lists lag: what it does not know the first times it may know later. */
const unknownTries = 3;
/** The carrier counts whole seconds. */
const lengthToleranceSeconds = 2;

/** A recording that is not to be had yet; the job tries again. */
export class NotYet extends AppError {
  constructor(message: string) {
    super('RECORDING_NOT_READY', message);
    this.name = 'NotYet';
  }
}

/** Brings the sound of a recording here: asked for, checked, stored whole under its random name, and only then said to be there. */
export function createRecordingFetch(options: RecordingFetchOptions) {
  const { recordings, calls, carrier, files, logger } = options;

  return async (recordingId: string, attempt: Attempt): Promise<FetchResult> => {
    const recording = await recordings.findById(recordingId);
    if (!recording) return 'removed';
    const call = await calls.find(recording.callId.toHexString());
    if (!call || call.erasedAt) {
      await options.erase(recording);
      return 'removed';
    }
    if (recording.state === 'stored') {
      await finish(recording, call);
      return 'stored';
    }
    if (recording.state !== 'announced' && recording.state !== 'failed') return 'removed';
    try {
      return await fetch(recording, call, attempt);
    } catch (error) {
      // Our own end is no failure of theirs.
      if (attempt.signal.aborted) throw error;
      const problem = problemOf(error);
      await recordings.hindered(recording._id, problem, attempt.last ? 'failed' : 'announced').catch(() => {});
      if (attempt.last) await say(call.id, 'failed', recording, problem);
      throw new AppError(problem.code, problem.message, { cause: error });
    }
  };

  async function fetch(recording: Stored<Recording>, call: RecordedCall, attempt: Attempt): Promise<FetchResult> {
    const known = await carrier.recording(recording.sid);
    if (!known && attempt.number < unknownTries) throw new NotYet('The carrier does not know this recording yet.');
    if (!known || known.status === 'deleted')
      return giveUp(recording, call, 'failed', {
        code: 'RECORDING_GONE',
        message: 'The carrier has no such recording any more; it was deleted there before it was fetched.',
      });
    if (known.status === 'absent')
      return giveUp(recording, call, 'absent', {
        code: 'RECORDING_ABSENT',
        message: `The carrier recorded nothing${known.errorCode ? ` (its code ${known.errorCode})` : ''}.`,
      });
    // While people speak there is nothing to fetch: its callback, or the next look, comes back.
    if (known.status === 'running' && !call.endedAt) return 'running';
    if (known.status !== 'completed') throw new NotYet('The carrier has not finished this recording yet.');

    const facts = await download(recording, call, known, attempt);
    const stored = await recordings.stored(recording._id, facts);
    if (stored) {
      await finish(stored, call);
      return 'stored';
    }
    // Somebody was faster. When the call was erased meanwhile, what we just wrote must go again.
    const now = await recordings.findById(recording._id);
    if (now?.state === 'stored') return 'stored';
    await files.remove(recording.storageKey);
    logger.info({ recordingId: recording._id.toHexString() }, 'a recording was erased while it was fetched');
    return 'removed';
  }

  async function download(
    recording: Stored<Recording>,
    call: RecordedCall,
    known: CarrierRecording,
    attempt: Attempt,
  ): Promise<RecordingFacts> {
    const media = await carrier.recordingMedia(recording.sid, { channels: 2, signal: attempt.signal });
    if (!media) throw new NotYet('The carrier says that the recording is finished, and does not hand it out yet.');
    const check = new WavCheck({ announcedBytes: media.bytes, mostBytes });
    // A break on the way reaches the storage as the end of its source, so it keeps nothing.
    const content = pipeline(media.body, check, () => {});
    const file = await files.put(recording.storageKey, content, { contentType: 'audio/wav' });
    const sound = check.result!;
    const problem = oddityOf(sound, known);
    // The next attempt replaces the file. A carrier that goes on saying so may count differently: then it is kept as it is.
    if (problem?.code === 'RECORDING_LENGTH' && !attempt.last) throw new AppError('RECORDING_DAMAGED', problem.message);
    const startedAt = recordingStart(known.startedAt ?? recording.carrierStartedAt, recording.noticedAt);
    const facts: RecordingFacts = {
      contentType: 'audio/wav',
      channels: sound.channels,
      durationSeconds: Math.round(sound.seconds * 1_000) / 1_000,
      bytes: file.bytes,
      hash: file.hash,
      startMs: startWithin(call.answeredAt, startedAt),
      problem,
    };
    return facts;
  }

  /** All that follows from its being here; each step may be repeated. */
  async function finish(recording: Stored<Recording>, call: RecordedCall): Promise<void> {
    await say(call.id, 'stored', recording, recording.problem);
    await options.announce(recording, call);
  }

  async function giveUp(
    recording: Stored<Recording>,
    call: RecordedCall,
    state: 'absent' | 'failed',
    problem: RecordingProblem,
  ): Promise<FetchResult> {
    await recordings.hindered(recording._id, problem, state);
    await say(call.id, state, recording, problem);
    return state;
  }

  async function say(
    callId: string,
    to: 'stored' | 'absent' | 'failed',
    recording: Stored<Recording>,
    problem: RecordingProblem | null,
  ): Promise<void> {
    const { channels, durationSeconds, startMs } = recording;
    const recordingId = recording._id.toHexString();
    const info = to === 'stored' ? { recordingId, channels, durationSeconds, startMs, problem } : { problem };
    await calls.move(callId, { to, info, data: { recordingId, ...(problem ? { problem: problem.code } : {}) } });
  }
}

/** What is odd about a file that is whole. */
function oddityOf(sound: WavResult, known: CarrierRecording): RecordingProblem | null {
  const told = known.durationSeconds;
  if (told !== null && Math.abs(told - sound.seconds) > lengthToleranceSeconds)
    return {
      code: 'RECORDING_LENGTH',
      message: `The file has ${sound.seconds.toFixed(1)} s of sound; the carrier says ${told} s.`,
    };
  if (sound.channels !== 2)
    return { code: 'RECORDING_MONO', message: 'Both sides are in one channel; the carrier has no other form of it.' };
  return null;
}

const brokenLines = new Set([
  'UND_ERR_SOCKET',
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'UND_ERR_BODY_TIMEOUT',
]);
const fullDisk = new Set(['ENOSPC', 'EDQUOT']);

/** What people are told; the cause is in the log of the job. */
export function problemOf(error: unknown): RecordingProblem & { readonly code: ErrorCode } {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (error instanceof WavDamaged)
    return { code: 'RECORDING_DAMAGED', message: `The file is damaged or cut off: ${error.message}.` };
  if (brokenLines.has(code))
    return {
      code: 'RECORDING_DAMAGED',
      message: 'The connection to the carrier broke before the whole file was here.',
    };
  if (fullDisk.has(code))
    return { code: 'STORAGE_FULL', message: 'The disk under DATA_DIR is full; make room, and it is tried again.' };
  if (error instanceof AppError) return { code: error.code, message: error.message };
  return { code: 'RECORDING_FAILED', message: 'The recording could not be fetched; the log has the cause.' };
}
