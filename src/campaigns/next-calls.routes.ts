import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { errors, Id, Nullable, OneOf, Strict, Timestamp } from '../ops/schemas.ts';
import { expectations, type NextCalls } from './next-calls.ts';

const example: NextCalls = {
  state: 'later',
  at: '2026-11-23T15:00:00.000Z',
  timeZone: 'America/Chicago',
  about: false,
  campaign: { id: '6740a1b2c3d4e5f60718293a', name: 'Spring reminders' },
  paused: 0,
};

const NextCallsSchema = Strict(
  {
    state: OneOf(expectations, {
      description:
        '`calling-stopped` the kill switch is on · `nothing-runs` no campaign dials · `nobody-waits` whoever is left is being called · ' +
        '`now` somebody is due · `later` from `at` on.',
    }),
    at: Nullable(Timestamp),
    timeZone: Nullable(
      Type.String({
        description: 'By whose clock: of the person who is first, or of the campaign. Null where unknown.',
      }),
    ),
    about: Type.Boolean({
      description: 'Some of those who are due were looked at; by the clocks of others calls may come earlier.',
    }),
    campaign: Nullable(Strict({ id: Id, name: Type.String() })),
    paused: Type.Integer({ description: 'Campaigns that only wait to be resumed, while none dials.' }),
  },
  { examples: [example] },
);

/** What whoever watches live calls may ask while there are none. */
export const nextCallsRoutes: FastifyPluginAsyncTypebox<{ nextCalls: () => Promise<NextCalls> }> = async (
  app,
  { nextCalls },
) => {
  app.get(
    '/api/campaigns/next-calls',
    {
      config: { access: 'calls:read' },
      schema: {
        tags: ['campaigns'],
        summary: 'When calls of campaigns are expected next, or why none are',
        description:
          'From what is kept as people change, and where somebody is due, from the hours of those who are next. A callback that somebody ' +
          'books counts within a second or two.',
        response: { 200: Strict({ next: NextCallsSchema }), ...errors(401, 403) },
      },
    },
    async () => ({ next: (await nextCalls()) as never }),
  );
};
