import type { LiveSession, SessionRegistry } from '../bridge/bridge.types.ts';
import type { Logger } from '../ops/logger.ts';
import type { Stored } from '../store/schema.ts';
import type { Carrier } from '../telephony/carrier-contract.ts';
import { type AmdAction, type AmdDecision, decideOnVerdict, needsSession, verdictDueMs } from './amd-decision.ts';
import type { Call } from './call-document.ts';
import type { CallEndings } from './call-ending.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallLifecycle } from './call-lifecycle.ts';
import { endingReasons } from './call-outcome.ts';
import type { CallRepository } from './call-repository.ts';
import { type Dialogue, dialogueIn } from './dialogue.ts';
import { type CallbackResult, type LifecycleMetrics, verdictLabel } from './lifecycle-metrics.ts';
import type { TranscriptRepository } from './transcript-repository.ts';

export interface VerdictReport {
  readonly sid: string;
  readonly answeredBy: string;
  /** How long the carrier listened. */
  readonly detectionMs: number | null;
  readonly at: Date;
}

/** Keeps verdicts about answering machines and does what the call's policy says, whichever process hears of them. */
export interface MachineDetection {
  /** A verdict came; the first one of a call counts. Resolves when it is in the store, acting on it follows. */
  verdict(callId: string, report: VerdictReport): Promise<CallbackResult>;
  /** A call's sockets are held here from now on: verdicts that reach other processes are looked for. */
  watch(call: Stored<Call>): void;
  /** One look at the store for verdicts that wait for sessions of this process. */
  look(): Promise<void>;
  settled(): Promise<void>;
}

export interface MachineDetectionOptions {
  readonly calls: CallRepository;
  readonly transcripts: Pick<TranscriptRepository, 'ofCall'>;
  readonly carrier: Pick<Carrier, 'redirect'>;
  readonly endings: Pick<CallEndings, 'end' | 'note'>;
  readonly lifecycle: Pick<CallLifecycle, 'changed'>;
  readonly eventLog: CallEventLog;
  readonly metrics: LifecycleMetrics;
  readonly logger: Logger;
  readonly processId: string;
  readonly now: () => Date;
  readonly sessions: () => SessionRegistry | undefined;
  /** The document that speaks or plays a message and then asks us what to do. */
  message(callId: string, written: string): string;
}

interface Awaited {
  readonly dueAt: number;
  readonly sid: string;
}

export const toldOfMachine =
  'Answering machine detection says that a machine answered this call, not a person. Nobody may be listening.';
export const messageInstructions =
  'A machine answered this call and its beep has sounded. Leave one short message now: who is calling and why, how to reach us, and how to stop calls. Then end the call.';

