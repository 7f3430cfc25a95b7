import type { Stored } from '../store/schema.ts';
import type { Agent } from './agent-repository.ts';
import type { AgentProfile } from './agents.types.ts';

/** An agent's document as calls use it. Fields that an older release did not write are as good as not set. */
export function profileOf(agent: Stored<Agent>): AgentProfile {
  const { vendor } = agent;
  const overrides = agent.overrides ?? {};
  const firstMessage = overrides.firstMessage ?? vendor?.firstMessage ?? null;
  return {
    id: agent._id.toHexString(),
    version: agent.version,
    name: agent.name,
    engine: agent.engine,
    vendorAgentId: agent.vendorAgentId,
    audio: vendor?.input && vendor.output ? { input: vendor.input, output: vendor.output } : null,
    variables: [...(vendor?.variables ?? [])],
    overrides,
    permitted: [...(vendor?.overrides ?? [])],
    languages: [...(vendor?.languages ?? [])],
    firstMessage: firstMessage === '' ? null : firstMessage,
    callerId: agent.callerId ?? null,
    speaksAs: agent.speaksAs ?? null,
    business: agent.business ?? null,
    amd: agent.amd ?? null,
    record: agent.record ?? null,
    maxMinutes: agent.maxMinutes ?? null,
    silenceSeconds: agent.silenceSeconds ?? null,
    vendorMaxSeconds: vendor?.maxDurationSeconds ?? null,
    vendorSilenceSeconds: vendor?.endsSilenceAfterSeconds ?? null,
    farewell: agent.farewell ?? null,
  };
}
