import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import { evidenceKeptYears } from '../contacts/consent-state.ts';
import { importsKeptDays } from '../contacts/contacts.types.ts';
import { deliveriesKeptDays } from '../hooks/hooks-events.ts';
import { keepDeadMs, keepDoneMs } from '../jobs/job-outcome.ts';
import { errors, Nullable, OneOf, Strict } from '../ops/schemas.ts';
import { receiptsKeptDays } from '../ops/webhook-receipt-repository.ts';

const kinds = [
  'recordings',
  'transcripts',
  'calls',
  'contacts',
  'suppressions',
  'consent-evidence',
  'rejected-rows',
  'hook-deliveries',
  'webhook-receipts',
  'jobs-done',
  'jobs-dead',
  'audit',
] as const;

const Kept = Strict({
  what: OneOf(kinds),
  days: Nullable(Type.Integer({ description: 'Null: until somebody erases or deletes it.' })),
  setting: Nullable(Type.String({ description: 'The configuration that says so, where one does.' })),
});

const dayMs = 24 * 60 * 60_000;

/** How long each kind of data is kept; the numbers are those that the parts themselves go by. */
export function keptKinds(retentionDays: number): Static<typeof Kept>[] {
  const kept = (what: (typeof kinds)[number], days: number | null, setting: string | null = null) => ({
    what,
    days,
    setting,
  });
  return [
    kept('recordings', retentionDays, 'RETENTION_DAYS'),
    kept('transcripts', retentionDays, 'RETENTION_DAYS'),
    kept('calls', null),
    kept('contacts', null),
    kept('suppressions', null),
    kept('consent-evidence', Math.round(evidenceKeptYears * 365.25)),
    kept('rejected-rows', importsKeptDays),
    kept('hook-deliveries', deliveriesKeptDays),
    kept('webhook-receipts', receiptsKeptDays),
    kept('jobs-done', keepDoneMs / dayMs),
    kept('jobs-dead', keepDeadMs / dayMs),
    kept('audit', null),
  ];
}

/** What is kept, and for how long. */
export const retentionRoutes: FastifyPluginAsyncTypebox<{ readonly days: number }> = async (app, { days }) => {
  app.get(
    '/api/admin/retention',
    {
      config: { access: 'recordings:clean-up' },
      schema: {
        tags: ['recordings'],
        summary: 'What is kept, and how long',
        description: 'What would be removed now is said by a dry run of the clean-up.',
        response: { 200: Strict({ kept: Type.Array(Kept) }), ...errors(401, 403) },
      },
    },
    async () => ({ kept: keptKinds(days) }),
  );
};
