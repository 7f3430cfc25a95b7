import { test } from 'tap';
import type { Campaign, CampaignPerson } from '../../frontend/src/features/campaigns/api/campaigns.ts';
import {
  type CampaignDraft,
  emptyDraft,
  problemsIn,
  readDraft,
  stepOf,
} from '../../frontend/src/features/campaigns/campaign-draft.ts';
import {
  abandonedShare,
  compared,
  funnelOf,
  intervalOf,
  lifeOf,
  mostAbandoned,
} from '../../frontend/src/features/campaigns/campaign-figures.ts';
import { actsOn } from '../../frontend/src/features/campaigns/campaign-moves.ts';
import {
  breakerOf,
  holidayCalendars,
  isDay,
  shareOf,
  sourcesOf,
  usualBreaker,
  withVariant,
} from '../../frontend/src/features/campaigns/campaign-parts.ts';
import {
  campaignStates,
  personStates,
  readCampaignSearch,
} from '../../frontend/src/features/campaigns/campaign-search.ts';
import { changesOf, draftOf, wishesOf } from '../../frontend/src/features/campaigns/campaign-wishes.ts';
import { clocksOf, forecastPoints, standingSums } from '../../frontend/src/features/campaigns/forecast.ts';
import { paceProblems, secondsFor, stepped, typedNumber } from '../../frontend/src/features/campaigns/pace-fields.ts';
import { ruleGroups, rulesOfNoControl } from '../../frontend/src/features/campaigns/rule-groups.ts';
import { hoursText, rulesInWords } from '../../frontend/src/features/campaigns/rule-words.ts';
import { timeThere, whyNotNow, withLocalTimes } from '../../frontend/src/features/campaigns/why-not-now.ts';
import { ApiError } from '../../frontend/src/lib/api-error.ts';
import {
  type CampaignEntry,
  type CampaignLog,
  type CampaignStats,
  withLogEntry,
  withProgress,
  withStatus,
} from '../../frontend/src/lib/live/live-campaigns.ts';
import { defaultBreaker } from '../../src/campaigns/breaker.ts';
import * as server from '../../src/campaigns/campaign-state.ts';
import { judgeAbandonment } from '../../src/compliance/abandonment.ts';
import { holidayCalendars as serverCalendars } from '../../src/compliance/data/holidays.ts';
import { refusalCodes } from '../../src/compliance/verdict.ts';

test('what is offered is what the server allows', t => {
  t.same(campaignStates, server.campaignStates);
  t.same(personStates, server.contactStates);
  for (const state of campaignStates) {
    const offered = actsOn(state, { run: true, remove: true });
    for (const act of ['start', 'pause', 'resume', 'stop'] as const)
      t.equal(offered.includes(act), server.campaignAfter(state, act) !== undefined, `${act} of ${state}`);
    t.equal(offered.includes('delete'), state === 'idle' || server.isEnded(state), `delete of ${state}`);
    t.same(actsOn(state, { run: false, remove: false }), [], 'nothing without a right');
  }
  t.end();
});

test('every rule that may keep somebody from a call is counted beside one control, or in the check alone', t => {
  const told = [...Object.values(ruleGroups).flat(), ...rulesOfNoControl];
  t.same([...told].sort(), [...refusalCodes, 'NOT_DUE'].sort());
  t.end();
});

