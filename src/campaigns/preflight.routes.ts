import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { errors, Id, Strict } from '../ops/schemas.ts';
import type { Preflights } from './preflight.types.ts';
import { echoPath } from './preflight-installation.ts';
import { PreflightSchema } from './preflight-schemas.ts';

export interface PreflightRouteOptions {
  readonly preflight: Preflights;
  readonly proofOf: (nonce: string) => Promise<string>;
}

const answer = { 200: Strict({ preflight: PreflightSchema }) };

/** What must be mended before calls are placed. */
export const preflightRoutes: FastifyPluginAsyncTypebox<PreflightRouteOptions> = async (
  app,
  { preflight, proofOf },
) => {
  app.get(
    '/api/admin/preflight',
    {
      config: { access: 'system:read' },
      schema: {
        tags: ['system'],
        summary: 'Whether calls can be placed, and what to mend',
        description: 'Asks the vendors and our own public address, side by side, at most five seconds each.',
        response: { ...answer, ...errors(401, 403) },
      },
    },
    async () => ({ preflight: await preflight.ofInstallation() }),
  );

  const ofCampaign = {
    tags: ['campaigns'],
    summary: 'Whether a campaign can be started, and what to mend',
    description:
      'A start is refused while anything blocks. Asks up to a hundred of its people whether they may be called.',
    params: Strict({ id: Id }),
    response: { ...answer, ...errors(400, 401, 403, 404) },
  };
  app.get(
    '/api/campaigns/:id/preflight',
    { config: { access: 'campaigns:read' }, schema: ofCampaign },
    async request => ({ preflight: await preflight.ofCampaign(request.params.id) }),
  );
  // For those who think of it as something done; nothing is changed by it either.
  app.post(
    '/api/campaigns/:id/preflight',
    { config: { access: 'campaigns:read', audit: false }, schema: ofCampaign },
    async request => ({ preflight: await preflight.ofCampaign(request.params.id) }),
  );

  app.get(
    echoPath,
    {
      config: { access: 'public' },
      schema: {
        tags: ['health'],
        summary: 'Proves to this installation that an address leads to it',
        security: [],
        querystring: Strict({ nonce: Type.String({ pattern: '^[0-9a-f]{32}$' }) }),
        response: { 200: Strict({ proof: Type.String() }), ...errors(400) },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      return { proof: await proofOf(request.query.nonce) };
    },
  );
};
