import { randomBytes } from 'node:crypto';
import { Types } from 'mongoose';
import type { RecordedCalls } from '../calls/calls.types.ts';
import type { Logger } from '../ops/logger.ts';
import type { Stored } from '../store/schema.ts';
import type { Carrier } from '../telephony/carrier-contract.ts';
import type { RecordingRemoval } from './recording-removal.ts';
import type { Recording, RecordingRepository } from './recording-repository.ts';
import type { RecordingDesk, RecordingReport } from './recordings.types.ts';

export interface RecordingDeskOptions {
  readonly recordings: RecordingRepository;
  readonly calls: RecordedCalls;
  readonly carrier: Pick<Carrier, 'recordingsOf'>;
  readonly removal: RecordingRemoval;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Promises that the recording is fetched. */
  fetchLater(recordingId: string): Promise<void>;
}

/** Writes down what is said about recordings, and sees to it that they are fetched, or removed where their call was erased. */
export function createRecordingDesk(options: RecordingDeskOptions): RecordingDesk {
  const { recordings, calls, carrier, removal, logger, now } = options;

  async function note(
    callId: string,
    sid: string,
    facts: Parameters<RecordingRepository['note']>[2],
  ): Promise<Stored<Recording> | null> {
    const call = await calls.find(callId);
    const first = { callId: new Types.ObjectId(callId), storageKey: storageKey(now()), state: 'announced' as const };
    const { recording } = await recordings.note(sid, first, facts);
    if (recording.state === 'erased' || !call || call.erasedAt) {
      await removal.erase(recording);
      return null;
    }
    return recording;
  }

  return {
    async started(callId, sid, at) {
      await note(callId, sid, { noticedAt: at });
    },

    async reported({ callId, sid, status, channels, durationSeconds, startedAt }: RecordingReport) {
      const recording = await note(callId, sid, { channels, durationSeconds, carrierStartedAt: startedAt });
      if (!recording || status === 'running') return;
      if (recording.state === 'announced' || recording.state === 'failed')
        await options.fetchLater(recording._id.toHexString());
    },

    async erase(callId, callSid) {
      // What the carrier has and never told us about belongs to the call as well.
      let complete = true;
      const untold =
        callSid === null
          ? []
          : await carrier.recordingsOf(callSid).catch(error => {
              logger.warn(
                { err: error, attemptId: callId },
                'the carrier could not be asked for recordings of an erased call',
              );
              complete = false;
              return [];
            });
      const known = await recordings.ofCall(callId);
      for (const { sid } of untold) {
        if (known.some(each => each.sid === sid)) continue;
        const first = {
          callId: new Types.ObjectId(callId),
          storageKey: storageKey(now()),
          state: 'announced' as const,
        };
        known.push((await recordings.note(sid, first, {})).recording);
      }
      for (const recording of known) if (!(await removal.erase(recording))) complete = false;
      return { recordings: known.length, complete };
    },
  };
}

/** A name that tells nothing but the month. */
function storageKey(now: Date): string {
  const [year, month] = now.toISOString().split('-');
  return `recordings/${year}/${month}/${randomBytes(18).toString('base64url').replace(/^[-_]/, 'a')}.wav`;
}