test('events of a campaign are merged in any order, doubled or late', t => {
  const campaign = (version: number) =>
    ({ version, name: `v${version}` }) as unknown as Campaign & Record<string, unknown>;
  t.equal(withStatus(undefined, { campaign: campaign(2) }).version, 2);
  t.equal(withStatus(campaign(3), { campaign: campaign(2) }).version, 3, 'older: dropped');
  t.equal(withStatus(campaign(3), { campaign: campaign(4) }).version, 4);

  const stats = (done: number) => ({ done }) as CampaignStats & Record<string, unknown>;
  const asked = { stats: stats(1), seq: null };
  const told = withProgress(asked, { stats: stats(2), seq: 7 });
  t.same(told, { stats: stats(2), seq: 7 });
  t.equal(withProgress(told, { stats: stats(1), seq: 6 }), told);
  t.equal(withProgress(told, { stats: stats(2), seq: 7 }), told);

  const entry = (seq: number, type = 'contact.dialled') => ({ seq, type }) as CampaignEntry;
  const log = (pages: number[][], more: boolean): CampaignLog => ({
    pages: pages.map((seqs, at) => ({
      items: seqs.map(seq => entry(seq)),
      nextCursor: more || at < pages.length - 1 ? 'next' : null,
    })),
    pageParams: pages.map(() => undefined),
  });
  const seqs = ({ pages }: CampaignLog) => pages.map(({ items }) => items.map(({ seq }) => seq));
  t.same(
    seqs(
      withLogEntry(
        log(
          [
            [5, 4],
            [2, 1],
          ],
          false,
        ),
        entry(6),
      ),
    ),
    [
      [6, 5, 4],
      [2, 1],
    ],
  );
  t.same(
    seqs(
      withLogEntry(
        log(
          [
            [5, 4],
            [2, 1],
          ],
          false,
        ),
        entry(3),
      ),
    ),
    [
      [5, 4],
      [3, 2, 1],
    ],
  );
  t.same(seqs(withLogEntry(log([[5, 4]], true), entry(3))), [[5, 4]], 'comes with the next page');
  t.same(seqs(withLogEntry(log([[]], false), entry(1))), [[1]]);
  const held = log([[5, 4]], false);
  t.equal(withLogEntry(held, entry(5)), held, 'doubled');
  t.equal(withLogEntry(held, entry(6), 'campaign.moved'), held, 'of another kind than those shown');
  t.end();
});

test('everybody who waits has a reason in words', t => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  const person = (changes: Partial<CampaignPerson>) =>
    ({
      state: 'waiting',
      verdict: null,
      dueAt: null,
      bookedFor: null,
      lastOutcome: null,
      ...changes,
    }) as CampaignPerson;
  const why = (changes: Partial<CampaignPerson>, campaign: Campaign['state'] = 'running') =>
    whyNotNow(person(changes), campaign, now, outcome => outcome.toUpperCase());
  const later = '2026-11-21T15:00:00.000Z';
  const verdict = (dueAt: string | null, at = '2026-11-21T11:59:00.000Z') => ({
    code: 'OUTSIDE_HOURS',
    message: 'It is 06:40 where the person is.',
    permanent: false,
    dueAt,
    at,
    zone: 'Pacific/Honolulu',
  });
  t.equal(why({ dueAt: later }, 'idle'), 'The campaign has not started.');
  t.equal(why({ dueAt: later }, 'paused'), 'The campaign is paused.');
  t.equal(why({ dueAt: '2026-11-21T11:00:00.000Z', verdict: verdict(null) }), 'Due now; waits for their turn.');
  t.match(
    why({ dueAt: later, verdict: verdict(later) }),
    /^It is Sat,? 02:00.* in Honolulu; calls there begin Sat,? 05:00.*\.$/,
    'by the clock of now, not of when it was judged',
  );
  t.equal(why({ dueAt: later, verdict: { ...verdict(later), zone: null } }), 'It is 06:40 where the person is.');
  t.equal(
    why({ dueAt: later, verdict: verdict('2026-11-20T15:00:00.000Z'), lastOutcome: 'busy' }),
    'Last time: BUSY. Tried again then.',
    'a verdict of a former try is no reason',
  );
  t.equal(why({ dueAt: later, bookedFor: later }), 'Asked to be called then.');
  t.equal(why({ state: 'done', lastOutcome: 'conversation' }, 'completed'), 'Finished: CONVERSATION.');
  t.equal(why({ state: 'blocked', verdict: verdict(null) }), 'It is 06:40 where the person is.');

  const at = Date.parse('2026-11-23T19:00:00Z');
  t.match(timeThere(at, 'Pacific/Honolulu', 'en-GB', 'UTC'), /^Mon,? 09:00 in Honolulu$/);
  t.equal(timeThere(at, 'Europe/London', 'en-GB', 'UTC'), null, 'the same clock');
  t.equal(timeThere(at, null), null);
  t.equal(timeThere(at, 'Moon/Far_Side'), null);
  t.equal(
    withLocalTimes('A call ended: busy; the next try is due 2026-11-23T19:00:00.000Z.', String),
    `A call ended: busy; the next try is due ${at}.`,
  );
  t.end();
});

