import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { errors, Id, Nullable, OneOf, Strict, Timestamp } from '../ops/schemas.ts';
import type { CampaignAdmin } from './campaign-admin.ts';
import type { CampaignMending } from './campaign-mending.ts';
import { campaignStates, contactStates } from './campaign-state.ts';
import { judgeRun } from './judge.ts';
import { judgeRules } from './judge-facts.ts';
import { type JudgeParts, judgeRecordOf } from './judge-source.ts';

export interface CampaignAdminRouteOptions {
  readonly admin: CampaignAdmin;
  readonly judge: JudgeParts;
  readonly mending: CampaignMending;
}

const tags = ['campaigns'];
const OneId = Strict({ id: Id });
const Cause = Strict({ code: Type.String(), message: Type.String(), at: Timestamp });

const Standing = Strict({
  at: Timestamp,
  killSwitch: Strict({ on: Type.Boolean(), since: Nullable(Type.String()), by: Nullable(Type.String()) }),
  campaigns: Type.Array(
    Strict({
      id: Id,
      name: Type.String(),
      state: OneOf(campaignStates),
      cause: Nullable(Cause),
      people: Strict(Object.fromEntries(contactStates.map(state => [state, Type.Integer()])) as Record<string, never>),
      nextDueAt: Nullable(Timestamp),
      leftBehind: Type.Integer({ description: 'Being called by processes that have not been heard of.' }),
    }),
  ),
});

const Named = { id: Id, name: Type.String() };
const StopAnswer = Strict({
  dryRun: Type.Boolean(),
  stopped: Type.Array(Strict({ ...Named, from: OneOf(campaignStates) })),
  left: Type.Array(Strict({ ...Named, reason: Type.String() })),
});
const StopBody = Nullable(
  Strict({ dryRun: Type.Optional(Type.Boolean({ description: 'Only say what would be stopped.' })) }),
);

const Stuck = Strict({ campaignId: Id, contactId: Id, callId: Id, reason: Type.String() });
const ResetAnswer = Strict({ dryRun: Type.Boolean(), released: Type.Array(Stuck), left: Type.Array(Stuck) });
const RepairAnswer = Strict({
  dryRun: Type.Boolean(),
  ...Named,
  places: Type.Integer({ description: 'Calls that held a place although they have ended.' }),
  reservations: Type.Integer({ description: 'Calls for which money was reserved although they have ended.' }),
  counters: Type.Array(Strict({ counter: Type.String(), is: Type.Integer(), should: Type.Integer() }), {
    description:
      'Counters that were wrong, as they were and as they should be. Under `figures` what its calls come to, of each agent and variant as well: calls, answered ones, seconds, and millionths of money.',
  }),
  completes: Type.Boolean({ description: 'Nobody is left to call, and it had not noticed.' }),
  recounted: Type.Integer({ description: 'People who are counted anew.' }),
  recountedCalls: Type.Integer({ description: 'Calls that would count otherwise today, and are counted again.' }),
});

const JudgementSchema = Strict({
  campaignId: Id,
  name: Type.String(),
  verdict: OneOf(['pass', 'fail']),
  calls: Type.Integer(),
  numbers: Type.Integer(),
  people: Type.Integer(),
  rules: Type.Array(
    Strict({
      rule: OneOf(judgeRules),
      result: OneOf(['pass', 'fail', 'not-judged']),
      checked: Type.Integer({ description: 'How many calls or people were looked at.' }),
      violations: Type.Integer(),
      examples: Type.Array(
        Strict({
          rule: OneOf(judgeRules),
          at: Timestamp,
          callId: Nullable(Type.String()),
          contactId: Nullable(Type.String()),
          message: Type.String(),
        }),
        { description: 'The first hundred of them.' },
      ),
      unsure: Type.Array(Type.String()),
    }),
  ),
});

