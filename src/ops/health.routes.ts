import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { OneOf, Strict, Timestamp } from './schemas.ts';

const Alive = Strict({
  status: Type.Literal('ok'),
  version: Type.String(),
  uptimeSeconds: Type.Number(),
  at: Timestamp,
});

export const DependencySchema = Strict({
  name: Type.String(),
  state: OneOf(['up', 'degraded', 'down']),
  critical: Type.Boolean(),
  latencyMs: Type.Optional(Type.Number()),
  detail: Type.Optional(Type.String()),
  remedy: Type.Optional(
    Type.String({ description: 'What only a person can do about it; absent where it may mend itself.' }),
  ),
  warning: Type.Optional(Type.Literal(true, { description: 'Everything still works: it is told before it does not.' })),
  since: Type.Optional(
    Type.String({ format: 'date-time', description: 'When this process first saw that it is not up.' }),
  ),
});

const Ready = Strict({
  status: OneOf(['ready', 'draining', 'unready']),
  dependencies: Type.Optional(Type.Array(DependencySchema)),
});

/** For balancers and monitors: alive, ready, and the figures. */
export const healthRoutes: FastifyPluginAsyncTypebox = async app => {
  const { operations } = app;

  // Alive touches nothing: a slow store must not make the platform kill a process that holds calls.
  const alive = () => ({
    status: 'ok' as const,
    version: operations.version,
    uptimeSeconds: Math.round(process.uptime()),
    at: new Date().toISOString(),
  });
  for (const url of ['/health', '/healthz']) {
    app.get(
      url,
      {
        config: { access: 'public' },
        schema: { tags: ['health'], summary: 'Is the process alive', security: [], response: { 200: Alive } },
      },
      alive,
    );
  }

  app.get(
    '/health/ready',
    {
      config: { access: 'public' },
      schema: {
        tags: ['health'],
        summary: 'May this process get traffic',
        security: [],
        response: { 200: Ready, 503: Ready },
      },
    },
    async (request, reply) => {
      const reports = await operations.dependencies.check();
      const draining = operations.drain.state() !== 'running';
      const unready = reports.some(each => each.critical && each.state === 'down');
      const status = draining ? ('draining' as const) : unready ? ('unready' as const) : ('ready' as const);
      const mayKnow = request.principal?.permissions.has('system:read') ?? false;
      return reply
        .code(status === 'ready' ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({ status, ...(mayKnow ? { dependencies: reports } : {}) });
    },
  );

  // The sandbox has no business figures to protect; with real calls they take a token.
  const open = operations.config.sandbox.carrier;
  app.get(
    '/metrics',
    {
      config: { access: open ? 'public' : 'metrics:read' },
      schema: { tags: ['health'], summary: 'Prometheus metrics', produces: ['text/plain'] },
    },
    async (_request, reply) =>
      reply.type(operations.metrics.registry.contentType).send(await operations.metrics.registry.metrics()),
  );
};
