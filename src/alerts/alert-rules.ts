import type { AlertFacts, GuardedAlert } from './alerts.types.ts';

/** What may come back by itself is given this long. */
const dependencyPatienceMs = 2 * 60_000;
/** A receiver that is restarted or changed over answers again before this; messages wait for it. */
const webhookPatienceMs = 10 * 60_000;
/** Releases stand side by side during a deployment, and longer only when somebody forgot a process. */
const mixedPatienceMs = 15 * 60_000;

/** Everything that only a person can mend: urgent ones first, then what has lasted longest. */
export function alertsOf(facts: AlertFacts, now: Date): GuardedAlert[] {
  const at = now.getTime();
  const alerts = [
    ...ofKillSwitch(facts.killSwitch),
    ...(facts.campaigns ?? []).flatMap(ofCampaign),
    ...(facts.dependencies ?? []).flatMap(each => ofDependency(each, at)),
    ...(facts.numbers ?? []).flatMap(ofNumber),
    ...(facts.webhooks ?? []).flatMap(each => ofWebhook(each, at)),
    ...(facts.givenUp ?? []).map(ofGivenUp),
    ...ofDeadJobs(facts.deadJobs),
    ...ofMixedReleases(facts.mixed, at),
  ];
  return alerts.sort(
    (one, other) =>
      Number(other.level === 'urgent') - Number(one.level === 'urgent') ||
      timeOf(one) - timeOf(other) ||
      (one.id < other.id ? -1 : 1),
  );
}

const timeOf = ({ since }: GuardedAlert): number => (since === null ? Number.MAX_SAFE_INTEGER : Date.parse(since));

function ofKillSwitch(state: AlertFacts['killSwitch']): GuardedAlert[] {
  if (!state?.on) return [];
  const by = state.by ? ` ${state.by} stopped it` : '';
  const why = state.reason ? `${by ? ': ' : ' The reason given: '}“${cut(state.reason, 200)}”` : '';
  return [
    {
      id: 'calling-stopped',
      kind: 'calling-stopped',
      level: 'urgent',
      sentence: `All calling is stopped.${by || why ? `${by}${why}.` : ''}`,
      since: momentOf(state.since),
      remedy: 'Allow calling again when the reason is gone.',
      link: { kind: 'calling', id: null },
      needs: 'kill-switch:read',
    },
  ];
}

/** Codes of campaigns that wait for somebody's decision and not for a repair. */
const decisions: ReadonlySet<string> = new Set(['budget', 'BUDGET_SPENT']);
const standsStill: ReadonlySet<string> = new Set(['pausing', 'paused', 'error']);

function ofCampaign({ id, name, state, cause }: NonNullable<AlertFacts['campaigns']>[number]): GuardedAlert[] {
  // One that a person paused has no cause: they know.
  if (!cause || !standsStill.has(state)) return [];
  const { what, remedy } = toldApart(cause.message);
  const then = remedy ?? 'Look at its log and mend the cause.';
  return [
    {
      id: `campaign:${id}`,
      kind: 'campaign-stopped',
      level: decisions.has(cause.code) ? 'attention' : 'urgent',
      sentence: `The campaign ${name} ${state === 'error' ? 'stopped with an error' : 'paused by itself'}: ${what}`,
      since: cause.at.toISOString(),
      remedy: /\bresume\b/i.test(then) ? then : `${then} Then resume it.`,
      link: { kind: 'campaign', id },
      needs: 'campaigns:read',
    },
  ];
}

const dependencyWords: Readonly<Record<string, { readonly label: string; readonly remedy: string }>> = {
  store: { label: 'The store', remedy: 'Look at the database server and at the way there.' },
  redis: { label: 'Redis', remedy: 'Look at the server that REDIS_URL names.' },
  files: { label: 'The object storage', remedy: 'Look at the storage that the S3_ variables name.' },
  carrier: { label: 'The carrier', remedy: 'Look at the carrier’s status page and at the way there.' },
  agent: { label: 'The vendor of the agents', remedy: 'Look at the vendor’s status page and at the way there.' },
  'live-events': { label: 'The way between the processes', remedy: 'Set REDIS_URL to the same Redis for all of them.' },
};

function ofDependency(report: NonNullable<AlertFacts['dependencies']>[number], now: number): GuardedAlert[] {
  const { name, state, critical, detail, remedy, warning } = report;
  if (state === 'up') return [];
  const since = momentOf(report.since);
  if (remedy === undefined && (since === null || now - Date.parse(since) < dependencyPatienceMs)) return [];
  const words = dependencyWords[name] ?? { label: name, remedy: 'Look at it and at the way there.' };
  const trouble = state === 'down' ? 'does not work' : 'works badly';
  return [
    {
      id: `dependency:${name}`,
      kind: 'dependency',
      level: !warning && (critical || state === 'down') ? 'urgent' : 'attention',
      sentence:
        remedy !== undefined && detail
          ? capital(toldApart(detail).what)
          : `${words.label} ${trouble}${detail ? `: ${ended(detail)}` : '.'}`,
      since,
      remedy: remedy ?? words.remedy,
      link: { kind: 'health', id: null },
      needs: 'system:read',
    },
  ];
}

