import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import type { EngineOverrides, VendorAgent } from '../engines/engine-contract.ts';
import { isEngineError } from '../engines/engine-error.ts';
import type { Engines } from '../engines/engines.ts';
import { AppError } from '../errors.ts';
import type { Stored } from '../store/schema.ts';
import { profileOf } from './agent-profile.ts';
import type { Agent, AgentRepository, KnownOfVendor } from './agent-repository.ts';
import type { AgentVersionRepository } from './agent-version-repository.ts';
import type { AgentDirectory, AgentProfile, AgentUses } from './agents.types.ts';

export type NewAgent = Pick<Agent, 'name' | 'engine' | 'vendorAgentId'> & Partial<AgentChanges>;
/** What a client may change. */
export type AgentChanges = Omit<Agent, 'engine' | 'vendor' | 'origin'>;

/** Marks the agent that was made at the first start. */
export const firstStart = 'first-start';

const tries = 3;

export interface AgentService extends AgentDirectory, AgentUses {
  create(given: NewAgent, origin?: string): Promise<Stored<Agent>>;
  /** With a version only if nobody saved since. */
  change(id: string, changes: Partial<AgentChanges>, version?: number): Promise<AgentChange>;
  archive(id: string): Promise<void>;
  find(id: string): Promise<Stored<Agent>>;
  /** Takes over what the vendor says of an agent of ours; null when nothing changed. */
  refresh(agent: Stored<Agent>, vendor: VendorAgent): Promise<Stored<Agent> | null>;
}

export interface AgentChange {
  readonly before: Stored<Agent>;
  readonly after: Stored<Agent>;
}

export interface AgentServiceParts {
  readonly agents: AgentRepository;
  readonly versions: AgentVersionRepository;
  readonly engines: Engines;
}

/** Agents, and every version of them that was ever saved. */
export function createAgentService({ agents, versions, engines }: AgentServiceParts): AgentService {
  const uses: ((agentId: string) => Promise<readonly string[]>)[] = [];
  /** Versions never change, so what was read once holds. */
  const profiles = new LRUCache<string, AgentProfile>({ max: 500 });

  /** A version is kept before anybody can have used it, and again before the next one hides it. */
  const keep = async (agent: Stored<Agent>): Promise<AgentProfile> => {
    const key = `${agent._id.toHexString()}:${agent.version}`;
    const known = profiles.get(key);
    if (known) return known;
    const profile = profileOf(agent);
    await versions.keep(profile.id, profile.version, profile, agent.updatedAt);
    profiles.set(key, profile);
    return profile;
  };

  const find = async (id: string): Promise<Stored<Agent>> => {
    const agent = await agents.fresh(id);
    if (!agent) throw notFound();
    return agent;
  };

  /** Reads the vendor's agent and refuses what it does not permit. */
  const readVendor = async (
    engine: Agent['engine'],
    vendorAgentId: string,
    overrides: EngineOverrides,
  ): Promise<KnownOfVendor> => {
    const vendor = await engines
      .get(engine)
      .agent(vendorAgentId)
      .catch((error: unknown) => {
        if (!isEngineError(error) || error.fault !== 'agent') throw error;
        throw invalid(
          'vendorAgentId',
          'is not the id of an agent that the vendor knows; see POST /api/agents/sync',
          error,
        );
      });
    const refused = refusedOverrides(overrides, vendor);
    if (refused.length > 0) {
      throw new AppError(
        'AGENT_OVERRIDE_REFUSED',
        `The vendor does not let calls replace ${refused.join(', ')} of this agent; permit it there (agent settings, security, overrides) or leave it out.`,
        { details: refused.map(field => ({ field: `overrides.${field}`, problem: 'is not permitted by the vendor' })) },
      );
    }
    return knownOf(vendor);
  };

  return {
    find,

    async create(given, origin) {
      const overrides = given.overrides ?? {};
      const agent = await agents.create({
        callerId: null,
        speaksAs: null,
        business: null,
        amd: null,
        record: null,
        maxMinutes: null,
        silenceSeconds: null,
        farewell: null,
        ...given,
        overrides,
        vendor: await readVendor(given.engine, given.vendorAgentId, overrides),
        origin: origin ?? null,
      });
      await keep(agent);
      return agent;
    },

    async change(id, changes, version) {
      for (let attempt = 1; ; attempt += 1) {
        const before = await find(id);
        await keep(before);
        const vendorAgentId = changes.vendorAgentId ?? before.vendorAgentId;
        const asks = changes.vendorAgentId !== undefined || changes.overrides !== undefined;
        const vendor = asks
          ? { vendor: await readVendor(before.engine, vendorAgentId, changes.overrides ?? before.overrides ?? {}) }
          : {};
        try {
          const after = await agents.patch(id, { ...changes, ...vendor }, { version: version ?? before.version });
          await keep(after);
          return { before, after };
        } catch (error) {
          // Who named no version does not mind what others saved in between; overrides are then checked again.
          const conflict = error instanceof AppError && error.code === 'VERSION_CONFLICT';
          if (!conflict || version !== undefined || attempt >= tries) throw error;
        }
      }
    },

    async archive(id) {
      await keep(await find(id));
      const users = (await Promise.all(uses.map(find => find(id)))).flat();
      if (users.length > 0) {
        throw new AppError(
          'AGENT_IN_USE',
          `The agent is needed by ${users.join(', ')}; name another one there first.`,
          {
            details: { usedBy: users },
          },
        );
      }
      if (!(await agents.remove(id))) throw notFound();
    },

    async refresh(agent, vendor) {
      const known = knownOf(vendor);
      if (isDeepStrictEqual(agent.vendor, known)) return null;
      await keep(agent);
      const after = await agents.patch(agent._id, { vendor: known }, { version: agent.version });
      await keep(after);
      return after;
    },

    neededBy: find => void uses.push(find),

    async current(id) {
      const agent = await agents.findById(id);
      if (!agent) throw notFound();
      return keep(agent);
    },

    async version(id, version) {
      const key = `${id}:${version}`;
      const known = profiles.get(key) ?? (await versions.profileOf(id, version));
      if (known) {
        profiles.set(key, known);
        return known;
      }
      const agent = await agents.fresh(id);
      if (agent?.version === version) return keep(agent);
      throw new AppError('AGENT_NOT_FOUND', `There is no version ${version} of this agent.`);
    },

    async byDefault() {
      const first = await agents.byOrigin(firstStart);
      if (first) return keep(first);
      const [only, ...others] = await agents.all(2);
      if (only && others.length === 0) return keep(only);
      throw new AppError(
        'AGENT_NOT_FOUND',
        only
          ? 'There are several agents; name one as agentId.'
          : 'There is no agent yet; make one with POST /api/agents.',
      );
    },
  };
}

const notFound = () => new AppError('AGENT_NOT_FOUND', 'There is no agent with this id, or it is archived.');

const invalid = (field: string, problem: string, cause: unknown) =>
  new AppError('VALIDATION_FAILED', `${field} ${problem}.`, { details: [{ field, problem }], cause });

const knownOf = ({ id, ...known }: VendorAgent): KnownOfVendor => known;

/** Overrides of a record that the vendor does not permit. */
export const refusedOverrides = (overrides: EngineOverrides, vendor: Pick<VendorAgent, 'overrides'>): string[] =>
  Object.keys(overrides).filter(field => !vendor.overrides.includes(field as keyof EngineOverrides));
