import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type TProperties, Type } from 'typebox';
import { errors, Id, Strict, Timestamp } from '../ops/schemas.ts';
import type { DashboardAnswer, DashboardQuestion } from './dashboard.ts';

const Count = Type.Integer({ minimum: 0 });
const Rate = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });
const Counts = (description: string) => Type.Record(Type.String(), Count, { description });
const Milliseconds = Type.Integer({ minimum: 0, description: 'Milliseconds.' });
const Money = { amount: Type.String({ description: 'Exact decimal text.' }), currency: Type.String() };

const figureFields = {
  calls: Type.Integer({ minimum: 0, description: 'Calls that ended, counted when they began.' }),
  answered: Count,
  answerRate: Rate('Answered of all.'),
  successRate: Rate("Successful of those that the agents' vendor judged."),
  successful: Count,
  unsuccessful: Count,
  averageDurationSeconds: Type.Number({ minimum: 0, description: 'Of answered calls.' }),
  totalDurationSeconds: Count,
  inbound: Count,
  outbound: Count,
  outcomes: Counts('Calls by outcome.'),
  results: Counts('Calls by what came of them, where something did.'),
  latency: Strict(
    { p50: Milliseconds, p95: Milliseconds, firstWord: Milliseconds },
    { description: 'How long callers waited for answers, and (median) for the first word.' },
  ),
  spend: Strict({
    ...Money,
    incompleteCalls: Type.Integer({ minimum: 0, description: 'Calls of whose cost a part could not be added.' }),
  }),
} satisfies TProperties;

const figuresExample = {
  calls: 120,
  answered: 84,
  answerRate: 0.7,
  successRate: 0.8136,
  successful: 48,
  unsuccessful: 11,
  averageDurationSeconds: 74.5,
  totalDurationSeconds: 6258,
  inbound: 20,
  outbound: 100,
  outcomes: { conversation: 61, 'no-answer': 30, voicemail: 23, busy: 6 },
  results: { 'appointment-booked': 9 },
  latency: { p50: 820, p95: 1630, firstWord: 640 },
  spend: { amount: '13.4175', currency: 'USD', incompleteCalls: 0 },
};

const Dashboard = Strict(
  {
    from: Timestamp,
    to: Timestamp,
    timeZone: Type.String(),
    totals: Strict({ ...figureFields, active: Type.Integer({ minimum: 0, description: 'Calls that go on now.' }) }),
    previous: Strict(
      { from: Timestamp, to: Timestamp, ...figureFields },
      { description: 'The stretch of the same length before.' },
    ),
    hourly: Type.Array(
      Strict({
        at: Type.String({ format: 'date-time', description: 'When this hour of the local clock began.' }),
        calls: Count,
        answered: Count,
        conversations: Count,
        totalDurationSeconds: Count,
        spend: Strict(Money),
      }),
    ),
    delays: Type.Array(
      Strict({
        at: Timestamp,
        p50: Milliseconds,
        p95: Milliseconds,
        turns: Type.Integer({ minimum: 0, description: 'Answers that were measured; without any there is no delay.' }),
      }),
      { description: 'How long callers waited for answers: by the hour up to three days, by the local day beyond.' },
    ),
    today: Strict(figureFields, { description: 'Since midnight in the time zone.' }),
    last24h: Strict(figureFields),
  },
  {
    examples: [
      {
        from: '2026-11-20T00:00:00.000Z',
        to: '2026-11-21T00:00:00.000Z',
        timeZone: 'UTC',
        totals: { ...figuresExample, active: 3 },
        previous: { from: '2026-11-19T00:00:00.000Z', to: '2026-11-20T00:00:00.000Z', ...figuresExample },
        hourly: [
          {
            at: '2026-11-20T09:00:00.000Z',
            calls: 12,
            answered: 8,
            conversations: 6,
            totalDurationSeconds: 610,
            spend: { amount: '1.32', currency: 'USD' },
          },
        ],
        delays: [{ at: '2026-11-20T09:00:00.000Z', p50: 820, p95: 1630, turns: 74 }],
        today: figuresExample,
        last24h: figuresExample,
      },
    ],
  },
);

export interface AnalyticsRoutesOptions {
  readonly dashboard: (question: DashboardQuestion) => Promise<DashboardAnswer>;
}

/** Figures that agree with the calls behind them. */
export const analyticsRoutes: FastifyPluginAsyncTypebox<AnalyticsRoutesOptions> = async (app, { dashboard }) => {
  app.get(
    '/api/analytics/dashboard',
    {
      config: { access: 'calls:read' },
      schema: {
        tags: ['analytics'],
        summary: 'Read the figures of a stretch of time',
        description:
          'Calls count when they have ended, at the time at which they began (`createdAt`), so that lists of calls show what is behind ' +
          'a figure. `from` and `to` are widened to full quarters of an hour; without them it is the last seven days of the time zone.',
        querystring: Strict({
          from: Type.Optional(Type.String({ minLength: 1, maxLength: 40, description: 'ISO 8601.' })),
          to: Type.Optional(Type.String({ minLength: 1, maxLength: 40, description: 'ISO 8601; not included.' })),
          timeZone: Type.Optional(
            Type.String({ minLength: 1, maxLength: 60, description: 'IANA name; TIME_ZONE without one.' }),
          ),
          campaignId: Type.Optional(Id),
          agentId: Type.Optional(Id),
        }),
        response: { 200: Dashboard, ...errors(400, 401, 403) },
      },
    },
    async request => (await dashboard(request.query)) as never,
  );
};
