import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createFiguresCounter } from '../analytics/figures-counter.ts';
import { RollupLogRepository } from '../analytics/rollup-log-repository.ts';
import { RollupRepository } from '../analytics/rollup-repository.ts';
import { type AdminCommands, type AdminContext, operator } from '../auth/admin-commands.ts';
import { AuditRepository } from '../auth/audit-repository.ts';
import { killSwitchTurns } from '../auth/kill-switch-turns.ts';
import { priceTableOf } from '../calls/call-cost.ts';
import { createCallFigures } from '../calls/call-figures.ts';
import { createCallPlaces } from '../calls/call-places.ts';
import { CallRepository } from '../calls/call-repository.ts';
import { campaignCall } from '../calls/campaign-calls.ts';
import { createDialledCalls } from '../calls/dialled-calls.ts';
import { SlotRepository } from '../calls/slot-repository.ts';
import type { Config } from '../config.ts';
import { ContactRepository } from '../contacts/contact-repository.ts';
import { SuppressionRepository } from '../contacts/suppression-repository.ts';
import { createSuppressions } from '../contacts/suppression-service.ts';
import { AppError } from '../errors.ts';
import { createEvents } from '../events.ts';
import { createKillSwitch } from '../ops/kill-switch.ts';
import type { Logging } from '../ops/logger.ts';
import { createMetrics } from '../ops/metrics.ts';
import { SettingsRepository } from '../ops/settings-repository.ts';
import type { Store } from '../store/open-store.ts';
import { createTwilioCarrier } from '../telephony/twilio-carrier.ts';
import { apiBaseUrlOf } from '../telephony/twilio-region.ts';
import { BudgetEntryRepository } from './budget-entry-repository.ts';
import { BudgetRepository } from './budget-repository.ts';
import { costIn, createBudgets } from './budgets.ts';
import { type CampaignAdmin, createCampaignAdmin } from './campaign-admin.ts';
import type {
  CampaignStanding,
  RepairReport,
  ResetReport,
  StandingReport,
  StopReport,
  Stuck,
} from './campaign-admin.types.ts';
import { CampaignContactRepository } from './campaign-contact-repository.ts';
import { CampaignEventRepository } from './campaign-event-repository.ts';
import { createCampaignLog, outboxEntry } from './campaign-log.ts';
import { type CampaignMending, createCampaignMending } from './campaign-mending.ts';
import { CampaignRepository } from './campaign-repository.ts';
import { createCampaignTally } from './campaign-tally.ts';
import { CampaignTallyRepository } from './campaign-tally-repository.ts';
import { judgeRun } from './judge.ts';
import type { Judgement } from './judge-facts.ts';
import { type JudgeParts, judgeRecordOf } from './judge-source.ts';

interface OnStore {
  readonly admin: CampaignAdmin;
  readonly judge: JudgeParts;
}

/** The same work as behind the API, straight on the store: also while no server answers. */
function onThisStore(store: Store, config: Config, logging: Logging, now: () => Date): OnStore {
  const campaigns = new CampaignRepository(store);
  const people = new CampaignContactRepository(store);
  const entries = new CampaignEventRepository(store);
  const settings = new SettingsRepository(store);
  const contacts = new ContactRepository(store);
  const logger = logging.component('campaigns');
  const events = createEvents(err => logger.warn({ err }, 'a listener failed'));
  const log = createCampaignLog({ campaigns, entries, events, logger, now });
  const suppressions = createSuppressions({
    repository: new SuppressionRepository(store),
    settings,
    events,
    defaultCountry: config.DEFAULT_COUNTRY,
  });
  const stop = async (id: string, by: string) => {
    const at = now();
    const moved = await campaigns.move(id, 'stop', {
      cause: null,
      set: { endedAt: at, endCalls: false },
      entry: (from, to) => outboxEntry('campaign.moved', by, at, { move: 'stop', from, to, endCalls: false }),
    });
    if (moved) await log.flush(moved);
  };
  return {
    admin: createCampaignAdmin({ campaigns, people, killSwitch: createKillSwitch(settings, now), stop, now }),
    judge: {
      campaigns,
      people,
      entries,
      suppressions,
      calls: createDialledCalls(new CallRepository(store)),
      contacts: {
        zonesOf: async ids =>
          new Map(
            (ids.length === 0 ? [] : await contacts.withIds(ids)).flatMap(({ _id, timeZone, updatedAt }) =>
              timeZone ? [[_id.toHexString(), { name: timeZone, changedAt: updatedAt.getTime() }] as const] : [],
            ),
          ),
      },
      killSwitchTurns: () => killSwitchTurns(new AuditRepository(store)),
      installation: {
        callsPerSecond: config.TWILIO_CPS,
        caps: { perDay: config.CALLS_PER_NUMBER_PER_DAY, perWeek: config.CALLS_PER_NUMBER_PER_WEEK },
      },
      now,
    },
  };
}

