import type { AgentDocument } from './agent-document.ts';

export type Admission =
  | { kind: 'admitted'; burst: boolean }
  | { kind: 'queued'; waitMs: number }
  | { kind: 'refused'; reason: string };

export interface AdmissionDesk {
  /** Decides about a conversation that wants to begin; `admitted` counts it until `leave`. */
  enter(agent: AgentDocument): Admission;
  /** Calls back when a place is free; the returned function gives the waiting up. */
  wait(agent: AgentDocument, admit: () => void): () => void;
  leave(agent: AgentDocument): void;
  running(agentId?: string): number;
}

const mostBursting = 300;
const dayMs = 86_400_000;

/** Counts running conversations against the agent's and the workspace's limits, with bursting, queueing and the daily limit. */
export function createAdmissionDesk(workspaceLimit: number, now: () => number): AdmissionDesk {
  const running = new Map<string, number>();
  const waiting: { agent: AgentDocument; admit: () => void }[] = [];
  const daily = new Map<string, { day: number; count: number }>();
  let total = 0;

  const limits = (agent: AgentDocument) => {
    const { agent_concurrency_limit: own, bursting_enabled: bursting } = agent.platform_settings.call_limits;
    const stretch = (limit: number) => (bursting ? Math.max(limit, Math.min(3 * limit, mostBursting)) : limit);
    return { own: own < 0 ? Number.POSITIVE_INFINITY : own, stretch };
  };
  const hasRoom = (agent: AgentDocument) => {
    const { own, stretch } = limits(agent);
    return (running.get(agent.agent_id) ?? 0) < stretch(own) && total < stretch(workspaceLimit);
  };
  const admit = (agent: AgentDocument): boolean => {
    const { own } = limits(agent);
    const burst = (running.get(agent.agent_id) ?? 0) >= own || total >= workspaceLimit;
    running.set(agent.agent_id, (running.get(agent.agent_id) ?? 0) + 1);
    total += 1;
    return burst;
  };

  return {
    enter(agent) {
      const day = Math.floor(now() / dayMs);
      const today = daily.get(agent.agent_id);
      const count = today?.day === day ? today.count : 0;
      const { daily_limit: limit } = agent.platform_settings.call_limits;
      if (count >= limit) return { kind: 'refused', reason: `Agent has exceeded its daily call limit of ${limit}.` };
      daily.set(agent.agent_id, { day, count: count + 1 });
      if (hasRoom(agent)) return { kind: 'admitted', burst: admit(agent) };
      const { enabled, wait_timeout_seconds: seconds } = agent.platform_settings.queueing_config;
      if (enabled) return { kind: 'queued', waitMs: seconds * 1_000 };
      return { kind: 'refused', reason: 'Concurrency limit reached for this agent.' };
    },
    wait(agent, callback) {
      const entry = { agent, admit: callback };
      waiting.push(entry);
      return () => {
        const at = waiting.indexOf(entry);
        if (at >= 0) waiting.splice(at, 1);
      };
    },
    leave(agent) {
      running.set(agent.agent_id, Math.max(0, (running.get(agent.agent_id) ?? 0) - 1));
      total = Math.max(0, total - 1);
      const next = waiting.findIndex(entry => hasRoom(entry.agent));
      if (next < 0) return;
      const [entry] = waiting.splice(next, 1);
      admit(entry!.agent);
      entry!.admit();
    },
    running: agentId => (agentId === undefined ? total : (running.get(agentId) ?? 0)),
  };
}
