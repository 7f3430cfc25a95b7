import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { errors, Nullable, Strict } from '../ops/schemas.ts';
import type { ProcessRegister } from './process-register.ts';

const Process = Strict({
  id: Type.String(),
  version: Nullable(Type.String({ description: 'The release it runs; null where it is one that did not say.' })),
  here: Type.Boolean({ description: 'The one that answers.' }),
  figures: Nullable(
    Strict({
      sessions: Type.Integer({ description: 'Calls whose sound runs through it.' }),
      delayMs: Type.Integer({ description: 'How late its event loop is.' }),
      memoryBytes: Type.Integer(),
      uptimeSeconds: Type.Integer(),
    }),
  ),
});

/** Who serves this installation. */
export const processesRoutes: FastifyPluginAsyncTypebox<{ processes: Pick<ProcessRegister, 'all'> }> = async (
  app,
  { processes },
) => {
  app.get(
    '/api/admin/processes',
    {
      config: { access: 'system:read' },
      schema: {
        tags: ['system'],
        summary: 'The processes that share the store, with their versions',
        description: 'Each keeps a row of its own alive; one that was killed is forgotten after 15 seconds.',
        response: { 200: Strict({ items: Type.Array(Process) }), ...errors(401, 403) },
      },
    },
    async () => ({ items: [...(await processes.all())] }),
  );
};