test('hours, pace and forecast as people read them', t => {
  const window = (day: number, from = '09:00', to = '17:30') => ({ day, from, to });
  t.equal(hoursText([1, 2, 3, 4, 5].map(day => window(day))), 'Mon to Fri 09:00–17:30');
  t.equal(
    hoursText([window(0, '10:00', '12:00'), window(1), window(2), window(4)]),
    'Mon, Tue, Thu 09:00–17:30 · Sun 10:00–12:00',
  );
  t.same([typedNumber('0,5'), typedNumber('2.25'), typedNumber('-1'), typedNumber('')], [0.5, 2.25, NaN, NaN]);
  t.same(paceProblems({ callsPerSecond: '0,1', maxConcurrent: '20' }), {});
  t.same(Object.keys(paceProblems({ callsPerSecond: '0', maxConcurrent: '2.5' })), ['callsPerSecond', 'maxConcurrent']);

  const hour = (at: string, dialled: number) => ({
    hour: at,
    dialled,
    byTry: { first: 1, second: dialled - 1, later: 0 },
    byOutcome: {},
  });
  t.same(forecastPoints([]), []);
  t.same(
    forecastPoints([hour('2026-11-21T09:00:00Z', 3), hour('2026-11-21T12:00:00Z', 1)]).map(each => each.dialled),
    [3, 0, 0, 1],
    'quiet hours are shown',
  );
  const days = forecastPoints([
    hour('2026-11-21T12:00:00Z', 3),
    hour('2026-11-21T13:00:00Z', 2),
    hour('2026-11-26T12:00:00Z', 1),
  ]);
  t.same(
    days.map(each => each.dialled),
    [5, 0, 0, 0, 0, 1],
  );
  t.match(days[0], { first: 2, second: 3, later: 0 }, 'tries are told apart');
  const walls = (hours: Parameters<typeof forecastPoints>[0], zone: string) =>
    forecastPoints(hours, zone).map(({ at }) => new Date(at).toISOString().slice(0, 16));
  const night = [hour('2026-11-22T04:00:00Z', 3)];
  t.same(walls(night, 'America/Chicago'), ['2026-11-21T22:00']);
  t.same(walls(night, 'Asia/Kolkata'), ['2026-11-22T09:00'], 'half hours belong to the hour in which they begin');
  t.same(walls([hour('2026-11-21T09:00', 3)], 'Asia/Kolkata'), ['2026-11-21T09:00'], 'their clock is a clock already');
  const far = [hour('2026-10-31T17:00:00Z', 1), hour('2026-11-04T05:30:00Z', 1)];
  t.same(
    walls(far, 'America/Chicago'),
    ['2026-10-31T00:00', '2026-11-01T00:00', '2026-11-02T00:00', '2026-11-03T00:00'],
    'days are the zone’s, and one of 25 hours is one',
  );
  t.same(clocksOf('contact', 'America/Chicago'), ['mine', 'theirs']);
  t.same(clocksOf('America/Denver', 'America/Chicago'), ['mine', 'campaign']);
  t.same(clocksOf('America/Chicago', 'America/Chicago'), ['mine'], 'nothing to choose');
  const rule = (people: number, waits: boolean) => ({ code: 'SPACING', message: '', people, waits });
  t.same(standingSums({ dialable: 4, rules: [rule(3, true), rule(2, false), rule(1, true)] }), {
    now: 4,
    wait: 4,
    never: 2,
  });
  t.same(readCampaignSearch({ tab: 'queue', state: 'waiting', type: 7 }), {
    tab: 'queue',
    state: 'waiting',
    type: '7',
  });
  t.same(readCampaignSearch({ tab: 'nothing', state: ['x'] }), {});
  t.end();
});

