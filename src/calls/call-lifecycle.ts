import type { AmdPolicy } from '../agents/agents.types.ts';
import type { CallJournal } from '../bridge/bridge.types.ts';
import type { Events } from '../events.ts';
import type { Logger } from '../ops/logger.ts';
import type { Stored } from '../store/schema.ts';
import { shownBy } from './amd-decision.ts';
import type { Call } from './call-document.ts';
import type { CallEventLog } from './call-event-log.ts';
import { outcomeOf } from './call-outcome.ts';
import type { CallRepository, CarrierNews } from './call-repository.ts';
import { type CallState, isFinalCallState, type TerminationSource } from './call-state.ts';
import type { Admission, CallView } from './calls.types.ts';
import type { StatusReport } from './carrier-form.ts';
import { type Dialogue, dialogueIn } from './dialogue.ts';
import { type CallbackResult, type LifecycleMetrics, verdictLabel } from './lifecycle-metrics.ts';
import type { TranscriptRepository } from './transcript-repository.ts';

/** Moves calls through their states on what the carrier says, and concludes those that ended. */
export interface CallLifecycle {
  /** News of the carrier about a call, in whatever order it comes. Resolves when it is in the store. */
  status(callId: string | null, report: StatusReport, source?: 'carrier' | 'reconciler'): Promise<CallbackResult>;
  /** Writes down what came of an ended call, once over all processes, and tells everybody. */
  conclude(call: Stored<Call>): Promise<boolean>;
  /** Tells listeners in this process that a call changed. */
  changed(call: Stored<Call>, fields: readonly string[] | null): void;
  /** Resolves when nothing that was begun is unfinished. */
  settled(): Promise<void>;
}

export interface LifecycleOptions {
  readonly calls: CallRepository;
  readonly transcripts: Pick<TranscriptRepository, 'ofCall' | 'close'>;
  readonly eventLog: CallEventLog;
  readonly journal: Pick<CallJournal, 'written'>;
  readonly admission: Pick<Admission, 'free'>;
  readonly events: Pick<Events, 'publish'>;
  readonly metrics: LifecycleMetrics;
  readonly logger: Logger;
  readonly processId: string;
  readonly treatUnknownAsHuman: boolean;
  /** What an ended call still waits for, written with its outcome. */
  readonly followUps: (ended: Stored<Call>) => Partial<Call>;
  /** Words reach the store this long after they were said, at most; another process's last ones are waited for. */
  readonly transcriptDelayMs?: number;
}

