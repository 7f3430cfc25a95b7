import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { AppError } from '../errors.ts';
import { errors, Id, Nullable, Strict, Timestamp } from '../ops/schemas.ts';
import { type Assumption, usualAssumptions } from './dry-run.types.ts';
import { type DryRunParts, dryRunOf } from './dry-run-source.ts';

const Counts = Type.Record(Type.String(), Type.Integer());
const ofHour = {
  dialled: Type.Integer(),
  byTry: Strict(
    { first: Type.Integer(), second: Type.Integer(), later: Type.Integer() },
    { description: 'How many of them are somebody’s first, second or a later try.' },
  ),
  byOutcome: Counts,
};
const DryRunSchema = Strict({
  from: Timestamp,
  until: Timestamp,
  people: Type.Integer({ description: 'Who waits, or before the first start is on the lists.' }),
  sampledOneOf: Type.Number({
    description: 'Above 10,000 people one of so many stands for all; figures are for all of them.',
  }),
  standing: Strict(
    {
      dialable: Type.Integer({ description: 'Nothing keeps them from being called at once.' }),
      rules: Type.Array(
        Strict({
          code: Type.String({ description: 'Of the rule, or `NOT_DUE` where a next try comes later.' }),
          message: Type.String({ description: 'As it was told of the first of them.' }),
          people: Type.Integer(),
          waits: Type.Boolean({ description: 'A later moment is enough; otherwise something has to change first.' }),
        }),
        { description: 'Everybody else, by the rule that keeps them from it, most people first.' },
      ),
    },
    { description: 'Where people stand at the moment it begins, each counted once.' },
  ),
  dialled: Type.Integer(),
  hours: Type.Array(Strict({ hour: Timestamp, ...ofHour })),
  hoursThere: Type.Array(
    Strict({
      hour: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:00$', description: 'Such as `2026-11-20T08:00`.' }),
      ...ofHour,
    }),
    {
      description:
        'The same by the clock of whoever is called: what is eight in the morning for each of them is one hour.',
    },
  ),
  notDialled: Type.Array(
    Strict({
      code: Type.String(),
      message: Type.String(),
      people: Type.Integer(),
      examples: Type.Array(Type.String(), { description: 'Contact ids of some of them.' }),
    }),
    { description: 'Who is not called once, by the reason that was told last.' },
  ),
  byOutcome: Counts,
  left: Type.Integer({ description: 'Still waiting at the end of the time looked at.' }),
  estimatedEndAt: Nullable(Timestamp),
  spend: Strict({ amount: Type.Number(), currency: Type.String() }),
  assumptions: Type.Array(Strict({ outcome: Type.String(), share: Type.Number(), seconds: Type.Number() })),
  seed: Type.Integer(),
});

/** What a campaign would do, hour by hour, without calling anybody. */
export const dryRunRoutes: FastifyPluginAsyncTypebox<{ runs: DryRunParts }> = async (app, { runs }) => {
  app.get(
    '/api/campaigns/:id/dry-run',
    {
      config: { access: 'campaigns:read' },
      schema: {
        tags: ['campaigns'],
        summary: 'What would be dialled, hour by hour, and why others would not',
        description:
          "The dialer's own step against a clock that jumps, from now on. What calls come to is assumed by `shares`; the same seed gives the same run. Other campaigns are not taken into account, and the kill switch is taken to be off.",
        params: Strict({ id: Id }),
        querystring: Strict({
          days: Type.Optional(Type.Integer({ minimum: 1, maximum: 60, default: 14, description: 'How far to look.' })),
          seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 31, default: 1 })),
          shares: Type.Optional(
            Type.String({
              maxLength: 200,
              pattern: '^[a-z-]+:\\d+(\\.\\d+)?(,[a-z-]+:\\d+(\\.\\d+)?)*$',
              description: 'Such as `conversation:40,voicemail:20,no-answer:40`; the usual ones without it.',
            }),
          ),
        }),
        response: { 200: Strict({ dryRun: DryRunSchema }), ...errors(400, 401, 403, 404) },
      },
    },
    async request => {
      const { days = 14, seed = 1, shares } = request.query;
      const { dials, ...dryRun } = await dryRunOf(
        request.params.id,
        { days, seed, assumptions: assumed(shares) },
        runs,
      );
      return { dryRun: dryRun as never };
    },
  );
};

/** The usual outcomes with these shares; those that are not named have none. */
export function assumed(shares: string | undefined): readonly Assumption[] {
  if (shares === undefined) return usualAssumptions;
  const given = new Map(shares.split(',').map(each => each.split(':') as [string, string]));
  const unknown = [...given.keys()].find(name => !usualAssumptions.some(({ outcome }) => outcome === name));
  const known = usualAssumptions.map(({ outcome }) => outcome).join(', ');
  const wrong = (problem: string) =>
    new AppError('VALIDATION_FAILED', `shares ${problem}.`, { details: [{ field: 'shares', problem }] });
  if (unknown !== undefined) throw wrong(`may name ${known}`);
  const assumptions = usualAssumptions.map(each => ({ ...each, share: Number(given.get(each.outcome) ?? 0) }));
  if (assumptions.every(({ share }) => share === 0)) throw wrong('must have one above 0');
  return assumptions;
}