const mendingOwner = `admin:${randomUUID()}`;

/** Mends straight on the store; the carrier must be one that can be asked without the server. */
const mendHere = <R>(
  { onStore, now, flags, audit }: AdminContext,
  work: (mending: CampaignMending) => Promise<{ done: R; entry: Parameters<AdminContext['audit']>[1] | null }>,
): Promise<R> =>
  onStore(async (store, config, logging) => {
    const { TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, sandbox } = config;
    if (sandbox.carrier || !TWILIO_ACCOUNT_SID || !TWILIO_AUTH_TOKEN)
      throw new AppError(
        'BAD_REQUEST',
        'The carrier is the sandbox, inside the server: ask the server, with --url http://127.0.0.1:8000.',
      );
    const metrics = createMetrics();
    const carrier = createTwilioCarrier({
      accountSid: TWILIO_ACCOUNT_SID,
      authToken: TWILIO_AUTH_TOKEN,
      apiBaseUrl: apiBaseUrlOf(config),
      metrics,
    });
    try {
      const { campaigns, people, calls, complete } = partsOn(store, logging, now);
      const figures = createFiguresCounter({
        calls: createCallFigures(calls, priceTableOf(config)),
        rollups: new RollupRepository(store),
        log: new RollupLogRepository(store),
        owner: mendingOwner,
        currency: config.COST_CURRENCY,
        now,
      });
      const mending = createCampaignMending({
        campaigns,
        people,
        calls: {
          byIds: async ids =>
            new Map((await calls.among(ids)).map(call => [call._id.toHexString(), campaignCall(call)])),
        },
        carrier,
        places: createCallPlaces({ slots: new SlotRepository(store), calls, now }),
        budgets: createBudgets({
          budgets: new BudgetRepository(store),
          entries: new BudgetEntryRepository(store),
          campaignOf: id => campaigns.findById(id),
          // Nothing is reserved from here, so nobody is warned or paused.
          moves: () => ({ pause: async () => false, note: async () => undefined }),
          costOfCall: async callId => {
            const call = await calls.findById(callId);
            return call && costIn(calls.toApi(call));
          },
          table: priceTableOf(config),
          monthly: config.MONTHLY_BUDGET,
          timeZone: config.TIME_ZONE,
          owner: mendingOwner,
          now,
        }),
        figures: (id, mend) => figures.differences(id, mend),
        tally: createCampaignTally({ people, tallies: new CampaignTallyRepository(store), owner: mendingOwner, now }),
        numberOf: async callId => (await calls.findById(callId))?.to ?? null,
        complete,
        now,
      });
      const { done, entry } = await work(mending);
      if (entry && !flags.dryRun) await audit(store, entry);
      return done;
    } finally {
      await carrier.close();
      metrics.stop();
    }
  });

/** What mending needs of campaigns, with a log that is written from here. */
function partsOn(store: Store, logging: Logging, now: () => Date) {
  const campaigns = new CampaignRepository(store);
  const people = new CampaignContactRepository(store);
  const entries = new CampaignEventRepository(store);
  const logger = logging.component('campaigns');
  const events = createEvents(err => logger.warn({ err }, 'a listener failed'));
  const log = createCampaignLog({ campaigns, entries, events, logger, now });
  const complete = async (id: string): Promise<boolean> => {
    const campaign = await campaigns.findById(id);
    if (!campaign) return false;
    const at = now();
    const data = { move: 'complete', from: 'running', to: 'completed' };
    const done = await campaigns.complete(campaign, at, outboxEntry('campaign.moved', operator.label, at, data));
    if (done) await log.flush(done);
    return done !== null;
  };
  return { campaigns, people, calls: new CallRepository(store), complete };
}

const standingOf = async ({ remote, onStore, now }: AdminContext, id?: string): Promise<StandingReport> =>
  remote
    ? ((await remote.ask('GET', `/api/admin/campaigns${id ? `/${pathPart(id)}` : ''}`)) as unknown as StandingReport)
    : onStore((store, config, logging) => onThisStore(store, config, logging, now).admin.status(id));

