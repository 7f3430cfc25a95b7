import fp from 'fastify-plugin';
import { callInfoTool } from './call-info-tool.ts';
import { createToolRegistry, type ToolRegistry } from './tool-registry.ts';

declare module 'fastify' {
  interface FastifyInstance {
    tools: ToolRegistry;
  }
}

/** What agents may ask us to do during a call; features add theirs while they register. */
export const toolsPlugin = fp<{ now: () => Date }>(
  async (app, { now }) => {
    const { logging, metrics } = app.operations;
    const registry = createToolRegistry({ logger: logging.component('tools'), metrics });
    registry.add(callInfoTool(now));
    app.decorate('tools', registry);
  },
  { name: 'tools' },
);
