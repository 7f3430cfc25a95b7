import fp from 'fastify-plugin';
import { AgentRepository } from './agent-repository.ts';
import { type AgentService, createAgentService } from './agent-service.ts';
import { AgentVersionRepository } from './agent-version-repository.ts';
import { agentRoutes } from './agents.routes.ts';
import { createDefaultAgent } from './default-agent.ts';

declare module 'fastify' {
  interface FastifyInstance {
    agents: AgentService;
  }
}

/** A vendor that does not answer must not hold up the start. */
const patienceMs = 3_000;

/** Who speaks: agents, their versions, and the one made at the first start. */
export const agentsPlugin = fp(
  async app => {
    const { engines, farEnds, operations, store } = app;
    const repository = new AgentRepository(store);
    const versions = new AgentVersionRepository(store);
    const service = createAgentService({ agents: repository, versions, engines });
    app.decorate('agents', service);
    const { COMPANY_NAME: companyName, RECORD_CALLS: recordsCalls } = operations.config;
    await app.register(agentRoutes, { repository, versions, service, engines, companyName, recordsCalls });

    const first = createDefaultAgent({
      repository,
      service,
      engines,
      log: operations.logging.component('agents'),
      vendorAgentId: farEnds.agent.agentId,
      business: farEnds.agent.business,
    });
    app.addHook('onReady', () => first.begin(patienceMs));
    app.addHook('onClose', async () => first.stop());
  },
  { name: 'agents', dependencies: ['store', 'auth', 'engines'] },
);
