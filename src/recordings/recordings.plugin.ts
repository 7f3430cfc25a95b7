import fp from 'fastify-plugin';
import { Type } from 'typebox';
import type { RecordedCalls } from '../calls/calls.types.ts';
import type { Announcements } from '../hooks/hooks-events.ts';
import { defineJob } from '../jobs/queue.ts';
import type { Carrier } from '../telephony/carrier-contract.ts';
import { createRecordingDesk } from './recording-desk.ts';
import { createRecordingFetch } from './recording-fetch.ts';
import { createRecordingLinks } from './recording-links.ts';
import { createRecordingPeaks } from './recording-peaks.ts';
import { createRecordingPlayer } from './recording-player.ts';
import { createRecordingRemoval } from './recording-removal.ts';
import { RecordingRepository } from './recording-repository.ts';
import { recordingRoutes } from './recordings.routes.ts';
import type { RecordingDesk } from './recordings.types.ts';
import { retentionRoutes } from './retention.routes.ts';
import { createRetention, type KeptTranscripts, type Retention } from './retention.ts';

/** What recordings need of the others, put together in `app.ts`. */
export interface RecordingServices {
  readonly calls: RecordedCalls;
  /** Our id of a call, by ours or the carrier's; throws `CALL_NOT_FOUND`. */
  readonly callIdOf: (sid: string) => Promise<string>;
  readonly transcripts: KeptTranscripts;
  readonly carrier: Carrier;
  readonly announcements: Announcements;
  readonly now?: () => Date;
}

declare module 'fastify' {
  interface FastifyInstance {
    recordings: RecordingDesk;
    retention: Retention;
  }
}

const recordingPayload = Type.Object({ recordingId: Type.String() }, { additionalProperties: false });

/** From seconds to an hour apart, for about half a day: a carrier or a storage that is away for a night is waited for. */
const fetchJob = defineJob('recordings.fetch', {
  payload: recordingPayload,
  backoff: { firstMs: 2_000, longestMs: 60 * 60_000 },
  maxAttempts: 24,
  timeLimitMs: 15 * 60_000,
  concurrency: 4,
});
const deleteAtCarrierJob = defineJob('recordings.delete-at-carrier', {
  payload: recordingPayload,
  backoff: { firstMs: 10_000, longestMs: 60 * 60_000 },
  maxAttempts: 30,
  timeLimitMs: 60_000,
});
const lookJob = defineJob('recordings.look', {
  payload: Type.Object({}, { additionalProperties: false }),
  maxAttempts: 1,
  concurrency: 1,
});

/** The carrier tells of a finished recording within a minute; of one it did not tell of we ask after this long. */
const quietMs = 5 * 60_000;
const looksAtOnce = 200;

/** Recordings: fetched from the carrier, kept under RETENTION_DAYS, played to whoever may hear them. */
export const recordingsPlugin = fp<RecordingServices>(
  async (app, { calls, callIdOf, transcripts, carrier, announcements, now = () => new Date() }) => {
    const { config, logging, metrics } = app.operations;
    const { jobs, files } = app;
    const logger = logging.component('recordings');
    const recordings = new RecordingRepository(app.store);
    const fetches = metrics.counter('recording_fetches_total', 'Attempts to fetch a recording, by what came of them.', [
      'result',
    ]);
    const bytes = metrics.counter('recording_bytes_total', 'Bytes of recordings that were fetched and stored.');

    const deleteAtCarrier = async (recordingId: string) => {
      await jobs.enqueue(deleteAtCarrierJob, { recordingId }, { dedupeKey: recordingId });
    };
    const fetchLater = async (recordingId: string) => {
      await jobs.enqueue(fetchJob, { recordingId }, { dedupeKey: recordingId });
    };
    const removal = createRecordingRemoval({
      recordings,
      calls,
      files,
      logger,
      expireAtCarrier: config.DELETE_CARRIER_RECORDINGS,
      deleteAtCarrier,
    });
    app.decorate('recordings', createRecordingDesk({ recordings, calls, carrier, removal, logger, now, fetchLater }));
    const retention = createRetention({ days: config.RETENTION_DAYS, removal, transcripts, jobs, logger, now });
    app.decorate('retention', retention);

    const fetch = createRecordingFetch({
      recordings,
      calls,
      carrier,
      files,
      logger,
      erase: async recording => void (await removal.erase(recording)),
      async announce(recording, call) {
        const id = recording._id.toHexString();
        await announcements.announce('recording.ready', `recording.ready:${id}`, `call:${call.id}`, {
          callId: call.id,
          callSid: call.sid,
          recording: recordings.toApi(recording),
        });
        if (config.DELETE_CARRIER_RECORDINGS && !recording.goneAtCarrier) await deleteAtCarrier(id);
      },
    });
    jobs.process(fetchJob, async ({ recordingId }, { attempt, lastAttempt, signal }) => {
      try {
        const result = await fetch(recordingId, { number: attempt, last: lastAttempt, signal });
        fetches.inc({ result });
        if (result === 'stored') bytes.inc((await recordings.findById(recordingId))?.bytes ?? 0);
      } catch (error) {
        fetches.inc({ result: lastAttempt ? 'failed' : 'again-later' });
        throw error;
      }
    });
    jobs.process(deleteAtCarrierJob, async ({ recordingId }) => {
      const recording = await recordings.findById(recordingId);
      if (!recording || recording.goneAtCarrier) return;
      await carrier.deleteRecording(recording.sid);
      await recordings.removedAtCarrier(recording._id, now());
    });
    jobs.process(lookJob, async () => {
      const waiting = await recordings.waiting(new Date(now().getTime() - quietMs), looksAtOnce);
      for (const { _id } of waiting) await fetchLater(_id.toHexString());
    });
    jobs.schedule(lookJob, { cron: '*/5 * * * *', payload: {}, catchUpMs: 5 * 60_000 });

    await app.register(retentionRoutes, { days: config.RETENTION_DAYS });
    await app.register(recordingRoutes, {
      recordings,
      play: createRecordingPlayer({ recordings, files, now }),
      peaksOf: createRecordingPeaks({ recordings, files, logger }),
      links: createRecordingLinks(app.settings, now),
      retention,
      callIdOf,
      publicUrl: path => app.publicAddress.http(path),
      now,
    });
  },
  { name: 'recordings', dependencies: ['store', 'auth', 'settings', 'files', 'jobs', 'hooks'] },
);
