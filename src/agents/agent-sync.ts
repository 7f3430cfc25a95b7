import type { EngineKind } from '../engines/engine-contract.ts';
import { isEngineError } from '../engines/engine-error.ts';
import type { Engines } from '../engines/engines.ts';
import { AppError } from '../errors.ts';
import type { Stored } from '../store/schema.ts';
import type { Agent, AgentRepository } from './agent-repository.ts';
import { type AgentService, refusedOverrides } from './agent-service.ts';

export interface SyncReport {
  readonly vendorAgents: {
    readonly engine: EngineKind;
    readonly id: string;
    readonly name: string;
    readonly agentIds: string[];
  }[];
  readonly agents: {
    readonly id: string;
    readonly version: number;
    readonly changed: boolean;
    readonly problem: string | null;
  }[];
}

/** Requests to the vendor under way at a time: a sync must not use up what calls need. */
const width = 4;

/** Lists the vendor's agents and takes over what changed there of ours. Rejects when the vendor cannot be asked at all. */
export async function syncAgents(
  repository: AgentRepository,
  service: AgentService,
  engines: Engines,
): Promise<SyncReport> {
  const ours = await repository.all(1000);
  const listed = await Promise.all(
    engines.available.map(async engine => (await engines.get(engine).agents()).map(agent => ({ engine, ...agent }))),
  );
  const agents: SyncReport['agents'] = [];
  const waiting = [...ours];
  const work = async () => {
    for (let agent = waiting.shift(); agent; agent = waiting.shift()) {
      agents.push(await syncOne(agent, service, engines));
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  const speaksThrough = (engine: EngineKind, id: string) =>
    ours.filter(each => each.engine === engine && each.vendorAgentId === id).map(each => each._id.toHexString());
  return {
    vendorAgents: listed.flat().map(each => ({ ...each, agentIds: speaksThrough(each.engine, each.id) })),
    agents: agents.sort((a, b) => (a.id < b.id ? 1 : -1)),
  };
}

async function syncOne(
  agent: Stored<Agent>,
  service: AgentService,
  engines: Engines,
): Promise<SyncReport['agents'][number]> {
  const id = agent._id.toHexString();
  const same = { id, version: agent.version, changed: false };
  try {
    const vendor = await engines.get(agent.engine).agent(agent.vendorAgentId);
    const after = await service.refresh(agent, vendor);
    const refused = refusedOverrides(agent.overrides ?? {}, vendor);
    const problem =
      refused.length > 0
        ? `The vendor does not permit replacing ${refused.join(', ')} any more; calls go on without.`
        : null;
    return { id, version: after?.version ?? agent.version, changed: after !== null, problem };
  } catch (error) {
    if (isEngineError(error)) return { ...same, problem: error.message };
    if (error instanceof AppError && ['VERSION_CONFLICT', 'NOT_FOUND', 'ENGINE_NOT_AVAILABLE'].includes(error.code)) {
      return { ...same, problem: error.message };
    }
    throw error;
  }
}
