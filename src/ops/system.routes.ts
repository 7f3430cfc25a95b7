import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { DependencySchema } from './health.routes.ts';
import { logLevels } from './logger.ts';
import { errors, OneOf, Strict, Timestamp } from './schemas.ts';

const Side = OneOf(['sandbox', 'real']);
const Sides = Strict({ carrier: Side, agent: Side });
const LogLevel = OneOf(logLevels);

const Status = Strict({ version: Type.String(), sandbox: Sides, ready: Type.Boolean() });

const System = Strict({
  version: Type.String(),
  node: Type.String(),
  startedAt: Timestamp,
  uptimeSeconds: Type.Integer(),
  memory: Strict({ rssBytes: Type.Integer(), heapUsedBytes: Type.Integer() }),
  eventLoop: Strict({ p50Ms: Type.Number(), p99Ms: Type.Number() }),
  drain: Strict({
    state: OneOf(['running', 'draining', 'closed']),
    live: Type.Array(Strict({ name: Type.String(), count: Type.Integer() })),
  }),
  dependencies: Type.Array(DependencySchema),
  sandbox: Sides,
  logLevel: LogLevel,
});

/** What an operator wants to know of this process, and the one thing they may turn. */
export const systemRoutes: FastifyPluginAsyncTypebox = async app => {
  const { operations } = app;
  const { sandbox } = operations.config;
  const sides = { carrier: side(sandbox.carrier), agent: side(sandbox.agent) };

  const system = async () => {
    const memory = process.memoryUsage();
    return {
      version: operations.version,
      node: process.version,
      startedAt: operations.startedAt.toISOString(),
      uptimeSeconds: Math.round((Date.now() - operations.startedAt.getTime()) / 1000),
      memory: { rssBytes: memory.rss, heapUsedBytes: memory.heapUsed },
      eventLoop: operations.eventLoop.delay(),
      drain: { state: operations.drain.state(), live: operations.drain.live() },
      dependencies: await operations.dependencies.check(),
      sandbox: sides,
      logLevel: operations.logging.level(),
    };
  };

  app.get(
    '/api/status',
    {
      config: { access: 'signed-in' },
      schema: { tags: ['system'], summary: 'What runs here', response: { 200: Status, ...errors(401) } },
    },
    async () => {
      const reports = await operations.dependencies.check();
      const ready =
        operations.drain.state() === 'running' && !reports.some(each => each.critical && each.state === 'down');
      return { version: operations.version, sandbox: sides, ready };
    },
  );

  app.get(
    '/api/admin/system',
    {
      config: { access: 'system:read' },
      schema: {
        tags: ['system'],
        summary: 'Dependencies, versions, memory, event loop',
        response: { 200: System, ...errors(401, 403) },
      },
    },
    system,
  );

  app.patch(
    '/api/admin/system',
    {
      config: { access: 'system:write', audit: 'system.log-level' },
      schema: {
        tags: ['system'],
        summary: 'Change the log level of this process',
        body: Strict({ logLevel: LogLevel }),
        response: { 200: System, ...errors(400, 401, 403) },
      },
    },
    async request => {
      const before = operations.logging.level();
      operations.logging.setLevel(request.body.logLevel);
      request.trail({ before: { logLevel: before }, after: { logLevel: request.body.logLevel } });
      return system();
    },
  );
};

const side = (sandboxed: boolean): 'sandbox' | 'real' => (sandboxed ? 'sandbox' : 'real');
