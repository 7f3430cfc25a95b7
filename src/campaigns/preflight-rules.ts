import type { AgentProfile } from '../agents/agents.types.ts';
import { type AudioFormat, sameFormat, telephoneFormat } from '../audio/audio-format.ts';
import { amountOf } from '../calls/cost-protocol.ts';
import { type Abandonment, judgeAbandonment } from '../compliance/abandonment.ts';
import { dayMs, minuteMs } from '../compliance/local-time.ts';
import { defaultSchedule, nextInSchedule, type Schedule } from '../compliance/schedule.ts';
import { readDisclosure } from '../compliance/spoken-disclosure.ts';
import type { BudgetStanding } from './budget.types.ts';
import { block, type Finding, ok, warn } from './preflight.types.ts';
import { refusedInWords } from './refusal-words.ts';

/** What a campaign's settings say, as far as they are looked at before a start. */
export interface PreflightCampaign {
  readonly contentClass: string;
  readonly emergencyReason: string | null;
  readonly emergencyBy: string | null;
  readonly seller: { readonly legalName: string } | null;
  readonly record: boolean | null;
  readonly schedule: Schedule | null;
  readonly pace: { readonly callsPerSecond: number; readonly maxConcurrent: number };
  readonly budget: { readonly amount: number; readonly currency: string; readonly per: string } | null;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Answers that a call could be placed with, and names of variables that every call has. */
export interface AgentExpectations {
  readonly standardVariables: readonly string[];
}

export function accountFindings({ status, type }: { readonly status: string; readonly type: string }): Finding[] {
  if (status !== 'active')
    return [
      block(
        'carrier-account',
        'The account at the carrier is not active.',
        'Open the carrier’s console and settle what it asks for.',
      ),
    ];
  if (/trial/i.test(type))
    return [
      warn(
        'carrier-account',
        'The account at the carrier is a trial: it calls verified numbers alone, and says so to whoever answers.',
        'Upgrade the account before you call others.',
      ),
    ];
  return [ok('carrier-account', 'The carrier accepts our credentials.')];
}

/** Calls cost some cents each; below this a campaign ends soon. */
const smallBalance = 5;

export function balanceFindings({
  amount,
  currency,
}: {
  readonly amount: string;
  readonly currency: string;
}): Finding[] {
  const left = Number(amount);
  const remedy = 'Add to the balance, or set up automatic recharge, in the carrier’s console.';
  if (!Number.isFinite(left)) return [warn('carrier-balance', 'The carrier’s balance could not be read.', remedy)];
  const told = `The balance at the carrier is ${amount} ${currency}`;
  if (left <= 0) return [block('carrier-balance', `${told}, so it refuses calls.`, remedy)];
  if (left < smallBalance) return [warn('carrier-balance', `${told}, which does not last long.`, remedy)];
  return [ok('carrier-balance', `${told}.`)];
}

export function formatFindings(audio: {
  readonly input: AudioFormat | null;
  readonly output: AudioFormat | null;
}): Finding[] {
  const { input, output } = audio;
  const remedy = 'Set both formats of the agent to μ-law 8000 Hz at its vendor.';
  if (!input || !output)
    return [warn('agent-audio', 'The vendor did not say which audio the agent takes and gives.', remedy)];
  if (sameFormat(input, telephoneFormat) && sameFormat(output, telephoneFormat))
    return [ok('agent-audio', 'The agent speaks the telephone’s own audio.')];
  const told = [input, output].map(({ encoding, sampleRate }) => `${encoding} ${sampleRate}`).join(' in, ');
  return [
    warn(
      'agent-audio',
      `The agent’s audio (${told} out) is converted for every call, which costs computing time.`,
      remedy,
    ),
  ];
}

const spokenNames = {
  seller: 'who is calling',
  ai: 'that it is an AI',
  recording: 'that the call is recorded',
  'way-out': 'how to stop calls',
};

/** What the first sentence must tell whoever is called; an emergency need not. */
export function firstMessageFindings(
  firstMessage: string | null,
  { contentClass, record }: Pick<PreflightCampaign, 'contentClass' | 'record'>,
  sellers: readonly string[],
): Finding[] {
  const check = 'first-message';
  if (contentClass === 'emergency') return [ok(check, 'An emergency need not open with who is calling.')];
  const template =
    'For example: “Hello, this is an automated AI assistant calling for (your company). To stop calls, say stop or press 9.”';
  if (!firstMessage?.trim())
    return [
      warn(
        check,
        'The agent’s first message is empty or could not be read, so nobody checked what it says.',
        `Write one that says who is calling and that it is an AI. ${template}`,
      ),
    ];
  const { missing } = readDisclosure(firstMessage, { sellers, recorded: record === true, wayOut: true });
  const said = missing.map(each => spokenNames[each]).join(', ');
  if (missing.includes('seller') || missing.includes('ai'))
    return [block(check, `The agent’s first message does not say: ${said}.`, `Change it in the agent. ${template}`)];
  if (missing.length > 0)
    return [warn(check, `The agent’s first message does not say: ${said}.`, `Add it in the agent. ${template}`)];
  return [ok(check, 'The first message says who is calling and that it is an AI.')];
}

export function variableFindings(
  { name, variables }: Pick<AgentProfile, 'name' | 'variables'>,
  supplied: Readonly<Record<string, unknown>>,
  standard: readonly string[],
): Finding[] {
  const missing = variables.filter(each => !Object.hasOwn(supplied, each) && !standard.includes(each));
  if (missing.length === 0) return [ok('agent-variables', 'Everything the agent’s texts refer to is supplied.')];
  const names = missing.slice(0, 20).join(', ');
  return [
    block(
      'agent-variables',
      `The agent ${name} expects what nobody supplies: ${names}.`,
      'Say in the campaign’s variables what each is filled from, or take it out of the agent’s texts.',
    ),
  ];
}

export function paceFindings(
  { pace }: Pick<PreflightCampaign, 'pace'>,
  limits: {
    readonly accountCallsPerSecond: number;
    readonly others: number;
    readonly maxCalls: number | null;
    readonly inboundReserve: number;
  },
): Finding[] {
  const { accountCallsPerSecond: account, others, maxCalls, inboundReserve } = limits;
  const wanted = Math.round((pace.callsPerSecond + others) * 1_000) / 1_000;
  const cps =
    pace.callsPerSecond > account
      ? warn(
          'calls-per-second',
          `The campaign wants ${pace.callsPerSecond} calls a second, the account places ${account}.`,
          'Lower the campaign’s pace, or have the account’s limit raised and set TWILIO_CPS to it.',
        )
      : wanted > account
        ? warn(
            'calls-per-second',
            `With the campaigns that run, ${wanted} calls a second are wanted, and the account places ${account}.`,
            'They share it by priority; lower a pace, or have the limit raised and set TWILIO_CPS to it.',
          )
        : ok('calls-per-second', `${pace.callsPerSecond} calls a second are within the account’s ${account}.`);
  const room = maxCalls === null ? null : Math.max(0, maxCalls - inboundReserve);
  if (room === 0)
    return [
      cps,
      block(
        'concurrency',
        'Every place for calls is kept for inbound ones, so nobody can be called.',
        'Raise MAX_CONCURRENT_CALLS above INBOUND_RESERVE.',
      ),
    ];
  const many = room !== null && pace.maxConcurrent > room;
  return [
    cps,
    many
      ? warn(
          'concurrency',
          `The campaign may have ${pace.maxConcurrent} calls at once, the installation has room for ${room}.`,
          'Lower maxConcurrent, or raise MAX_CONCURRENT_CALLS if the machine bears it.',
        )
      : ok('concurrency', `${pace.maxConcurrent} calls at once are within the limits.`),
  ];
}

/** Zones from the east to the west of the countries whose law is known: somewhere among them a window is left, or nowhere. */
const someZones = ['Australia/Sydney', 'Europe/Berlin', 'America/New_York', 'America/Los_Angeles', 'Pacific/Honolulu'];

export function scheduleFindings(schedule: Schedule | null, now: number): Finding[] {
  const own = schedule ?? defaultSchedule;
  const zones = own.timeZone === 'contact' ? someZones : [own.timeZone];
  const horizon = now + 60 * dayMs;
  const next = zones.map(zone => nextInSchedule(own, [zone], now, horizon)).filter(each => each !== null);
  if (next.length === 0)
    return [
      block(
        'schedule',
        'The campaign’s schedule has no time left in the next 60 days.',
        'Change its windows, holidays or end date.',
      ),
    ];
  const waitMs = Math.min(...next) - now;
  if (waitMs <= minuteMs) return [ok('schedule', 'The schedule has a window open now, or at once.')];
  return [ok('schedule', `The next window of the schedule opens ${new Date(Math.min(...next)).toISOString()}.`)];
}

export function settingFindings(campaign: PreflightCampaign, companyName: string | undefined): Finding[] {
  const { record, contentClass, seller, emergencyBy, emergencyReason } = campaign;
  return [
    record === null
      ? block('recording', 'Nobody has decided whether the calls are recorded.', 'Set record to true or false.')
      : ok('recording', record ? 'Calls are recorded.' : 'Calls are not recorded.'),
    seller || companyName
      ? ok('seller', `The calls are made for ${seller?.legalName ?? companyName}.`)
      : block(
          'seller',
          'Nothing says for whom the calls are made.',
          'Give the campaign a seller, or set COMPANY_NAME.',
        ),
    ...(contentClass !== 'emergency'
      ? []
      : emergencyBy && emergencyReason
        ? [ok('emergency', 'An administrator declared the emergency and wrote down why.')]
        : [
            block(
              'emergency',
              'An emergency must be declared by an administrator, with a reason.',
              'Have an administrator set the class and emergencyReason.',
            ),
          ]),
  ];
}

const askingStates = ['FL', 'TX', 'WA'] as const;

/** What the law asks of sellers that nobody can check for them. */
export function registrationFindings(contentClass: string, registered: readonly string[]): Finding[] {
  if (contentClass !== 'telemarketing') return [];
  const missing = askingStates.filter(state => !registered.some(each => each.startsWith(`${state}:`)));
  if (missing.length === 0) return [ok('registrations', 'Registrations for FL, TX and WA are named.')];
  return [
    warn(
      'registrations',
      `No registration for telephone sales is named for ${missing.join(', ')}; numbers there are refused.`,
      'Register there and name it in SELLER_REGISTRATIONS, or leave those numbers out.',
    ),
  ];
}

export function sourceFindings(contentClass: string): Finding[] {
  if (contentClass === 'emergency') return [];
  const off = [
    'reassigned numbers',
    'litigators',
    ...(contentClass === 'telemarketing' ? ['the national do-not-call registry'] : []),
  ];
  return [
    warn(
      'sources',
      `Sources that must be bought are off: ${off.join(', ')}.`,
      'Scrub your list against them before you import it, and keep the proof.',
    ),
  ];
}

export function budgetFindings(
  budget: PreflightCampaign['budget'],
  monthly: string | null,
  standing: readonly BudgetStanding[] = [],
): Finding[] {
  const full = standing.flatMap(fullFindings);
  if (full.length > 0) return full;
  if (budget)
    return [
      ok(
        'budget',
        `The campaign may spend ${budget.amount} ${budget.currency}${budget.per === 'month' ? ' a month' : ''}.`,
      ),
    ];
  if (monthly)
    return [ok('budget', `The campaign has no budget of its own; the installation’s ${monthly} a month holds.`)];
  return [warn('budget', 'Nothing limits what the campaign spends.', 'Give it a budget, or set MONTHLY_BUDGET.')];
}

/** A budget of which nothing is left, or little: what is reserved for live calls is not there for others. */
function fullFindings({ name, currency, capMicros, spentMicros, reservedMicros }: BudgetStanding): Finding[] {
  const taken = spentMicros + reservedMicros;
  const told = `${amountOf(spentMicros)} ${currency} are spent and ${amountOf(reservedMicros)} reserved of the ${amountOf(capMicros)} of ${name}`;
  if (spentMicros >= capMicros)
    return [block('budget', `${told}: it is used up.`, 'Raise it, or wait for the month to end.')];
  if (taken >= capMicros)
    return [
      warn('budget', `${told}: live calls hold the rest.`, 'Dialling waits for them; raise it to go on at once.'),
    ];
  if (taken >= capMicros * 0.8)
    return [warn('budget', `${told}.`, 'The campaign pauses when it is used up; raise it in time.')];
  return [];
}

/** Whoever starts a campaign that its own calls have stopped is told so before it stops again. */
export function abandonmentFindings({ answered, abandoned }: Abandonment, contentClass: string): Finding[] {
  const check = 'abandonment';
  const told = `Of ${answered} people who answered this campaign within 30 days, ${abandoned} heard nobody`;
  if (contentClass === 'emergency' || !judgeAbandonment({ answered, abandoned }).tooMany)
    return [ok(check, `${told}.`)];
  const remedy =
    'Find out why nobody spoke, in the calls with the outcome abandoned; it may go on when the share of 30 days is below 3 %.';
  return [block(check, `${told}, which is too many.`, remedy)];
}

/** What came of asking about some people: how many may be called, now or later, and the codes of the others. */
export interface DialableSample {
  readonly asked: number;
  readonly dialable: number;
  readonly later: number;
  readonly refused: Readonly<Record<string, number>>;
}

export function peopleFindings({ asked, dialable, later, refused }: DialableSample): Finding[] {
  const check = 'people';
  if (asked === 0)
    return [block(check, 'There is nobody to call.', 'Add people to the campaign, or a list with people on it.')];
  const codes = Object.entries(refused)
    .sort(([, one], [, other]) => other - one)
    .map(([code, count]) => refusedInWords(code, count))
    .join(', ');
  const told = `Of ${asked} people looked at, ${dialable} may be called now, ${later} later${codes ? `, the others not: ${codes}` : ''}.`;
  if (dialable + later === 0)
    return [block(check, told, 'Mend what the codes name: docs/compliance.md says what each needs.')];
  if (codes) return [warn(check, told, 'Those are passed by; docs/compliance.md says what each code needs.')];
  return [ok(check, told)];
}