test('what was filled in becomes a campaign, and a saved one the same again', t => {
  const draft = {
    ...emptyDraft,
    name: ' Spring ',
    contentClass: 'informational' as const,
    record: 'no' as const,
    budget: '12,5',
  };
  const wishes = wishesOf(draft, 'Europe/Vienna');
  t.match(wishes, {
    name: 'Spring',
    seller: null,
    schedule: { timeZone: 'contact', windows: [1, 2, 3, 4, 5].map(day => ({ day, from: '09:00', to: '17:30' })) },
    retry: { maxAttempts: 3, afterMinutes: { busy: [30] } },
    budget: { amount: 12.5, currency: 'USD', per: 'total' },
    amd: null,
    record: false,
  });
  const saved = { ...wishes, id: 'f'.repeat(24), state: 'idle' } as unknown as Campaign;
  t.same(draftOf(saved), { ...draft, name: 'Spring', budget: '12.5' });
  t.same(changesOf(saved, draftOf(saved), 'Europe/Vienna'), {});
  const detailed = {
    ...saved,
    retry: { maxAttempts: 3, afterMinutes: { busy: [30], 'no-answer': [240, 600], voicemail: [1440] } },
  };
  t.same(
    changesOf(detailed, { ...draftOf(detailed), record: 'yes' }, 'Europe/Vienna'),
    { record: true },
    'what the fields cannot show stays',
  );
  t.same(readDraft('{"name":"Kept","hours":[1],"nothing":1}'), { ...emptyDraft, name: 'Kept' }, 'damage is left out');
  t.same(readDraft('no JSON'), emptyDraft);

  const refused = new ApiError({
    code: 'VALIDATION_FAILED',
    status: 400,
    message: 'No.',
    details: [
      { field: 'schedule.windows.1.to', problem: 'is the same as from' },
      { field: 'seller.callbackNumber', problem: 'is too short' },
      { field: 'schedule.windows', problem: 'has no window' },
      { field: 'unheard.of', problem: 'is wrong' },
    ],
  });
  const days = { ...draft, hours: draft.hours.map((day, index) => ({ ...day, on: index === 0 || index === 6 })) };
  t.same(problemsIn(refused, days), [
    { field: 'hours.6.to', problem: 'Is the same as from.' },
    { field: 'sellerNumber', problem: 'Is too short.' },
    { field: 'hours', problem: 'Has no window.' },
  ]);
  t.same([stepOf('hours.6.to'), stepOf('sellerNumber'), stepOf('record')], ['when', 'what', 'how']);
  t.same([stepOf('variants'), stepOf('callerIds'), stepOf('holidays')], ['agent', 'agent', 'when']);
  t.end();
});

test('variables, versions, numbers, dates and the breaker make the way to the server and back', t => {
  const draft: CampaignDraft = {
    ...emptyDraft,
    name: 'Spring',
    contentClass: 'informational',
    record: 'no',
    callerIds: ['+12125550100', '+13125550100'],
    localPresence: true,
    variables: {
      who: { from: 'firstName', text: '' },
      plan: { from: 'custom', text: 'Plan' },
      offer: { from: 'text', text: 'ten percent' },
    },
    variants: [
      { name: 'A', agentId: '', weight: '1', texts: {} },
      { name: 'B', agentId: 'a'.repeat(24), weight: '3', texts: { offer: 'a gift' } },
    ],
    startsAt: '2026-12-01',
    endsAt: '2026-12-20',
    calendars: ['US'],
    holidays: '2026-12-24, 2026-12-31',
    priority: '4',
    breakerKind: 'own',
    breaker: { ...usualBreaker, percent: '25' },
  };
  const wishes = wishesOf(draft, 'Europe/Vienna');
  t.match(wishes, {
    callerIds: ['+12125550100', '+13125550100'],
    localPresence: true,
    variables: {
      who: { field: 'firstName' },
      plan: { field: 'customFields.Plan' },
      offer: { value: 'ten percent' },
    },
    variants: [
      { name: 'A', agentId: null, weight: 1 },
      { name: 'B', agentId: 'a'.repeat(24), weight: 3, variables: { offer: 'a gift' } },
    ],
    schedule: { startsAt: '2026-12-01', endsAt: '2026-12-20', holidays: ['US', '2026-12-24', '2026-12-31'] },
    priority: 4,
    breaker: { inARow: 5, share: 0.25 },
  });
  const saved = { ...wishes, id: 'f'.repeat(24), state: 'idle' } as unknown as Campaign;
  t.same(draftOf(saved), draft);
  t.same(changesOf(saved, draftOf(saved), 'Europe/Vienna'), {});
  t.same(readDraft(JSON.stringify(draft)), draft, 'a kept draft is the same again');
  t.same(
    readDraft(JSON.stringify({ ...draft, variants: [7], variables: [], breaker: {}, callerIds: [1] })),
    { ...draft, variants: [], variables: {}, breaker: usualBreaker, callerIds: [] },
    'what is damaged is as in an empty one',
  );

  t.same(sourcesOf({ a: { from: '', text: '' }, b: { from: 'custom', text: ' ' } }), {}, 'filled from nothing');
  t.same(
    withVariant([]).map(({ name }) => name),
    ['A', 'B'],
  );
  t.same(
    withVariant(withVariant([])).map(({ name }) => name),
    ['A', 'B', 'C'],
  );
  t.equal(shareOf(draft.variants, draft.variants[1]!), 0.75);
  t.equal(shareOf([{ name: 'A', agentId: '', weight: 'x', texts: {} }], { ...draft.variants[0]!, weight: 'x' }), null);
  t.same([isDay('2026-02-28'), isDay('2026-02-30'), isDay('tomorrow')], [true, false, false]);
  t.same(breakerOf(usualBreaker), defaultBreaker, 'usual here and there');
  t.same([...holidayCalendars].sort(), Object.keys(serverCalendars).sort(), 'every calendar of the server is offered');

  const told = rulesInWords(saved, { agents: new Map(), lists: new Map() });
  for (const words of [
    'A (25%), B (75%',
    '+1 212 555 0100',
    'Not before 2026-12-01, and not after',
    'not recorded',
    'one call every 2 seconds',
  ])
    t.ok(
      told.some(each => each.replaceAll('\u00a0', ' ').includes(words)),
      words,
    );
  t.end();
});