export function createMachineDetection(options: MachineDetectionOptions): MachineDetection {
  const { calls, eventLog, metrics, logger, now } = options;
  /** Calls of this process whose verdict has not come. */
  const awaited = new Map<string, Awaited>();
  const working = new Set<Promise<unknown>>();

  const background = (work: Promise<unknown>): void => {
    const guarded = work
      .catch(error => logger.warn({ err: error }, 'a verdict could not be acted upon'))
      .finally(() => working.delete(guarded));
    working.add(guarded);
  };

  async function dialogueOf(call: Stored<Call>, session: LiveSession | undefined): Promise<Dialogue> {
    if (session) return dialogueIn(session.turns);
    return dialogueIn(call.streams > 0 ? ((await options.transcripts.ofCall(call._id))?.turns ?? []) : []);
  }

  async function decide(call: Stored<Call>, session: LiveSession | undefined): Promise<AmdDecision> {
    return decideOnVerdict({
      policy: call.policy?.amd ?? { mode: 'off', onMachine: 'hang-up' },
      verdict: call.answeredBy ?? 'unknown',
      ended: call.endedAt !== null,
      ending: call.terminationSource !== null,
      person: session?.people.speaker != null || call.transfer != null,
      dialogue: await dialogueOf(call, session),
    });
  }

  async function act(call: Stored<Call>): Promise<void> {
    const callId = call._id.toHexString();
    const session = options.sessions()?.get(callId);
    const decision = await decide(call, session);
    // The process with the sockets finds it within a second; should it die first, the call's next process does.
    if (needsSession(decision.action) && !session) return;
    const taken = await calls.settleVerdict(callId, decision.action, now());
    if (!taken) return;
    awaited.delete(callId);
    const { action, reason } = decision;
    metrics.verdicts.inc({ verdict: verdictLabel(call.answeredBy), action });
    eventLog.add(taken, { type: 'amd.decided', source: 'amd', data: { action, reason } });
    options.lifecycle.changed(taken, ['amd']);
    await perform[action](taken, session);
  }

  const perform: Record<AmdAction, (call: Stored<Call>, session: LiveSession | undefined) => Promise<void> | void> = {
    none: () => undefined,
    'tell-agent': (_call, session) => session?.addContext(toldOfMachine),
    'agent-message': (_call, session) =>
      session?.leaveMessage(messageInstructions, { source: 'amd', reason: endingReasons.messageLeft }),
    'hang-up': async (call, session) => {
      const ending = { source: 'amd', reason: endingReasons.machine, detail: { answeredBy: call.answeredBy } } as const;
      session?.end(ending);
      await options.endings.end(call._id.toHexString(), ending);
    },
    'play-message': async call => {
      const callId = call._id.toHexString();
      // Said before the redirect: the stream's end that follows from it must not be taken for the call's.
      const noted = await options.endings.note(callId, { source: 'amd', reason: endingReasons.leavingMessage });
      if (!noted?.sid) return;
      try {
        await options.carrier.redirect(noted.sid, options.message(callId, call.policy?.amd.message ?? ''));
      } catch (error) {
        logger.warn({ err: error, attemptId: callId }, 'the carrier did not take the message; the call is ended');
        await options.endings.end(callId, { source: 'system', reason: 'message-refused' });
      }
    },
  };

  async function verdict(callId: string, report: VerdictReport): Promise<CallbackResult> {
    const { sid, answeredBy, detectionMs, at } = report;
    const amd = { verdict: answeredBy, at, detectionMs, state: 'pending' };
    const call = await calls.noteVerdict(callId, sid, answeredBy, amd);
    if (!call) {
      const known = await calls.findById(callId);
      if (!known) return 'unknown';
      return known.sid !== null && known.sid !== sid ? 'foreign' : 'doubled';
    }
    const afterAnswerMs = call.answeredAt ? at.getTime() - call.answeredAt.getTime() : null;
    eventLog.add(call, {
      type: 'amd.verdict',
      source: 'twilio',
      at,
      data: { verdict: answeredBy, detectionMs, afterAnswerMs },
    });
    options.lifecycle.changed(call, ['answeredBy']);
    background(act(call));
    return call.endedAt ? 'late' : 'applied';
  }

  /** A verdict that does not come is as unknown as one that says so: the call goes on. */
  async function missed(callId: string, { sid }: Awaited): Promise<void> {
    awaited.delete(callId);
    metrics.verdicts.inc({ verdict: 'none', action: 'none' });
    const call = await calls.reserveEvent(callId, sid);
    if (call) eventLog.add(call, { type: 'amd.missing', source: 'amd' });
  }

  async function look(): Promise<void> {
    const sessions = options.sessions();
    for (const callId of awaited.keys()) if (sessions && !sessions.get(callId)) awaited.delete(callId);
    if (awaited.size === 0) return;
    for (const call of await calls.pendingVerdicts(options.processId)) await act(call);
    const time = now().getTime();
    for (const [callId, each] of [...awaited]) if (time > each.dueAt) await missed(callId, each);
  }

  return {
    verdict,
    look,
    watch(call) {
      const amd = call.policy?.amd;
      const settled = call.amd !== null && call.amd['state'] !== 'pending';
      if (!amd || amd.mode === 'off' || settled || call.sid === null) return;
      const from = call.answeredAt ?? now();
      const dueAt = from.getTime() + verdictDueMs(amd.timeoutSeconds ?? 30);
      awaited.set(call._id.toHexString(), { dueAt, sid: call.sid });
    },
    async settled() {
      while (working.size > 0) await Promise.all(working);
    },
  };
}
