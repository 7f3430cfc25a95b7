import type { AgentDirectory, AgentProfile } from '../agents/agents.types.ts';
import type { CallPlan, Resume, SpokenTurn, StreamClaim } from '../bridge/bridge.types.ts';
import type { EngineReservation } from '../engines/engine-contract.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import type { Stored } from '../store/schema.ts';
import type { Call } from './call-document.ts';
import type { CallEventLog } from './call-event-log.ts';
import type { CallLifecycle } from './call-lifecycle.ts';
import type { CallRepository } from './call-repository.ts';
import type { Admission } from './calls.types.ts';
import type { LifecycleMetrics } from './lifecycle-metrics.ts';
import { readStreamToken } from './stream-token.ts';
import type { Transcript, TranscriptRepository } from './transcript-repository.ts';

/** A caller comes back at most this often after a stream was lost. */
export const mostResumes = 3;

export interface StreamAdmissionOptions {
  readonly calls: CallRepository;
  readonly transcripts: Pick<TranscriptRepository, 'ofCall'>;
  readonly agents: AgentDirectory;
  readonly admission: Pick<Admission, 'adopt'>;
  readonly lifecycle: Pick<CallLifecycle, 'changed'>;
  readonly eventLog: CallEventLog;
  readonly metrics: LifecycleMetrics;
  readonly processId: string;
  readonly now: () => Date;
  /** The agent and what it may refer to, as they suit whoever is on the call. */
  personal(call: Stored<Call>, agent: AgentProfile): Promise<Pick<CallPlan, 'agent' | 'variables'>>;
  takeReservation(callId: string): EngineReservation | undefined | Promise<EngineReservation | undefined>;
  /** Told of each call whose stream was let in here, and of what was said on it before. */
  admitted(call: Stored<Call>, before: readonly SpokenTurn[]): void;
}

/** Lets a media stream in: its token is used up in the store, and what its session needs is put together. */
export function createStreamAdmission(options: StreamAdmissionOptions): (claim: StreamClaim) => Promise<CallPlan> {
  const { calls, metrics } = options;

  const refuse = (code: ErrorCode, message: string, result: string): AppError => {
    metrics.streams.inc({ result });
    return new AppError(code, message);
  };

  /** Why the store let nobody in. */
  async function refusalOf(callId: string, hash: string, callSid: string): Promise<AppError> {
    const call = await calls.findById(callId);
    if (!call || (call.streamToken !== hash && call.usedToken !== hash)) return unknown();
    if (call.sid !== callSid) {
      return refuse('STREAM_TOKEN_FOREIGN', 'This stream brings the token of another call.', 'foreign');
    }
    if (call.usedToken === hash) return refuse('STREAM_TOKEN_USED', 'This token was used before.', 'used');
    if (call.endedAt) return refuse('CALL_ENDED', 'The call of this stream has ended.', 'ended');
    return refuse('STREAM_TOKEN_EXPIRED', 'This token has expired.', 'expired');
  }

  const unknown = () =>
    refuse('STREAM_TOKEN_UNKNOWN', 'This stream brings no token of ours, or an old one.', 'unknown');

  return async ({ token, callSid, streamSid }) => {
    const read = readStreamToken(token);
    if (!read) throw unknown();
    const { callId, hash } = read;
    const { processId } = options;
    const now = options.now();
    const call = await calls.redeem(callId, { sid: callSid, token: hash, streamSid, processId, now });
    if (!call) throw await refusalOf(callId, hash, callSid);
    if (call.resumes > mostResumes) {
      throw refuse('STREAM_RESUMES_EXHAUSTED', 'This call has lost its stream too often.', 'resumes');
    }
    if (call.terminationSource) throw refuse('CALL_ENDED', 'The call of this stream is being ended.', 'ended');
    if (!call.agentId || call.agentVersion === null) {
      throw refuse('CONFLICT', 'No agent is meant to speak on this call.', 'no-agent');
    }
    const [agent, reservation, transcript] = await Promise.all([
      options.agents.version(call.agentId.toHexString(), call.agentVersion),
      options.takeReservation(callId),
      call.streams > 1 ? options.transcripts.ofCall(call._id) : null,
      options.admission.adopt(callId),
    ]);
    const plan: CallPlan = {
      callId,
      callSid,
      direction: call.direction,
      to: call.to,
      from: call.from,
      ...(await options.personal(call, agent)),
      ...(reservation ? { reservation } : {}),
      answeredAt: call.answeredAt ?? now,
      resume: call.streams > 1 ? resumeOf(call, transcript?.turns ?? []) : null,
      maxSeconds: call.policy?.maxSeconds ?? 600,
      silenceMs: call.policy?.silenceMs ?? 8_000,
      ...returnedOf(call),
    };
    metrics.streams.inc({ result: call.streams > 1 ? 'resumed' : 'admitted' });
    options.eventLog.add(call, {
      type: 'stream.started',
      source: 'websocket',
      data: { streamSid, resumes: call.resumes },
    });
    options.lifecycle.changed(call, ['streamSid', 'processId', 'capabilities']);
    options.admitted(call, plan.resume?.turns ?? []);
    return plan;
  };
}

/** A caller who comes back from a transfer that came to nothing: the agent is told why. */
const returnedOf = ({ transfer }: Stored<Call>): Pick<CallPlan, 'returned'> =>
  transfer?.['state'] === 'failed'
    ? { returned: { phone: String(transfer['to']), reason: String(transfer['reason']) } }
    : {};

const resumeOf = ({ resumes }: Stored<Call>, turns: Transcript['turns']): Resume => ({
  count: resumes,
  turns: turns.filter(turn => turn !== null),
  places: turns.length,
});
