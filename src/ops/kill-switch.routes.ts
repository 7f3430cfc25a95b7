import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { KillSwitch } from './kill-switch.ts';
import { errors, Nullable, Strict, Timestamp } from './schemas.ts';

const KillSwitchSchema = Strict(
  {
    on: Type.Boolean({ description: 'While on, nobody is called; running calls go on.' }),
    since: Nullable(Timestamp),
    by: Nullable(Type.String()),
    reason: Nullable(Type.String()),
  },
  { examples: [{ on: true, since: '2026-11-20T13:30:00.000Z', by: 'ada@example.com', reason: 'wrong list loaded' }] },
);

const answer = { 200: Strict({ killSwitch: KillSwitchSchema }) };

/** The one switch that stops all calling. */
export const killSwitchRoutes: FastifyPluginAsyncTypebox<{ killSwitch: KillSwitch }> = async (app, { killSwitch }) => {
  app.get(
    '/api/admin/kill-switch',
    {
      config: { access: 'kill-switch:read' },
      schema: { tags: ['system'], summary: 'Whether calling is stopped', response: { ...answer, ...errors(401, 403) } },
    },
    async () => ({ killSwitch: await killSwitch.state() }),
  );

  app.put(
    '/api/admin/kill-switch',
    {
      config: { access: 'kill-switch:write', audit: 'kill-switch.turn' },
      schema: {
        tags: ['system'],
        summary: 'Stop all calling, or allow it again',
        description: 'Holds within a second in every process. Calls that are running are not ended.',
        body: Strict(
          {
            on: Type.Boolean(),
            reason: Type.Optional(Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' })),
          },
          { examples: [{ on: true, reason: 'wrong list loaded' }] },
        ),
        response: { ...answer, ...errors(400, 401, 403) },
      },
    },
    async request => {
      const { on, reason = null } = request.body;
      const before = await killSwitch.state();
      const state = await killSwitch.turn(on, request.principal!.label, reason);
      request.trail({
        target: { type: 'setting', id: 'kill-switch' },
        before: { on: before.on },
        after: { on, ...(reason ? { reason } : {}) },
      });
      return { killSwitch: state };
    },
  );
};
