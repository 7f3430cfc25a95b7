import type { AgentProfile } from '../agents/agents.types.ts';
import type { Engine, EngineKind, EngineReservation } from '../engines/engine-contract.ts';
import type { Logger } from '../ops/logger.ts';
import { within } from '../within.ts';

/** Agents' sessions fetched ahead, until the media stream of their call arrives in this process. */
export interface CallReservations {
  /** Keeps what was fetched before dialling. */
  put(callId: string, reservation: EngineReservation): void;
  /** Begins to fetch one while the carrier connects; when that fails, the session fetches its own and says why it cannot. */
  begin(callId: string, agent: AgentProfile): void;
  /** Hands it out once; undefined when there is none that still opens. */
  take(callId: string): Promise<EngineReservation | undefined>;
}

/** A stream that is here does not wait longer than this: its session fetches one by itself. */
const longestWaitMs = 2_000;
/** More are never waiting: every one belongs to a call that rings, and the oldest has expired long before. */
const mostWaiting = 10_000;

export function createCallReservations(
  engineOf: (kind: EngineKind) => Engine,
  logger: Logger,
  now: () => Date,
): CallReservations {
  const waiting = new Map<string, Promise<EngineReservation | undefined>>();
  const keep = (callId: string, reservation: Promise<EngineReservation | undefined>) => {
    waiting.set(callId, reservation);
    const [oldest] = waiting.keys();
    if (waiting.size > mostWaiting && oldest !== undefined) waiting.delete(oldest);
  };
  const reserve = async (callId: string, agent: AgentProfile) => {
    try {
      return await engineOf(agent.engine).reserve({ vendorAgentId: agent.vendorAgentId });
    } catch (error) {
      logger.warn({ err: error, attemptId: callId }, 'an agent session could not be fetched ahead');
      return undefined;
    }
  };
  return {
    put: (callId, reservation) => keep(callId, Promise.resolve(reservation)),
    begin: (callId, agent) => keep(callId, reserve(callId, agent)),
    async take(callId) {
      const reservation = waiting.get(callId);
      waiting.delete(callId);
      if (!reservation) return undefined;
      const found = await within(
        longestWaitMs,
        () => reservation,
        () => undefined,
      );
      return found && found.expiresAt > now() ? found : undefined;
    },
  };
}