async function stop(context: AdminContext, id?: string): Promise<void> {
  const { remote, onStore, now, flags, audit } = context;
  const { dryRun } = flags;
  const path = `/api/admin/campaigns${id ? `/${pathPart(id)}` : ''}/stop`;
  const report = remote
    ? ((await remote.ask('POST', path, { dryRun })) as unknown as StopReport)
    : await onStore(async (store, config, logging) => {
        const { admin } = onThisStore(store, config, logging, now);
        const done = await admin.stop({ ...(id ? { id } : {}), by: operator.label, dryRun });
        if (!dryRun && done.stopped.length > 0)
          await audit(store, {
            action: id ? 'campaign.stop' : 'campaigns.stop-all',
            target: id ? { type: 'campaign', id } : { type: 'campaigns', id: 'all' },
            after: { stopped: done.stopped.map(each => each.id) },
          });
        return done;
      });
  context.tell(report, stopWords(report));
  if (report.left.length > 0 && report.stopped.length === 0) process.exitCode = 1;
}

const everywhere = ['json', 'url', 'dryRun'] as const;

/** What an operator does about campaigns when something is wrong. */
export const campaignCommands: AdminCommands = {
  'campaign-status': {
    usage: [
      'campaign-status [ID]',
      'where every campaign stands that has not ended, or this one; counted now, not from the counters',
    ],
    args: [0, 1],
    flags: everywhere,
    run: async ([id], context) => {
      const report = await standingOf(context, id);
      context.tell(report, standingWords(report));
    },
  },
  'stop-campaign': {
    usage: ['stop-campaign ID', 'stops it for good: nobody is dialled any more, live calls finish'],
    args: [1, 1],
    flags: everywhere,
    run: ([id], context) => stop(context, id),
  },
  'stop-all-campaigns': {
    usage: [
      'stop-all-campaigns',
      'the same for every campaign that has begun and not ended. To stop for a while, use the kill switch',
    ],
    args: [0, 0],
    flags: everywhere,
    run: (_, context) => stop(context),
  },
  'reset-stuck-contacts': {
    usage: [
      'reset-stuck-contacts',
      'releases people whose process is gone, only after the carrier shows that no call of theirs exists or runs',
    ],
    args: [0, 0],
    flags: everywhere,
    run: async (_, context) => {
      const { dryRun } = context.flags;
      const report = context.remote
        ? ((await context.remote.ask('POST', '/api/admin/campaigns/reset-stuck', { dryRun })) as unknown as ResetReport)
        : await mendHere(context, async mending => {
            const done = await mending.resetStuck({ dryRun });
            const released = done.released.map(({ callId }) => callId);
            const entry = { target: { type: 'campaigns', id: 'all' }, after: { released } };
            return { done, entry: released.length > 0 ? { action: 'campaigns.reset-stuck', ...entry } : null };
          });
      context.tell(report, resetWords(report));
    },
  },
  'repair-campaign': {
    usage: [
      'repair-campaign ID',
      'completes it when nobody is left, frees places and money that ended calls hold, and sets its counters right;',
      '--dry-run shows what differs, and changes nothing',
    ],
    args: [1, 1],
    flags: everywhere,
    run: async ([id], context) => {
      const { dryRun } = context.flags;
      const path = `/api/admin/campaigns/${pathPart(id!)}/repair`;
      const report = context.remote
        ? ((await context.remote.ask('POST', path, { dryRun })) as unknown as RepairReport)
        : await mendHere(context, async mending => {
            const done = await mending.repair(id!, { dryRun });
            const { places, reservations, counters, completes, recounted, recountedCalls } = done;
            const after = { places, reservations, counters, completes, recounted, recountedCalls };
            return { done, entry: { action: 'campaign.repair', target: { type: 'campaign', id: id! }, after } };
          });
      context.tell(report, repairWords(report));
    },
  },
  monitor: {
    usage: [
      'monitor [--count N]',
      'shows the running campaigns, again every second until you end it (Ctrl+C), or N times',
    ],
    args: [0, 1],
    flags: [...everywhere, 'count'],
    run: async ([id], context) => {
      const { json, count = Number.POSITIVE_INFINITY } = context.flags;
      const redraws = process.stdout.isTTY === true && !json;
      for (let shown = 0; shown < count; shown += 1) {
        if (shown > 0) await delay(1_000);
        const report = await standingOf(context, id);
        context.tell(report, `${redraws ? '\u001b[2J\u001b[H' : ''}${report.at}\n${standingWords(report)}`);
      }
    },
  },
  judge: {
    usage: ['judge ID', 'replays a campaign and says pass or fail, with each breach named. Exit code 1 on fail'],
    args: [1, 1],
    flags: everywhere,
    run: async ([id], context) => {
      const { remote, onStore, now } = context;
      const judgement = remote
        ? ((await remote.ask('GET', `/api/admin/campaigns/${pathPart(id!)}/judgement`))['judgement'] as Judgement)
        : await onStore(async (store, config, logging) =>
            judgeRun(await judgeRecordOf(id!, onThisStore(store, config, logging, now).judge)),
          );
      context.tell(judgement, judgementWords(judgement));
      if (judgement.verdict === 'fail') process.exitCode = 1;
    },
  },
};

