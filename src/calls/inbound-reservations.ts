import type { AgentProfile } from '../agents/agents.types.ts';
import type { Engine, EngineKind, EngineReservation } from '../engines/engine-contract.ts';
import type { Logger } from '../ops/logger.ts';

/** Conversations that are being opened for callers whose stream has not come yet. */
export interface InboundReservations {
  /** Begins at once; what becomes of it is asked by `take`. */
  begin(callId: string, agent: AgentProfile): void;
  /** Handed out once; undefined when this process began none, or it failed or takes too long to be of use. */
  take(callId: string): Promise<EngineReservation | undefined>;
}

export interface ReservationOptions {
  readonly engine: (kind: EngineKind) => Pick<Engine, 'reserve'>;
  readonly logger: Logger;
  /** A stream that is here does not wait longer than this: its session asks again by itself. */
  readonly longestWaitMs?: number;
}

/** A stream comes within seconds or never. */
const keptMs = 90_000;

export function createInboundReservations({
  engine,
  logger,
  longestWaitMs = 2_000,
}: ReservationOptions): InboundReservations {
  const begun = new Map<string, Promise<EngineReservation | undefined>>();
  return {
    begin(callId, agent) {
      const reservation = Promise.resolve()
        .then(() => engine(agent.engine).reserve({ vendorAgentId: agent.vendorAgentId }))
        .catch((error: unknown) => {
          logger.warn(
            { err: error, attemptId: callId },
            'an agent could not be reserved for a caller; its session tries again',
          );
          return undefined;
        });
      begun.set(callId, reservation);
      setTimeout(() => begun.delete(callId), keptMs).unref();
    },
    async take(callId) {
      const reservation = begun.get(callId);
      begun.delete(callId);
      if (!reservation) return undefined;
      const late = new Promise<undefined>(resolve => setTimeout(resolve, longestWaitMs, undefined).unref());
      return Promise.race([reservation, late]);
    },
  };
}
