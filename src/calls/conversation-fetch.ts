import { conversationReportOf } from '../engines/elevenlabs/conversation-report-protocol.ts';
import { isEngineError } from '../engines/engine-error.ts';
import type { Logger } from '../ops/logger.ts';
import { severalAtOnce } from '../several-at-once.ts';
import type { Stored } from '../store/schema.ts';
import type { Call } from './call-document.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallRepository } from './call-repository.ts';
import type { ConversationMerge } from './conversation-merge.ts';
import type { PostCallMetrics } from './post-call-metrics.ts';

/** The vendor's records, as far as they are asked for here. */
export interface ConversationSource {
  conversation(conversationId: string): Promise<Readonly<Record<string, unknown>> | null>;
  /** Every conversation that was opened for a call of ours. */
  conversationsOfCall(callId: string): Promise<readonly string[]>;
}

export interface ConversationFetchOptions {
  readonly calls: CallRepository;
  readonly source: ConversationSource;
  readonly merge: ConversationMerge;
  readonly eventLog: CallEventLog;
  readonly metrics: PostCallMetrics;
  readonly logger: Logger;
  readonly now: () => Date;
}

const minute = 60_000;
/** Waits after each look that brought nothing; after the last one the call stays without a report. */
const waitsMs = [
  minute,
  2 * minute,
  5 * minute,
  15 * minute,
  30 * minute,
  60 * minute,
  2 * 60 * minute,
  6 * 60 * minute,
  12 * 60 * minute,
];
const mostPerRound = 100;
const atOnce = 4;

/** Asks the vendor for what it never reported. One round; several at once do no harm. Answers how many reports came in. */
export function createConversationFetch(options: ConversationFetchOptions): () => Promise<number> {
  const { calls, source, merge, metrics, logger, now } = options;

  async function fetchFor(call: Stored<Call>): Promise<'merged' | 'nothing' | 'away'> {
    const callId = call._id.toHexString();
    const known = new Set(call.conversations?.filter(({ state }) => state === 'done').map(({ id }) => id));
    const found = await source.conversationsOfCall(callId);
    const wanted = new Set([...found, ...(call.conversationId === null ? [] : [call.conversationId])]);
    let merged = 0;
    let waiting = wanted.size === 0 ? 1 : 0;
    for (const id of wanted) {
      if (known.has(id)) continue;
      const record = await source.conversation(id);
      const report = record && conversationReportOf(record);
      const result = report ? (await merge.merge({ ...report, callId }, 'api')).result : 'unfinished';
      metrics.reports.inc({ source: 'api', result });
      if (result === 'merged') merged += 1;
      if (result === 'unfinished' || result === 'early') waiting += 1;
    }
    if (waiting > 0) return 'nothing';
    await calls.reportSettled(callId);
    return merged > 0 ? 'merged' : 'nothing';
  }

  async function later(call: Stored<Call>): Promise<void> {
    const wait = waitsMs[call.reportTries ?? 0];
    if (wait !== undefined) {
      await calls.reportLater(call._id, new Date(now().getTime() + wait));
      return;
    }
    const given = await calls.reportGivenUp(call._id);
    if (!given) return;
    options.eventLog.add(given, { type: 'conversation.unreported', source: 'system', data: { tries: waitsMs.length } });
    logger.warn({ attemptId: call._id.toHexString() }, 'the vendor has no record of a conversation; it is given up');
  }

  return async () => {
    const due = await calls.dueReports(now(), mostPerRound);
    let merged = 0;
    let away = false;
    const one = async (call: Stored<Call>): Promise<void> => {
      // Whoever does not answer one question does not answer the next: the others keep their turn.
      if (away) return;
      try {
        const result = await fetchFor(call);
        if (result === 'merged') merged += 1;
        else if ((await calls.findById(call._id))?.reportDueAt) await later(call);
      } catch (error) {
        away ||= isEngineError(error) && error.fault !== 'agent';
        logger.warn(
          { err: error, attemptId: call._id.toHexString() },
          'a conversation could not be fetched; trying again',
        );
        await later(call);
      }
    };
    await severalAtOnce(due, atOnce, one);
    return merged;
  };
}