const resetWords = ({ dryRun, released, left }: ResetReport): string => {
  const told = (what: string) => (each: Stuck) =>
    `person ${each.contactId} ${what}: ${each.reason} (call ${each.callId})`;
  const lines = [...released.map(told(dryRun ? 'would be released' : 'is released')), ...left.map(told('stays'))];
  if (lines.length === 0) return 'Nobody is stuck.';
  return [...lines, ...(dryRun ? ['Nothing was changed.'] : [])].join('\n');
};

const repairWords = ({ dryRun, name, places, reservations, counters, completes, ...report }: RepairReport): string =>
  [
    `${name}: ${places} places are held by calls that have ended${dryRun ? '' : ', and are free now'}.`,
    `Money is reserved for ${reservations} calls that have ended${dryRun ? '' : '; what they cost stands in its place now'}.`,
    ...(counters.length === 0
      ? ['Its counters are right.']
      : counters.map(
          ({ counter, is, should }) => `The counter ${counter} ${dryRun ? 'is' : 'was'} ${is} and should be ${should}.`,
        )),
    completes
      ? `Nobody is left to call; it ${dryRun ? 'would be' : 'is'} complete.`
      : 'It has people left to call, or does not run.',
    `${report.recountedCalls} calls ${dryRun ? 'would be' : 'are'} counted again.`,
    dryRun ? 'Everybody would be counted anew. Nothing was changed.' : `${report.recounted} people are counted anew.`,
  ].join('\n');

const pathPart = (id: string): string => encodeURIComponent(id);

function standingWords({ killSwitch, campaigns }: StandingReport): string {
  const { on, since, by } = killSwitch;
  const stopped = on ? [`Calling is stopped${since ? ` since ${since}` : ''}${by ? ` by ${by}` : ''}.`] : [];
  if (campaigns.length === 0) return [...stopped, 'There is no campaign that has not ended.'].join('\n');
  return [...stopped, ...campaigns.flatMap(campaignWords)].join('\n');
}

function campaignWords({ id, name, state, cause, people, nextDueAt, leftBehind }: CampaignStanding): string[] {
  const { waiting, dialing, done, blocked } = people;
  return [
    `${name} (${id}) is ${state}${cause ? `: ${cause.message}` : ''}`,
    `  waiting ${waiting} · being dialled ${dialing} · in a call ${people['in-call']} · done ${done} · blocked ${blocked}${
      nextDueAt ? ` · next due ${nextDueAt}` : ''
    }`,
    ...(leftBehind > 0
      ? [`  ${leftBehind} were left behind by a process that is gone; a server looks after them within seconds`]
      : []),
  ];
}

function stopWords({ dryRun, stopped, left }: StopReport): string {
  const lines = [
    ...stopped.map(
      ({ name, id, from }) => `${name} (${id}), which was ${from}, ${dryRun ? 'would be' : 'is'} stopped.`,
    ),
    ...left.map(({ name, id, reason }) => `${name} (${id}): ${reason}`),
  ];
  if (lines.length === 0) lines.push('There is no campaign to stop.');
  return [...lines, ...(dryRun ? ['Nothing was changed.'] : [])].join('\n');
}

export function judgementWords({ name, verdict, calls, numbers, people, rules }: Judgement): string {
  const signs = { pass: 'pass', fail: 'FAIL', 'not-judged': 'not judged' } as const;
  const lines = rules.flatMap(({ rule, result, checked, violations, examples, unsure }) => [
    `  ${signs[result].padEnd(10)} ${rule.padEnd(15)} ${checked} looked at${violations > 0 ? `, ${violations} breaches` : ''}`,
    ...examples.slice(0, 10).map(({ at, callId, contactId, message }) => {
      const about = [callId && `call ${callId}`, contactId && `person ${contactId}`].filter(Boolean).join(', ');
      return `             ${at} ${message}${about ? ` (${about})` : ''}`;
    }),
    ...(violations > 10 ? [`             … ${violations - 10} more; --json names up to 100`] : []),
    ...unsure.map(reason => `             not judged: ${reason}`),
  ]);
  const sum = `${name}: ${verdict.toUpperCase()} over ${calls} calls to ${numbers} numbers, ${people} people in its queue.`;
  return [sum, ...lines].join('\n');
}
