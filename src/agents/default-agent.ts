import type { Logger } from 'pino';
import type { EngineKind } from '../engines/engine-contract.ts';
import type { Engines } from '../engines/engines.ts';
import { AppError } from '../errors.ts';
import { within } from '../within.ts';
import type { AgentRepository } from './agent-repository.ts';
import { type AgentService, firstStart } from './agent-service.ts';

export interface DefaultAgentParts {
  readonly repository: AgentRepository;
  readonly service: AgentService;
  readonly engines: Engines;
  readonly log: Logger;
  /** The configured agent; with none, nothing is made. */
  readonly vendorAgentId: string | undefined;
  /** For whom it speaks, where that is known: without a name nobody can check that callers are told it. */
  readonly business?: string | undefined;
  readonly retryMs?: number;
}

export interface DefaultAgent {
  /** Resolves after the first attempt, or when the vendor takes longer than `patienceMs` to answer. */
  begin(patienceMs: number): Promise<void>;
  stop(): void;
}

const engine: EngineKind = 'elevenlabs';
const longestWaitMs = 5 * 60_000;

/**
 * Makes the agent of the first start, once in the life of an installation however many processes start at once. While the
 * vendor does not answer it is tried again, ever more rarely.
 */
export function createDefaultAgent(parts: DefaultAgentParts): DefaultAgent {
  const { repository, service, engines, log, vendorAgentId, business = null, retryMs = 10_000 } = parts;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const make = async (id: string) => {
    // Whoever has agents, or had the first one and archived it, has chosen.
    if ((await repository.all(1)).length > 0) return;
    const { name } = await engines.get(engine).agent(id);
    const agent = await service.create({ name: name.slice(0, 120), engine, vendorAgentId: id, business }, firstStart);
    log.info({ agentId: agent._id.toHexString() }, 'the first agent was made from ELEVENLABS_AGENT_ID');
  };
  const attempt = async (id: string, waitMs: number): Promise<void> => {
    try {
      await make(id);
    } catch (error) {
      const { code } = error as { code?: string };
      if (error instanceof AppError && code === 'DUPLICATE') return; // another process was first, or it was archived
      if (stopped) return;
      log.warn({ code, retryInMs: waitMs }, `the first agent could not be made yet: ${(error as Error).message}`);
      timer = setTimeout(() => void attempt(id, Math.min(waitMs * 2, longestWaitMs)), waitMs);
      timer.unref();
    }
  };

  return {
    async begin(patienceMs) {
      if (!vendorAgentId) return;
      await within(
        patienceMs,
        () => attempt(vendorAgentId, retryMs),
        () => undefined,
      );
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