test('a funnel counts people, then calls; versions differ when chance alone hardly explains it', t => {
  const byOutcome = { conversation: 30, busy: 50, voicemail: 20 };
  const funnel = funnelOf({ total: 80, blocked: 8, byOutcome, answerRate: 0.5 }, 6);
  t.same(
    funnel.map(({ step, count, share }) => [step, count, share]),
    [
      ['people', 80, null],
      ['allowed', 72, 0.9],
      ['tries', 100, null],
      ['answered', 50, 0.5],
      ['reached', 30, 0.6],
      ['results', 6, 0.2],
    ],
  );
  t.equal(funnelOf({ total: 0, blocked: 0, byOutcome: {}, answerRate: 0 }, null).at(-1)?.share, null, 'of nothing');

  const version = (name: string, conversation: number, busy: number) =>
    ({
      name,
      total: 500,
      waiting: 0,
      dialing: 0,
      inCall: 0,
      blocked: 0,
      done: 500,
      byOutcome: { conversation, busy },
      calls: conversation + busy,
      answered: conversation,
      answerRate: conversation / (conversation + busy),
      totalDurationSeconds: 60 * conversation,
      averageDurationSeconds: 60,
      spend: { amount: '12.00', currency: 'USD', incompleteCalls: 0 },
    }) as CampaignStats['variants'][number];
  t.equal(compared([version('A', 5, 5), version('B', 90, 10)]).verdict, 'early');
  t.equal(compared([version('A', 50, 50), version('B', 55, 45)]).verdict, 'same');
  t.same(compared([version('A', 30, 170), version('B', 120, 80)]).verdict, { best: 'B' });
  t.match(compared([version('A', 30, 170), version('B', 0, 80)]).rows, [
    { answered: 30, talkedSeconds: 1_800, spend: { amount: '12.00' }, spendEach: '0.4' },
    { answered: 0, talkedSeconds: 0, spendEach: null },
  ]);
  t.equal(intervalOf(0, 0), null);
  const { from, to } = intervalOf(50, 100)!;
  t.same([Math.round(from * 1000), Math.round(to * 1000)], [404, 596], 'Wilson, as published');
  t.match(intervalOf(0, 100), { from: 0 });
  t.end();
});

test('the dials of the pace go by steps, and say how long it takes', t => {
  t.equal(stepped('callsPerSecond', '0,5', true), '1');
  t.equal(stepped('callsPerSecond', '0.7', false), '0.5');
  t.equal(stepped('maxConcurrent', '10000', true), '10000');
  t.equal(stepped('maxConcurrent', '1', false), '1');
  t.equal(stepped('maxConcurrent', 'many', true), '1');
  t.equal(secondsFor(100, { callsPerSecond: '0.5' }), 200);
  t.equal(secondsFor(0, { callsPerSecond: '0.5' }), null);
  t.equal(secondsFor(5, { callsPerSecond: 'x' }), null);
  const now = Date.parse('2026-11-21T12:00:00Z');
  t.equal(lifeOf({ startedAt: null, endedAt: null }, now), null);
  t.same(lifeOf({ startedAt: '2026-01-01T00:00:00Z', endedAt: null }, now), {
    from: '2026-10-22T12:00:00.000Z',
    to: '2026-11-21T12:00:00.000Z',
  });
  t.end();
});

test('of the calls that people answered, the abandoned ones count as the rules count them', async t => {
  t.equal(abandonedShare({ busy: 4, voicemail: 2 }), null, 'nobody answered');
  t.equal(abandonedShare({ conversation: 95, 'opt-out': 2, abandoned: 3, busy: 50 }), mostAbandoned);
  t.equal(abandonedShare({ conversation: 5 }), 0);
  const judged = (abandoned: number) => judgeAbandonment({ answered: 1_000, abandoned }).tooMany;
  t.same(
    [judged(mostAbandoned * 1_000 - 1), judged(mostAbandoned * 1_000)],
    [false, true],
    'the limit is the server’s',
  );
});
