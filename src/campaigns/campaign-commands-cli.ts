import { setTimeout as delay } from 'node:timers/promises';
import { type AdminCommands, type AdminContext, operator } from '../auth/admin-commands.ts';
import { AuditRepository } from '../auth/audit-repository.ts';
import { killSwitchTurns } from '../auth/kill-switch-turns.ts';
import { CallRepository } from '../calls/call-repository.ts';
import { createDialledCalls } from '../calls/dialled-calls.ts';
import type { Config } from '../config.ts';
import { ContactRepository } from '../contacts/contact-repository.ts';
import { SuppressionRepository } from '../contacts/suppression-repository.ts';
import { createSuppressions } from '../contacts/suppression-service.ts';
import { createEvents } from '../events.ts';
import { createKillSwitch } from '../ops/kill-switch.ts';
import type { Logging } from '../ops/logger.ts';
import { SettingsRepository } from '../ops/settings-repository.ts';
import type { Store } from '../store/open-store.ts';
import { type CampaignAdmin, createCampaignAdmin } from './campaign-admin.ts';
import type { CampaignStanding, StandingReport, StopReport } from './campaign-admin.types.ts';
import { CampaignContactRepository } from './campaign-contact-repository.ts';
import { CampaignEventRepository } from './campaign-event-repository.ts';
import { createCampaignLog, outboxEntry } from './campaign-log.ts';
import { CampaignRepository } from './campaign-repository.ts';
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
