import { join } from 'node:path';
import fp from 'fastify-plugin';
import { type CallEventLog, createCallEventLog } from './call-event-log.ts';
import { CallEventRepository, type NewCallEvent } from './call-event-repository.ts';
import { createCallNames } from './call-names.ts';
import './calls-events.ts';
import { createCallJournal, type RunningJournal } from './call-journal.ts';
import { callRecordRoutes, findCall } from './call-record.routes.ts';
import { CallRepository } from './call-repository.ts';
import type { CallFlag, CallPast, CallView, HeldCall, RecordedCalls } from './calls.types.ts';
import { createJournalMetrics } from './journal-metrics.ts';
import { createJournalSpool } from './journal-spool.ts';
import { createJournalWriter } from './journal-writer.ts';
import { createRecordedCalls } from './recorded-calls.ts';
import { TranscriptRepository } from './transcript-repository.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Where calls are written down. */
    callRecords: {
      readonly calls: CallRepository;
      readonly events: CallEventRepository;
      /** The one way by which events with reserved numbers are written. */
      readonly eventLog: CallEventLog;
      readonly transcripts: TranscriptRepository;
      readonly journal: RunningJournal;
      /** Calls, as the recordings feature may see them. */
      readonly recorded: RecordedCalls;
      /** Our id of a call, by ours or the carrier's; throws `CALL_NOT_FOUND`. */
      readonly idOf: (sid: string) => Promise<string>;
      /** The same for whoever acts on a live one; throws `CALL_NOT_FOUND`. */
      readonly held: (sid: string) => Promise<HeldCall>;
      /** Tells other systems that an ended call has a transcript; told twice is told once. */
      readonly announceTranscript: (call: CallView) => Promise<void>;
      /** What happened on a call until now, as it was written down. */
      readonly pastOf: (callId: string) => Promise<CallPast>;
      /** Writes down why a person should look at a call. */
      readonly keepFlags: (callId: string, flags: readonly CallFlag[]) => Promise<void>;
      /** Every call that has not ended, as lists show it. */
      readonly activeViews: () => Promise<CallView[]>;
    };
  }
}

/** How often to look for what processes left behind that died. */
const adoptEveryMs = 60_000;

/** The records of calls, the journal that writes them, and the routes that read them. */
export const callRecordsPlugin = fp<{ now: () => Date }>(
  async (app, { now }) => {
    const { config, logging, metrics: registered, events: domain, processId } = app.operations;
    const logger = logging.component('call-journal');
    const calls = new CallRepository(app.store);
    const events = new CallEventRepository(app.store);
    const transcripts = new TranscriptRepository(app.store);
    const metrics = createJournalMetrics(registered.registry, () => journal.backlog);
    const spool = createJournalSpool({
      folder: join(config.DATA_DIR, 'spool'),
      processId,
      sealer: app.sealer,
      logger,
    });
    const noted = ({ callId, seq, type, at, source, data }: NewCallEvent) =>
      domain.publish('calls.noted', {
        callId: callId.toHexString(),
        event: { seq, type, at: at.toISOString(), source, data },
      });
    const writer = createJournalWriter({
      calls,
      events,
      transcripts,
      noted,
      changed: (call, fields) => domain.publish('calls.changed', { call: calls.toApi(call), fields }),
      logger,
      lost: metrics.lost,
    });
    const journal = createCallJournal({ writer, spool, events: domain, logger, metrics, now });
    const eventLog = createCallEventLog({ events, keep: event => journal.keep(event), noted, logger, now });
    const recorded = createRecordedCalls({ calls, eventLog, events: domain });
    const idOf = async (sid: string) => (await findCall(calls, sid))._id.toHexString();
    const held = async (name: string): Promise<HeldCall> => {
      const { _id, sid, endedAt, terminationReason, processId } = await findCall(calls, name);
      return { id: _id.toHexString(), sid, endedAt, terminationReason, processId };
    };
    const names = createCallNames();
    logging.completeWith(names.complete);
    const stopListening = domain.on('calls.changed', ({ call }) => {
      if (call.sid) names.learn(call.id, call.sid);
    });
    // That there are words to read, not the words: whoever is told fetches them with a right of their own.
    const announceTranscript = async ({ id, sid, answeredAt }: CallView): Promise<void> => {
      if (answeredAt === null) return;
      await app.announcements.announce('transcript.ready', `transcript.ready:${id}`, `call:${id}`, async () => {
        const turns = (await transcripts.ofCall(id))?.turns.filter(turn => turn !== null).length ?? 0;
        const url = app.publicAddress.http(`/api/calls/${id}/transcript`);
        return turns === 0 ? null : { callId: id, callSid: sid, turns, url };
      });
    };
    app.decorate('callRecords', {
      calls,
      events,
      eventLog,
      transcripts,
      journal,
      recorded,
      idOf,
      held,
      announceTranscript,
      async pastOf(callId) {
        const call = await calls.findById(callId);
        const entries: CallPast['events'][number][] = [];
        for await (const { seq, type, at, data } of events.ofCall(callId))
          entries.push({ seq, type, at: at.toISOString(), data });
        return { answeredAt: call?.answeredAt ?? null, events: entries };
      },
      async keepFlags(callId, flags) {
        const call = await calls.keepFlags(callId, flags);
        if (call) domain.publish('calls.changed', { call: calls.toApi(call), fields: ['flags'] });
      },
      activeViews: async () => (await calls.allActive()).map(call => calls.toApi(call)),
    });
    await app.register(callRecordRoutes, { calls, events, transcripts });

    let adopting: NodeJS.Timeout | undefined;
    app.addHook('onReady', async () => {
      await journal.recover();
      adopting = setInterval(() => void journal.recover(), adoptEveryMs);
      adopting.unref();
    });
    app.addHook('onClose', async () => {
      clearInterval(adopting);
      await eventLog.written();
      await journal.close();
      stopListening();
    });
  },
  { name: 'call-records', dependencies: ['store', 'auth', 'hooks'] },
);
