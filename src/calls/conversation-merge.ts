import type { ConversationReport } from '../engines/conversation-contract.ts';
import { AppError } from '../errors.ts';
import type { Events } from '../events.ts';
import type { Stored } from '../store/schema.ts';
import { withEnginePrice } from './call-cost.ts';
import type { Call } from './call-document.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallRepository } from './call-repository.ts';
import { analysisOf, type ConversationNote, noteOf, withNote } from './conversation-record.ts';
import type { PriceTable } from './cost-protocol.ts';
import { mergeTranscripts } from './transcript-merge.ts';
import type { TranscriptRepository } from './transcript-repository.ts';

/** What became of a report. `early`: its call has not been concluded yet · `unfinished`: the vendor is still working on it. */
export type Merging =
  | { readonly result: 'merged' | 'known' | 'erased'; readonly call: Stored<Call> }
  | { readonly result: 'early' | 'unfinished'; readonly call: Stored<Call> }
  | { readonly result: 'no-call'; readonly call: null };

export interface ConversationMerge {
  /** Brings what the vendor says of a conversation into its call and transcript; doing it again changes nothing. */
  merge(report: ConversationReport, source: 'webhook' | 'api'): Promise<Merging>;
  /** The call of a conversation, by our own id or the vendor's. */
  callOf(names: {
    readonly callId: string | null;
    readonly conversationId: string | null;
    readonly callSid?: string | null;
  }): Promise<Stored<Call> | null>;
}

export interface ConversationMergeOptions {
  readonly calls: CallRepository;
  readonly transcripts: Pick<TranscriptRepository, 'ofCall' | 'replaceTurns'>;
  readonly table: PriceTable;
  readonly eventLog: CallEventLog;
  readonly events: Pick<Events, 'publish'>;
}

/** Somebody writes to the record of an ended call now and then; each time it is read again. */
const mostTries = 5;

export function createConversationMerge(options: ConversationMergeOptions): ConversationMerge {
  const { calls, transcripts, eventLog } = options;

  const callOf: ConversationMerge['callOf'] = async ({ callId, conversationId, callSid = null }) =>
    (callId === null ? null : await calls.findById(callId)) ??
    (conversationId === null ? null : await calls.findByConversation(conversationId)) ??
    (callSid === null ? null : await calls.findBySid(callSid));

  async function mergeTurns(call: Stored<Call>, report: ConversationReport): Promise<void> {
    if (call.erasedAt || report.turns === null || report.turns.length === 0) return;
    const offsetMs = offsetOf(call, report);
    for (let tries = 0; tries < mostTries; tries += 1) {
      const transcript = await transcripts.ofCall(call._id);
      const turns = mergeTranscripts(transcript?.turns ?? [], report.turns, offsetMs);
      if (transcript && JSON.stringify(turns) === JSON.stringify(transcript.turns)) return;
      if (await transcripts.replaceTurns(call._id, transcript?.version ?? null, turns)) return;
    }
    throw new AppError('VERSION_CONFLICT', 'The transcript is being written by somebody else; it is tried again.');
  }

  async function mergeFields(
    found: Stored<Call>,
    report: ConversationReport,
    source: string,
  ): Promise<{ call: Stored<Call>; changed: boolean }> {
    const note = found.erasedAt ? wordless(noteOf(report)) : noteOf(report);
    let call = found;
    for (let tries = 1; ; tries += 1) {
      const conversations = withNote(call.conversations ?? [], note);
      if (JSON.stringify(conversations) === JSON.stringify(call.conversations ?? [])) return { call, changed: false };
      const cost = withEnginePrice(call.cost, conversations, options.table);
      const $set = { conversations, ...analysisOf(conversations), cost, reportDueAt: null, figuresDue: true };
      try {
        const changed = await calls.changeById(call._id, { $set, $inc: { eventSeq: 1 } }, { version: call.version });
        const data = { conversationId: note.id, by: source, state: note.state, success: note.success };
        eventLog.add(changed, { type: 'conversation.reported', source: 'elevenlabs', data });
        return { call: changed, changed: true };
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'VERSION_CONFLICT') || tries === mostTries) throw error;
        call = (await calls.findById(call._id)) ?? call;
        if (call.erasedAt) return { call, changed: false };
      }
    }
  }

  return {
    callOf,
    async merge(report, source) {
      const call = await callOf(report);
      if (!call) return { result: 'no-call', call: null };
      // Its transcript may still grow, and what it was is not decided.
      if (call.outcome === null) return { result: 'early', call };
      if (call.erasedAt) return { result: 'erased', call };
      if (report.state === 'running') return { result: 'unfinished', call };
      await mergeTurns(call, report);
      const merged = await mergeFields(call, report, source);
      if (!merged.changed) return { result: 'known', call };
      const fields = ['summary', 'analysis', 'cost'];
      options.events.publish('calls.changed', { call: calls.toApi(merged.call), fields });
      options.events.publish('calls.reported', { call: calls.toApi(merged.call) });
      return { result: 'merged', call: merged.call };
    },
  };
}

/** Of a call whose record was erased the costs may still be learned. */
const wordless = (note: ConversationNote): ConversationNote => ({
  ...note,
  title: null,
  summary: null,
  criteria: [],
  collected: [],
});

/** Times in the vendor's record count from the beginning of the conversation, ours from the answer of the call. */
function offsetOf({ answeredAt }: Stored<Call>, { startedAt }: ConversationReport): number {
  if (!answeredAt || !startedAt) return 0;
  const offset = startedAt.getTime() - answeredAt.getTime();
  // Clocks that differ by more than a call lasts say nothing.
  return Math.abs(offset) > 6 * 3_600_000 ? 0 : Math.max(0, offset);
}