function ofNumber(number: NonNullable<AlertFacts['numbers']>[number]): GuardedAlert[] {
  const { id, phone, gone, answered, problem, callerProblem } = number;
  // One that was given back is a trouble only while somebody is still to answer it.
  if (gone && !answered) return [];
  const alert = (what: string, told: string, since: Date | null): GuardedAlert => {
    const { what: sentence, remedy } = toldApart(told);
    return {
      id: `number:${id}:${what}`,
      kind: 'number',
      level: 'urgent',
      sentence: `${phone}: ${sentence}`,
      since: since?.toISOString() ?? null,
      remedy: remedy ?? 'Get it back at the carrier, or take its agent and its text away.',
      link: { kind: 'numbers', id },
      needs: 'numbers:read',
    };
  };
  return [
    ...(problem ? [alert('reach', problem, number.problemSince)] : []),
    ...(callerProblem && !gone ? [alert('caller', callerProblem, number.callerProblemSince)] : []),
  ];
}

function ofWebhook(webhook: NonNullable<AlertFacts['webhooks']>[number], now: number): GuardedAlert[] {
  const { id, url, enabled, problem, failingSince } = webhook;
  const isOff = !enabled && problem !== null;
  const fails = enabled && failingSince !== null && now - failingSince.getTime() >= webhookPatienceMs;
  if (!isOff && !fails) return [];
  const to = hostOf(url);
  return [
    {
      id: `webhook:${id}`,
      kind: 'webhook',
      level: 'attention',
      sentence: isOff
        ? `The webhook to ${to} was switched off: ${problem}`
        : `The webhook to ${to} takes no message: each try fails, and what is not taken within a day is given up.`,
      since: failingSince?.toISOString() ?? null,
      remedy: isOff
        ? 'Mend the receiver and switch it on again, or remove the webhook.'
        : 'Mend the receiver; the tries of the webhook say what it answers.',
      link: { kind: 'webhook', id },
      needs: 'hooks:read',
    },
  ];
}

function ofGivenUp({ id, url, count, more, since }: NonNullable<AlertFacts['givenUp']>[number]): GuardedAlert {
  const one = count === 1 && !more;
  return {
    id: `webhook-messages:${id}`,
    kind: 'webhook-messages',
    level: 'attention',
    sentence: `${more ? `More than ${count}` : count} ${one ? 'message' : 'messages'} to ${hostOf(url)} ${one ? 'was' : 'were'} given up: what ${one ? 'it tells' : 'they tell'} is not known there.`,
    since: since?.toISOString() ?? null,
    remedy: `Mend the receiver and send ${one ? 'it' : 'them'} again, or discard ${one ? 'it' : 'them'}.`,
    link: { kind: 'webhook-messages', id },
    needs: 'hooks:read',
  };
}

const mostNames = 3;

function ofDeadJobs(dead: AlertFacts['deadJobs']): GuardedAlert[] {
  if (!dead || dead.jobs.length === 0) return [];
  const { jobs, more } = dead;
  const names = [...new Set(jobs.map(({ name }) => name))].sort();
  const shown = names.slice(0, mostNames).join(', ');
  const times = jobs.flatMap(({ finishedAt }) => (finishedAt ? [finishedAt.getTime()] : []));
  const count = more ? `More than ${jobs.length}` : jobs.length;
  return [
    {
      id: 'dead-jobs',
      kind: 'dead-jobs',
      level: 'attention',
      sentence: `${count} background ${jobs.length === 1 && !more ? 'job' : 'jobs'} failed for good: ${shown}${names.length > mostNames ? ' and others' : ''}.`,
      since: times.length === 0 ? null : new Date(Math.min(...times)).toISOString(),
      remedy: 'Read what went wrong, mend it, then replay or discard them.',
      link: { kind: 'jobs', id: null },
      needs: 'jobs:read',
    },
  ];
}

function ofMixedReleases(mixed: AlertFacts['mixed'], now: number): GuardedAlert[] {
  if (!mixed || now - mixed.since.getTime() < mixedPatienceMs) return [];
  const names = mixed.releases.map(release => release ?? 'one that does not say which');
  return [
    {
      id: 'mixed-releases',
      kind: 'mixed-releases',
      level: 'attention',
      sentence: `Processes of different releases serve this installation: ${names.sort().slice(0, 5).join(', ')}.`,
      since: mixed.since.toISOString(),
      remedy: 'Stop or update the processes that were left behind.',
      link: { kind: 'health', id: null },
      needs: 'system:read',
    },
  ];
}

/** A colon may also stand before a reason. */
const asksAfterColon = /: (?:add|check|choose|connect|free|look|lower|mend|raise|set)\b/;

/**
 * Messages of the house say what happened and then what to do, in one of three forms: `it broke; mend it`, `It broke. Mend it.` and
 * `it broke: mend it`. A text of another form is all about what happened.
 */
export function toldApart(message: string): { readonly what: string; readonly remedy: string | null } {
  const told = cut(message.trim(), 400);
  for (const [ends, length] of [
    [told.indexOf('; '), 2],
    [told.lastIndexOf('. ', told.length - 2), 2],
    [told.search(asksAfterColon), 2],
  ] as const) {
    if (ends <= 0) continue;
    return { what: ended(told.slice(0, ends)), remedy: ended(capital(told.slice(ends + length))) };
  }
  return { what: ended(told), remedy: null };
}

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const ended = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);
const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** A moment as the API shows it; a damaged one is none. */
function momentOf(value: string | null | undefined): string | null {
  const at = Date.parse(value ?? '');
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** Path and query of an address may be secrets of somebody else's system. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'an address that cannot be read');
