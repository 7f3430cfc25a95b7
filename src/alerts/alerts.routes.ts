import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { errors, Nullable, OneOf, Strict, Timestamp } from '../ops/schemas.ts';
import type { AlertWatch } from './alert-watch.ts';
import { alertKinds, alertLevels, alertPlaces } from './alerts.types.ts';

const mostAlerts = 100;

const AlertSchema = Strict(
  {
    id: Type.String({ description: 'The same as long as it is the same trouble.' }),
    kind: OneOf(alertKinds),
    level: OneOf(alertLevels, { description: '`urgent` keeps calls from being made or kept.' }),
    sentence: Type.String({ description: 'What happened.' }),
    since: Nullable(Timestamp),
    remedy: Type.String({ description: 'What to do.' }),
    link: Strict(
      { kind: OneOf(alertPlaces), id: Nullable(Type.String()) },
      { description: 'Where to mend it; `id` where one of several is meant.' },
    ),
  },
  {
    examples: [
      {
        id: 'campaign:65f0c0ffee65f0c0ffee65f0',
        kind: 'campaign-stopped',
        level: 'urgent',
        sentence: 'The campaign Spring reminders paused by itself: Calls failed again and again within an hour.',
        since: '2026-11-20T13:30:00.000Z',
        remedy: 'Look at its failed calls, mend the cause and resume it.',
        link: { kind: 'campaign', id: '65f0c0ffee65f0c0ffee65f0' },
      },
    ],
  },
);

/** What only a person can mend, for whoever may read of its subject. */
export const alertsRoutes: FastifyPluginAsyncTypebox<{ alerts: Pick<AlertWatch, 'current'> }> = async (
  app,
  { alerts },
) => {
  app.get(
    '/api/alerts',
    {
      config: { access: 'signed-in' },
      schema: {
        tags: ['system'],
        summary: 'What only a person can mend',
        description:
          'Urgent ones first, then what has lasted longest. Each is told only to those who may read of its subject: campaigns with ' +
          '`campaigns:read`, dependencies and releases with `system:read`, and so on. As it was at most two seconds ago.',
        response: {
          200: Strict({
            items: Type.Array(AlertSchema, { maxItems: mostAlerts }),
            omitted: Type.Integer({ minimum: 0, description: 'How many there are beyond these.' }),
          }),
          ...errors(401),
        },
      },
    },
    async (request, reply) => {
      const { permissions } = request.principal!;
      const mine = (await alerts.current()).filter(({ needs }) => permissions.has(needs));
      void reply.header('cache-control', 'no-store');
      return {
        items: mine.slice(0, mostAlerts).map(({ needs: _, ...alert }) => alert),
        omitted: Math.max(0, mine.length - mostAlerts),
      };
    },
  );
};
