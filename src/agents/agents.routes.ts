import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { readDisclosure } from '../compliance/spoken-disclosure.ts';
import type { Engines } from '../engines/engines.ts';
import { asListQuery, sparseItems } from '../ops/list-routes.ts';
import { errors, Id, ListOf, listQuery, Strict, sortQuery } from '../ops/schemas.ts';
import type { Stored } from '../store/schema.ts';
import { profileOf } from './agent-profile.ts';
import type { Agent, AgentRepository } from './agent-repository.ts';
import {
  AgentSchema,
  agentExample,
  ChangeBody,
  FirstMessageSchema,
  firstMessageExample,
  NewBody,
  SyncSchema,
  VersionSchema,
} from './agent-schemas.ts';
import type { AgentChanges, AgentService } from './agent-service.ts';
import { syncAgents } from './agent-sync.ts';
import type { AgentVersionRepository } from './agent-version-repository.ts';

export interface AgentRouteParts {
  readonly repository: AgentRepository;
  readonly versions: AgentVersionRepository;
  readonly service: AgentService;
  readonly engines: Engines;
  /** For whom an agent speaks that names no business of its own. */
  readonly companyName: string | undefined;
  /** Whether calls are recorded where neither agent nor call says so. */
  readonly recordsCalls: boolean;
}

const Shown = Strict(
  { agent: AgentSchema, firstMessage: FirstMessageSchema },
  { examples: [{ agent: agentExample, firstMessage: firstMessageExample }] },
);
const tags = ['agents'];

/** Agents: who speaks, with which engine, and under which limits. */
export const agentRoutes: FastifyPluginAsyncTypebox<AgentRouteParts> = async (
  app,
  { repository, versions, service, engines, companyName, recordsCalls },
) => {
  const shown = (agent: Stored<Agent>) => ({
    agent: repository.toApi(agent) as never,
    firstMessage: heardFirst(agent, { companyName, recordsCalls }),
  });

  app.get(
    '/api/agents',
    {
      config: { access: 'agents:read' },
      ...sparseItems,
      schema: {
        tags,
        summary: 'List agents',
        querystring: Strict({ ...listQuery, ...sortQuery('createdAt', 'name') }),
        response: { 200: ListOf(AgentSchema), ...errors(400, 401, 403) },
      },
    },
    async (request, reply) => reply.send((await repository.listForApi(asListQuery(request.query))) as never),
  );

  app.get(
    '/api/agents/:id',
    {
      config: { access: 'agents:read' },
      schema: {
        tags,
        summary: 'Get an agent',
        params: Strict({ id: Id }),
        response: { 200: Shown, ...errors(401, 403, 404) },
      },
    },
    async request => shown(await service.find(request.params.id)),
  );

  app.get(
    '/api/agents/:id/versions',
    {
      config: { access: 'agents:read' },
      schema: {
        tags,
        summary: 'List the versions of an agent, newest first',
        description:
          'Every save is a version and is kept as it was, also of an archived agent; a call names the one it ran with.',
        params: Strict({ id: Id }),
        querystring: Strict({ limit: listQuery.limit, cursor: listQuery.cursor }),
        response: { 200: ListOf(VersionSchema), ...errors(400, 401, 403) },
      },
    },
    async request => {
      const query = asListQuery({ ...request.query, agentId: request.params.id });
      return (await versions.listForApi(query)) as never;
    },
  );

  app.post(
    '/api/agents',
    {
      config: { access: 'agents:write', audit: 'agent.create' },
      schema: {
        tags,
        summary: 'Make an agent of ours from one of the vendor',
        description:
          'Prompt, first message, voice, knowledge and tools are edited at the vendor. A field is replaced on calls only where ' +
          '`overrides` names it and the vendor permits it.',
        body: NewBody,
        response: { 201: Shown, ...errors(400, 401, 403, 422, 503) },
      },
    },
    async (request, reply) => {
      const { engine = 'elevenlabs', ...given } = request.body;
      const agent = await service.create({ ...(given as AgentChanges), engine });
      request.trail({ target: target(agent._id.toHexString()), after: settingsOf(agent) });
      return reply.code(201).send(shown(agent));
    },
  );

  const change = {
    config: { access: 'agents:write', audit: 'agent.change' },
    schema: {
      tags,
      summary: 'Change fields of an agent',
      description: 'Every save is a new version; calls that are going on keep the one they began with.',
      params: Strict({ id: Id }),
      body: ChangeBody,
      response: { 200: Shown, ...errors(400, 401, 403, 404, 409, 422, 503) },
    },
  } as const;
  for (const method of ['PATCH', 'PUT'] as const) {
    app.route({
      method,
      url: '/api/agents/:id',
      ...change,
      schema: method === 'PUT' ? { ...change.schema, summary: 'The same as PATCH' } : change.schema,
      handler: async request => {
        const { version, ...changes } = request.body;
        const { before, after } = await service.change(request.params.id, changes as Partial<AgentChanges>, version);
        request.trail({ target: target(request.params.id), before: settingsOf(before), after: settingsOf(after) });
        return shown(after);
      },
    });
  }

  app.delete(
    '/api/agents/:id',
    {
      config: { access: 'agents:write', audit: 'agent.archive' },
      schema: {
        tags,
        summary: 'Archive an agent',
        description:
          'It makes and answers no more calls; those it made keep its versions. Refused while something needs it.',
        params: Strict({ id: Id }),
        response: { 200: Strict({ archived: Id }), ...errors(401, 403, 404, 409) },
      },
    },
    async request => {
      await service.archive(request.params.id);
      request.trail({ target: target(request.params.id) });
      return { archived: request.params.id };
    },
  );

  app.post(
    '/api/agents/sync',
    {
      config: { access: 'agents:write', audit: 'agent.sync' },
      schema: {
        tags,
        summary: "List the vendor's agents, and take over what changed there",
        response: { 200: SyncSchema, ...errors(401, 403, 503) },
      },
    },
    async request => {
      const report = await syncAgents(repository, service, engines);
      request.trail({ after: { changed: report.agents.filter(each => each.changed).map(each => each.id) } });
      return report;
    },
  );
};

/** What people hear first, and what of the things that must be said it leaves out. A campaign's own seller may still supply a name. */
function heardFirst(
  agent: Stored<Agent>,
  { companyName, recordsCalls }: Pick<AgentRouteParts, 'companyName' | 'recordsCalls'>,
) {
  const { firstMessage: text, business, record } = profileOf(agent);
  const sellers = [business, companyName].filter(name => typeof name === 'string' && name !== '') as string[];
  const { said, missing } = readDisclosure(text, { sellers, recorded: record ?? recordsCalls, wayOut: true });
  return { text, said: [...said], missing: [...missing] };
}

const target = (id: string) => ({ type: 'agent', id });

/** For the audit log: settings, and of texts only which there are. */
const settingsOf = (agent: Stored<Agent>): Record<string, unknown> => ({
  version: agent.version,
  name: agent.name,
  vendorAgentId: agent.vendorAgentId,
  overrides: Object.keys(agent.overrides ?? {}),
  amd: agent.amd?.mode ?? null,
  record: agent.record,
  maxMinutes: agent.maxMinutes,
  silenceSeconds: agent.silenceSeconds,
});
