import { forecastText, standingText } from './campaign-forecast.ts';
import { rulesText } from './campaign-rules.ts';
import { campaignStates } from './campaign-states.ts';
import { wizardText } from './campaign-wizard.ts';
import { calls, people } from './counts.ts';

const isOrAre = (count: number) => (count === 1 ? 'is' : 'are');
const notCalled = (count: number) =>
  count === 0 ? 'Nobody is left to be called.' : `${people(count)} ${isOrAre(count)} not called.`;
const live = (count: number, atOnce: boolean) =>
  count === 0
    ? 'No call is on the line.'
    : atOnce
      ? `${calls(count)} ${isOrAre(count)} cut off now.`
      : `${calls(count)} ${count === 1 ? 'goes' : 'go'} on to ${count === 1 ? 'its' : 'their'} end.`;

/** Every sentence of the campaign pages; loaded with them. */
export const campaignsText = {
  title: 'Campaigns',
  facts: 'Whom your agents call, and how far they are.',
  failed: 'The campaigns did not load.',
  empty: 'No campaign yet.',
  emptyHow: 'You need a list of people and an agent. Nobody is called before you start it.',
  noneMatch: 'No campaign is in this state.',
  showAll: 'Show all campaigns',
  end: 'That is all.',
  new: 'New campaign',
  running: 'Running campaigns',
  people,
  calls,

  states: campaignStates,
  personStates: {
    waiting: 'Waiting',
    dialing: 'Being dialled',
    'in-call': 'On the line',
    done: 'Finished',
    blocked: 'Not allowed',
  },

  filter: { label: 'Filter', state: 'State', any: 'Any state' },
  columns: {
    name: 'Name',
    state: 'State',
    progress: 'Progress',
    onLine: 'On the line',
    reached: 'Reached',
    pace: 'Pace',
    spend: 'Spend',
    finishes: 'Finishes',
    made: 'Made',
  },
  about: 'about',
  noEnd: 'no end in sight',
  pace: (perSecond: string, atOnce: number) => `${perSecond}/s, ${atOnce} at once`,
  progressOf: (finished: string, total: string) => `${finished} of ${total}`,
  nobodyYet: 'Nobody in it yet',
  perMonth: 'a month',

  one: {
    failed: 'The campaign did not load.',
    gone: 'This campaign is not here',
    goneBody: 'It was deleted, or the address is wrong.',
    made: (when: string, by: string | null) => (by ? `Made ${when} by ${by}` : `Made ${when}`),
    tabsLabel: 'Parts of the campaign',
    tabs: {
      overview: 'Overview',
      queue: 'Queue',
      calls: 'Calls',
      log: 'Log',
      versions: 'A/B',
      check: 'Check',
      forecast: 'Forecast',
      rules: 'Rules',
    },
    statsFailed: 'How far it is did not load.',
    counting: 'Nobody is in it yet. People of its lists are added when it starts.',
    finished: (finished: string, total: string) => `${finished} of ${total} people finished`,
    retries: 'A try that will be repeated does not count as finished.',
    ends: (when: string) => `Finishes about ${when}, calling hours counted.`,
    noEnd: 'No end is in sight: look at pace and calling hours.',
    parts: {
      done: 'Finished',
      blocked: 'Not allowed',
      inCall: 'On the line',
      dialing: 'Being dialled',
      waiting: 'Waiting',
    },
    liveCalls: 'Live calls',
    delay: 'Answer delay',
    delayNote: (p95: string) => `95 of 100 within ${p95}`,
    abandoned: 'Abandoned',
    abandonedNote: (limit: string) => `of answered calls; from ${limit} on nobody is called`,
    rate: 'Answered',
    rateNote: 'of all calls',
    talked: 'Talked, average',
    spend: 'Spend',
    ofBudget: (budget: string) => `of ${budget}`,
    noBudget: 'no budget set',
    incomplete: (count: number) => `of ${calls(count)} a part is not known yet`,
    tries: 'Calls made',
    triesNote: 'ended',
    outcomes: 'How did calls end?',
    outcomesBody: 'Every try that has ended. Press a bar for its calls.',
    noOutcomes: 'No call has ended yet.',
    outcome: 'Outcome',
    count: 'Calls',
    figuresFailed: 'The calls along the time did not load.',
    reached: 'Reached',
    latest: 'What happened',
    all: 'Whole log',
    cause: {
      error: 'It stopped by an error.',
      paused: 'It was paused.',
    },
  },

  funnel: {
    title: 'How far do people come?',
    body: 'The first two count people, the others calls: somebody may be tried several times.',
    steps: {
      people: 'People on it',
      allowed: 'May be called',
      tries: 'Calls that ended',
      answered: 'Answered',
      reached: 'Conversations',
      results: 'With a result',
    },
    shares: {
      people: (share: string) => share,
      allowed: (share: string) => `${share} of the people`,
      tries: (share: string) => share,
      answered: (share: string) => `${share} of the calls`,
      reached: (share: string) => `${share} of the answered`,
      results: (share: string) => `${share} of conversations`,
    },
  },

  callsPart: {
    label: 'Calls of the campaign',
    all: 'See them among all calls',
    failed: 'The calls did not load.',
    empty: 'No call yet.',
    emptyHow: 'A call appears here as soon as it is dialled.',
    end: 'That is the first call.',
    person: 'Person',
    try: 'Try',
  },

  comparison: {
    title: 'Which version reaches more?',
    early: 'Too early to tell: a version has fewer than 100 calls.',
    same: 'No difference shows yet: where they overlap, it may be chance.',
    best: (name: string) => `Version ${name} reaches more, and chance alone hardly explains it.`,
    variant: 'Version',
    people: 'People',
    tries: 'Calls',
    answered: 'Answered',
    reached: 'Conversations',
    talked: 'Talked',
    spend: 'Spend',
    spendEach: 'Per conversation',
    share: 'Reached',
    interval: 'Likely between',
    between: (from: string, to: string) => `${from} and ${to}`,
  },

  moves: {
    start: 'Start',
    pause: 'Pause',
    resume: 'Resume',
    stop: 'Stop',
    delete: 'Delete',
    failed: {
      start: 'It was not started.',
      pause: 'It was not paused.',
      resume: 'It was not resumed.',
      stop: 'It was not stopped.',
      delete: 'It was not deleted.',
    },
    when: 'Calls on the line',
    afterCalls: (count: number) => (count === 1 ? 'Let 1 call finish' : `Let ${calls(count)} finish`),
    atOnce: (count: number) => (count === 1 ? 'End 1 call now' : `End ${calls(count)} now`),
    startTitle: (name: string, count: number | null) =>
      count === null ? `Start ${name}?` : `Start calling ${people(count)}?`,
    startBody: (name: string) =>
      `${name} calls within its hours and at its pace. Whoever joins its lists later is called, too.`,
    startNow: ({ now, wait, never }: { now: number; wait: number; never: number }) =>
      `${[
        `${now.toLocaleString()} can be called now`,
        wait > 0 && `${wait.toLocaleString()} waiting for their time`,
        never > 0 && `${never.toLocaleString()} left out`,
      ]
        .filter(Boolean)
        .join(', ')}.`,
    startCost: (amount: string, budget: string | null) =>
      budget ? `About ${amount} in all, of a budget of ${budget}.` : `About ${amount} in all; no budget is set.`,
    notReady: (count: number) =>
      count === 1 ? 'It cannot be started: one thing blocks.' : `It cannot be started: ${count} things block.`,
    warned: (count: number) => (count === 1 ? 'One thing to look at first.' : `${count} things to look at first.`),
    checking: 'Checking whether calls can be placed…',
    checkFailed: 'Whether it can be started could not be checked.',
    pauseTitle: (name: string) => `Pause ${name}?`,
    pauseBody: (left: number, onLine: number, atOnce: boolean) =>
      `${left === 0 ? '' : `${people(left)} ${left === 1 ? 'waits' : 'wait'} until you resume. `}${live(onLine, atOnce)}`,
    resumeTitle: (name: string) => `Resume ${name}?`,
    resumeBody: (left: number) => `${people(left)} ${isOrAre(left)} left to be called. Calls begin within a second.`,
    stopTitle: (name: string) => `Stop ${name} for good?`,
    stopBody: (left: number, onLine: number, atOnce: boolean) =>
      `${notCalled(left)} ${live(onLine, atOnce)} A stopped campaign cannot be resumed.`,
    deleteTitle: (name: string) => `Delete ${name}?`,
    deleteBody: (total: number) =>
      `Its queue${total === 0 ? '' : ` of ${people(total)}`} goes. Its calls and its log stay, and so do the people and their lists.`,
    done: {
      start: (name: string) => `${name} starts.`,
      pause: (name: string) => `${name} pauses.`,
      resume: (name: string) => `${name} goes on.`,
      stop: (name: string) => `${name} is stopped.`,
      delete: (name: string) => `${name} is deleted.`,
    },
  },

  paceForm: {
    title: 'Pace',
    body: 'Holds within a second, in every process.',
    callsPerSecond: { label: 'Calls a second', help: '0.001 to 100; 0.1 is one call in 10 seconds.' },
    maxConcurrent: { label: 'Calls at once', help: '1 to 10,000' },
    more: (name: string) => `${name}: more`,
    less: (name: string) => `${name}: fewer`,
    takes: (count: number, time: string) =>
      `Dialling ${people(count)} once takes about ${time} of calling hours at this pace.`,
    doneAround: (when: string) => `At this pace it is done about ${when}, calling hours counted.`,
    apply: 'Apply',
    applying: 'Applying…',
    applied: 'The new pace holds.',
    failed: 'The pace was not changed.',
    perSecondWrong: 'Write a number from 0.001 to 100.',
    atOnceWrong: 'Write a whole number from 1 to 10,000.',
  },

  next: {
    title: 'Who is called next?',
    all: 'Everybody who waits',
    failed: 'Who is called next did not load.',
    when: 'When',
    try: 'Try',
  },

  queue: {
    label: 'People of the campaign',
    inTurn: 'In turn',
    failed: 'The queue did not load.',
    empty: 'Nobody is in the queue.',
    emptyIdle: 'People of its lists are added when it starts.',
    emptyHow: 'Add a list under Rules, and whoever is on it is called.',
    noneMatch: 'Nobody is in this state.',
    filter: 'State',
    any: 'Everybody',
    more: 'Load more people',
    end: 'That is everybody.',
    columns: {
      person: 'Person',
      number: 'Number',
      state: 'State',
      tries: 'Tries',
      next: 'Next call',
      why: 'Why not now',
      actions: 'Actions',
    },
    there: (time: string, place: string) => `${time} in ${place}`,
    actions: (number: string) => `Actions for ${number}`,
    requeue: 'Call again as soon as possible',
    requeued: 'They are due now.',
    requeueFailed: 'They were not put back into the queue.',
    remove: 'Take out of the queue',
    removeTitle: (number: string) => `Take ${number} out?`,
    removeBody: 'They are not called by this campaign any more. Their lists do not bring them back.',
    removed: 'They are taken out.',
    removeFailed: 'They were not taken out.',
    why: {
      notStarted: 'The campaign has not started.',
      paused: 'The campaign is paused.',
      error: 'The campaign was stopped by an error.',
      over: 'The campaign is over.',
      dialing: 'Being dialled now.',
      inCall: 'On the line now.',
      due: 'Due now; waits for their turn.',
      booked: 'Asked to be called then.',
      hours: (now: string, place: string, opens: string) => `It is ${now} in ${place}; calls there begin ${opens}.`,
      later: 'Not due before then.',
      again: (outcome: string) => `Last time: ${outcome}. Tried again then.`,
      finished: (outcome: string) => `Finished: ${outcome}.`,
      finishedPlain: 'Finished.',
      blocked: 'They may not be called.',
    },
  },

  log: {
    label: 'What happened',
    failed: 'The log did not load.',
    empty: 'Nothing has happened yet.',
    type: 'Show',
    any: 'Everything',
    types: {
      'campaign.moved': 'Starts, pauses, stops',
      'campaign.edited': 'Changes',
      'contact.refused': 'People not called',
      'contact.dialled': 'Calls begun',
      'contact.settled': 'Calls ended',
      'contact.callback': 'Wished times',
    } as Record<string, string>,
    noneMatch: 'Nothing of this kind has happened.',
    end: 'That is all.',
    call: 'Its call',
    system: 'Parley',
  },

  check: {
    title: 'Can it be started?',
    failed: 'The checks did not run.',
    ready: 'Nothing blocks.',
    readyWith: (count: number) =>
      count === 1 ? 'Nothing blocks; one thing to look at.' : `Nothing blocks; ${count} things to look at.`,
    blocked: (count: number) => (count === 1 ? 'One thing must be mended.' : `${count} things must be mended.`),
    at: (when: string) => `Checked ${when}.`,
    again: 'Check again',
    running: 'Checking…',
    inOrder: (count: number) => (count === 1 ? '1 check is in order' : `${count} checks are in order`),
  },

  forecast: forecastText,

  standing: standingText,

  rules: rulesText,

  wizard: wizardText,
};
