import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { errors, Nullable, Strict } from '../ops/schemas.ts';

const FarEndsSchema = Strict({
  publicUrl: Type.String(),
  carrier: Strict({
    sandbox: Type.Boolean(),
    apiBaseUrl: Type.String(),
    accountSid: Type.String(),
    phoneNumber: Nullable(Type.String()),
    /** Opens the control API of the sandbox's carrier in this process, and nothing else. */
    controlKey: Nullable(Type.String()),
  }),
  agent: Strict({ sandbox: Type.Boolean(), apiBaseUrl: Type.String(), agentId: Nullable(Type.String()) }),
});

/** Whom this installation talks to: what a load test asks before it touches anything. */
export const farEndRoutes: FastifyPluginAsyncTypebox = async app => {
  const { farEnds, sandbox } = app;
  app.get(
    '/api/admin/far-ends',
    {
      config: { access: 'system:write' },
      schema: {
        tags: ['system'],
        summary: 'Which carrier and which agents are used, and where they are',
        response: { 200: FarEndsSchema, ...errors(401, 403) },
      },
    },
    async () => {
      const { carrier, agent } = farEnds;
      return {
        publicUrl: app.publicAddress.http('/').replace(/\/$/, ''),
        carrier: {
          sandbox: carrier.sandbox,
          apiBaseUrl: carrier.apiBaseUrl,
          accountSid: carrier.accountSid,
          phoneNumber: carrier.phoneNumber ?? null,
          controlKey: sandbox.carrier?.controlKey ?? null,
        },
        agent: { sandbox: agent.sandbox, apiBaseUrl: agent.apiBaseUrl, agentId: agent.agentId ?? null },
      };
    },
  );
};
