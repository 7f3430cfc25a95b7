import type { Engine, EngineAgent } from '../engine-contract.ts';
import { isEngineError } from '../engine-error.ts';
import type { EngineMetrics } from '../engine-metrics.ts';
import { createElevenLabsApi, type ElevenLabsApi, type ElevenLabsApiOptions } from './elevenlabs-api.ts';
import { openElevenLabsSession } from './elevenlabs-session.ts';
import type { SessionLimits } from './session-limits.ts';

export interface ElevenLabsEngine extends Engine {
  /** What no other engine has: the vendor's records of conversations. */
  readonly api: Pick<ElevenLabsApi, 'conversation' | 'conversationOfCall' | 'conversationsOfCall'>;
  close(): Promise<void>;
}

export interface ElevenLabsEngineOptions extends ElevenLabsApiOptions {
  readonly metrics: EngineMetrics;
  readonly limits?: Partial<SessionLimits>;
  readonly onError?: (error: unknown) => void;
}

/** ElevenLabs behind the contract of all engines. */
export function createElevenLabsEngine({
  metrics,
  limits,
  onError,
  ...options
}: ElevenLabsEngineOptions): ElevenLabsEngine {
  const api = createElevenLabsApi(options);
  const counted = <T>(answer: Promise<T>): Promise<T> =>
    answer.catch((error: unknown) => {
      if (isEngineError(error)) metrics.failed('elevenlabs', error.fault);
      throw error;
    });
  const reserve = (agent: EngineAgent, signal?: AbortSignal) => counted(api.reserve(agent, signal));
  const parts = { reserve, metrics, ...(limits ? { limits } : {}), ...(onError ? { onError } : {}) };
  return {
    kind: 'elevenlabs',
    reserve: agent => reserve(agent),
    open: (context, listener) => openElevenLabsSession(context, listener, parts),
    agents: () => counted(api.agents()),
    agent: id => counted(api.agent(id)),
    api: {
      conversation: id => counted(api.conversation(id)),
      conversationOfCall: (callId, agentId) => counted(api.conversationOfCall(callId, agentId)),
      conversationsOfCall: callId => counted(api.conversationsOfCall(callId)),
    },
    close: api.close,
  };
}