/** What operators do about campaigns when something is wrong, and the proof of what was done. */
export const campaignAdminRoutes: FastifyPluginAsyncTypebox<CampaignAdminRouteOptions> = async (
  app,
  { admin, judge, mending },
) => {
  app.get(
    '/api/admin/campaigns',
    {
      config: { access: 'campaigns:read' },
      schema: {
        tags,
        summary: 'Where every campaign stands that has not ended',
        description: 'Counted now, not from the counters: for an operator who doubts them.',
        response: { 200: Standing, ...errors(401, 403) },
      },
    },
    async () => admin.status() as never,
  );

  app.get(
    '/api/admin/campaigns/:id',
    {
      config: { access: 'campaigns:read' },
      schema: {
        tags,
        summary: 'Where a campaign stands',
        params: OneId,
        response: { 200: Standing, ...errors(400, 401, 403, 404) },
      },
    },
    async request => admin.status(request.params.id) as never,
  );

  app.post(
    '/api/admin/campaigns/stop',
    {
      config: { access: 'campaigns:run', audit: 'campaigns.stop-all' },
      schema: {
        tags,
        summary: 'Stop every campaign for good',
        description: 'All that have begun and not ended. Nobody is dialled any more; live calls finish.',
        body: StopBody,
        response: { 200: StopAnswer, ...errors(400, 401, 403) },
      },
    },
    async request => {
      const dryRun = request.body?.dryRun ?? false;
      const report = await admin.stop({ by: request.principal!.label, dryRun });
      const ids = report.stopped.map(({ id }) => id);
      request.trail({ target: { type: 'campaigns', id: 'all' }, after: { stopped: ids }, ...unchanged(dryRun) });
      return report as never;
    },
  );

  app.post(
    '/api/admin/campaigns/:id/stop',
    {
      config: { access: 'campaigns:run', audit: 'campaign.stop' },
      schema: {
        tags,
        summary: 'Stop a campaign for good, or say what that would do',
        params: OneId,
        body: StopBody,
        response: { 200: StopAnswer, ...errors(400, 401, 403, 404) },
      },
    },
    async request => {
      const { id } = request.params;
      const dryRun = request.body?.dryRun ?? false;
      const report = await admin.stop({ id, by: request.principal!.label, dryRun });
      const nothing = dryRun || report.stopped.length === 0;
      request.trail({ target: { type: 'campaign', id }, ...unchanged(nothing) });
      return report as never;
    },
  );

  app.post(
    '/api/admin/campaigns/reset-stuck',
    {
      config: { access: 'system:write', audit: 'campaigns.reset-stuck' },
      schema: {
        tags,
        summary: 'Release people whose process is gone',
        description: 'Only where the carrier shows that no call of theirs exists or runs.',
        body: StopBody,
        response: { 200: ResetAnswer, ...errors(400, 401, 403) },
      },
    },
    async request => {
      const dryRun = request.body?.dryRun ?? false;
      const report = await mending.resetStuck({ dryRun });
      const released = report.released.map(({ callId }) => callId);
      request.trail({
        target: { type: 'campaigns', id: 'all' },
        after: { released },
        ...unchanged(dryRun || released.length === 0),
      });
      return report as never;
    },
  );

  app.post(
    '/api/admin/campaigns/:id/repair',
    {
      config: { access: 'system:write', audit: 'campaign.repair' },
      schema: {
        tags,
        summary: 'Put right what a campaign says of itself',
        description:
          'Completes it when nobody is left, frees places and money that ended calls hold, and sets its counters right. With `dryRun` it only says what differs.',
        params: OneId,
        body: StopBody,
        response: { 200: RepairAnswer, ...errors(400, 401, 403, 404) },
      },
    },
    async request => {
      const { id } = request.params;
      const dryRun = request.body?.dryRun ?? false;
      const report = await mending.repair(id, { dryRun });
      const { places, reservations, counters, completes, recounted, recountedCalls } = report;
      request.trail({
        target: { type: 'campaign', id },
        after: { places, reservations, counters, completes, recounted, recountedCalls },
        ...unchanged(dryRun),
      });
      return report as never;
    },
  );

  app.get(
    '/api/admin/campaigns/:id/judgement',
    {
      config: { access: 'campaigns:read' },
      schema: {
        tags,
        summary: 'Judge a run: windows, caps, suppression, pace, at most once, and more',
        description:
          'Replays the log and the calls and says pass or fail, with each breach named. Takes about a minute for a million calls.',
        params: OneId,
        response: { 200: Strict({ judgement: JudgementSchema }), ...errors(400, 401, 403, 404) },
      },
    },
    async request => ({ judgement: (await judgeRun(await judgeRecordOf(request.params.id, judge))) as never }),
  );
};

const unchanged = (nothing: boolean) => (nothing ? ({ nothingChanged: true } as const) : {});