export function createCallLifecycle(options: LifecycleOptions): CallLifecycle {
  const { calls, eventLog, metrics, logger, transcriptDelayMs = 1_500 } = options;
  const unfinished = new Set<Promise<unknown>>();

  const background = (work: Promise<unknown>, what: string): void => {
    const guarded = work
      .catch(error => logger.warn({ err: error }, `${what}; the reconciler will`))
      .finally(() => unfinished.delete(guarded));
    unfinished.add(guarded);
  };

  const changed: CallLifecycle['changed'] = (call, fields) => {
    options.events.publish('calls.changed', { call: calls.toApi(call) as CallView, fields });
  };

  /** Nothing was changed by a report: why? */
  async function notNews(callId: string | null, report: StatusReport, news: CarrierNews): Promise<CallbackResult> {
    const call = callId === null ? await calls.findBySid(report.sid) : await calls.findById(callId);
    if (!call) return 'unknown';
    if (call.sid !== null && call.sid !== report.sid) return 'foreign';
    if (call.state !== report.state) return 'late';
    if (report.final || report.sequence <= call.lastSequence) return 'doubled';
    // That somebody answered is often learned first from the request for the document.
    await calls.confirmNews(call._id, news);
    return 'confirmed';
  }

  async function status(
    callId: string | null,
    report: StatusReport,
    source: 'carrier' | 'reconciler' = 'carrier',
  ): Promise<CallbackResult> {
    const { sid, state, sequence, at, final } = report;
    const news: CarrierNews = { sid, state, sequence, at, ...(final ? { fields: fieldsOf(report) } : {}) };
    const call = await calls.applyNews(callId, news);
    if (!call) return notNews(callId, report, news);
    const { sipCode, durationSeconds, error } = report;
    const data = {
      sequence,
      ...(sipCode === null ? {} : { sipCode }),
      ...(durationSeconds === null ? {} : { durationSeconds }),
      ...(error === null ? {} : { error }),
    };
    const written = eventLog.add(call, {
      type: `call.${state}`,
      source: source === 'carrier' ? 'twilio' : source,
      at,
      data,
    });
    changed(call, final ? ['status', 'endedAt', 'durationSeconds'] : ['status', 'answeredAt']);
    if (final) background(conclude(call, report.answeredBy), 'a call could not be concluded');
    // What was answered is never told again: the history is on the disk before.
    await written;
    return 'applied';
  }

  /** The transcript as it will be: the last words may still be on their way to the store. */
  async function dialogueOf(call: Stored<Call>): Promise<Dialogue> {
    if (call.streams === 0) return dialogueIn([]);
    const patience = new Promise<void>(resolve => setTimeout(resolve, transcriptDelayMs).unref());
    const here = call.processId === options.processId;
    await (here ? Promise.race([options.journal.written(call._id.toHexString()), patience]) : patience);
    return dialogueIn((await options.transcripts.ofCall(call._id))?.turns ?? []);
  }

  async function conclude(ended: Stored<Call>, reportedVerdict: string | null = null): Promise<boolean> {
    const dialogue = await dialogueOf(ended);
    // Whoever knew more of its end has said it by now.
    const call = ended.streams === 0 ? ended : ((await calls.findById(ended._id)) ?? ended);
    // Before the outcome: what a crash leaves here is found again as long as there is none.
    await options.admission.free(call._id.toHexString());
    const answeredBy = call.answeredBy ?? reportedVerdict;
    const ending = call.terminationSource ? {} : endingOf(call);
    const known = { ...call, ...ending };
    const amd: AmdPolicy | undefined = call.policy?.amd;
    const machineDetection = amd !== undefined && amd.mode !== 'off';
    const outcome = outcomeOf({
      state: call.state,
      direction: call.direction,
      answeredBy,
      machineDetection,
      treatUnknownAsHuman: options.treatUnknownAsHuman,
      terminationSource: known.terminationSource,
      terminationReason: known.terminationReason,
      result: call.result,
      sipCode: sipCodeOf(call),
      dialogue,
    });
    const fields: Partial<Call> = {
      outcome,
      ...ending,
      ...(answeredBy === call.answeredBy ? {} : { answeredBy }),
      ...(call.durationSeconds === null ? { durationSeconds: durationOf(call) } : {}),
      ...(outcome === 'opt-out' && call.result === 'none' ? { result: 'opt-out' } : {}),
    };
    Object.assign(fields, options.followUps({ ...call, ...fields }));
    if (call.streams > 0) await options.transcripts.close(call._id);
    const concluded = await calls.conclude(call._id, fields);
    if (!concluded) return false;
    const { terminationSource, terminationReason } = concluded;
    eventLog.add(concluded, {
      type: 'call.ended',
      source: 'system',
      data: { outcome, terminationSource, terminationReason },
    });
    const { direction, engine } = concluded;
    metrics.ended.inc({ direction, engine: engine ?? 'none', outcome, source: terminationSource ?? 'none' });
    if (machineDetection && call.state === 'completed') {
      metrics.accuracy.inc({ verdict: verdictLabel(answeredBy), shown: shownBy(dialogue) });
    }
    changed(concluded, Object.keys(fields));
    options.events.publish('calls.ended', { call: calls.toApi(concluded) as CallView });
    return true;
  }

  return {
    status,
    conclude: call => conclude(call),
    changed,
    async settled() {
      while (unfinished.size > 0) await Promise.all(unfinished);
      await eventLog.written();
    },
  };
}

/** What a final report sets beside state and time. */
function fieldsOf({ state, durationSeconds, sipCode, error }: StatusReport): Partial<Call> {
  const cause = { ...(sipCode === null ? {} : { sipCode }), ...(error ?? {}) };
  return {
    ...(durationSeconds === null || state !== 'completed' ? {} : { durationSeconds }),
    // What ended a call that took place is told by whoever ended it.
    ...(state === 'completed' || Object.keys(cause).length === 0 ? {} : { cause }),
  };
}

const sipCodeOf = ({ cause }: Stored<Call>): number | null =>
  typeof cause?.['sipCode'] === 'number' ? cause['sipCode'] : null;

const durationOf = ({ state, answeredAt, endedAt }: Stored<Call>): number | null =>
  state === 'completed' && answeredAt && endedAt
    ? Math.max(0, Math.round((endedAt.getTime() - answeredAt.getTime()) / 1_000))
    : null;

type KnownEnding = { readonly terminationSource: TerminationSource; readonly terminationReason: string };

/** Why a call ended of which nobody here said anything: then it was the other side, or the network. */
function endingOf(call: Stored<Call>): KnownEnding {
  const reasons: Partial<Record<CallState, string>> = { completed: 'caller-hung-up', failed: 'carrier-failed' };
  // Whoever it was passed on to may talk longer.
  const limit =
    call.policy && !call.transfer ? call.policy.maxSeconds + carrierMarginSeconds : Number.POSITIVE_INFINITY;
  const reason =
    call.state === 'completed' && (call.durationSeconds ?? 0) >= limit
      ? 'carrier-time-limit'
      : (reasons[call.state] ?? call.state);
  return { terminationSource: 'twilio', terminationReason: isFinalCallState(call.state) ? reason : 'unknown' };
}

/** The carrier is told to end a call this much after we would have. */
const carrierMarginSeconds = 30;
