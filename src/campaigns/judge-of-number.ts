import { attemptsPerCampaign, hardCaps } from '../compliance/caps.ts';
import { dayMs } from '../compliance/local-time.ts';
import {
  type JudgedCall,
  type JudgedCampaign,
  type JudgedInstallation,
  type JudgedNumber,
  type JudgedSettings,
  settingsAt,
} from './judge-facts.ts';
import { hoursProblem, type Whereabouts, wasAskedFor, whereaboutsOf } from './judge-hours.ts';
import type { JudgeNotes } from './judge-notes.ts';

/** An opt-out holds everywhere within this long. */
const suppressionMs = 1_000;
/** The carrier tells the end of a call in whole seconds. */
const endResolutionMs = 1_000;

/** Judges all calls to one number, oldest first: whose campaign they were matters to some rules and not to others. */
export function judgeNumber(
  campaign: JudgedCampaign,
  { caps }: Pick<JudgedInstallation, 'caps'>,
  calls: readonly JudgedCall[],
  facts: JudgedNumber,
  notes: JudgeNotes,
): void {
  const phone = calls.find(({ to }) => to.startsWith('+'))?.to;
  const place = phone === undefined ? undefined : whereaboutsOf(phone, facts.zone?.name ?? null);
  calls.forEach((call, index) => {
    if (call.campaignId !== campaign.id) return;
    const settings = settingsAt(campaign, call.dialledAt);
    judgeWindow(call, settings, place, facts, notes);
    judgeSuppression(call, facts, notes);
    judgeCaps(
      call,
      calls.slice(0, index),
      { ...settings, isAskedFor: wasAskedFor(facts.bookings, call.dialledAt) },
      place,
      caps,
      notes,
    );
    judgeOverlap(call, calls, index, notes);
  });
  judgeAttempts(campaign, calls, facts, notes);
}

/** The queue counts an attempt before it is made: more calls than it counted were made for one of them. */
function judgeAttempts(
  campaign: JudgedCampaign,
  calls: readonly JudgedCall[],
  { attempts }: JudgedNumber,
  notes: JudgeNotes,
): void {
  for (const [contactId, counted] of attempts) {
    const made = calls.filter(
      call => call.campaignId === campaign.id && call.contactId === contactId && call.sid !== null,
    );
    const extra = made[counted];
    if (extra)
      notes.broken(
        'at-most-once',
        extra.dialledAt,
        named(extra),
        `${made.length} calls were made for ${counted} attempts`,
      );
  }
}

function judgeWindow(
  call: JudgedCall,
  settings: JudgedSettings,
  place: Whereabouts | null | undefined,
  { zone, bookings }: JudgedNumber,
  notes: JudgeNotes,
): void {
  if (place === undefined) {
    notes.unsure('windows', 'the number was erased, so nothing tells where it rang');
    return;
  }
  notes.checked('windows');
  if (place === null) {
    // An emergency by the schedule's own clock needs no place.
    if (settings.contentClass === 'emergency' && settings.schedule?.timeZone !== 'contact') return;
    notes.broken('windows', call.dialledAt, named(call), 'dialled although nothing tells where the person is');
    return;
  }
  const problem = hoursProblem(place, settings, call.dialledAt, bookings);
  if (problem === null) return;
  if (zone && zone.changedAt > call.dialledAt) {
    const byNumber = whereaboutsOf(call.to, null);
    if (byNumber && hoursProblem(byNumber, settings, call.dialledAt, bookings) === null) {
      notes.unsure('windows', 'the person was changed after the call, and only the time zone they have now forbids it');
      return;
    }
  }
  notes.broken('windows', call.dialledAt, named(call), `dialled at ${problem}`);
}

function judgeSuppression(call: JudgedCall, { suppressedSince }: JudgedNumber, notes: JudgeNotes): void {
  notes.checked('suppression');
  if (suppressedSince === null || call.dialledAt <= suppressedSince + suppressionMs) return;
  const seconds = Math.round((call.dialledAt - suppressedSince) / 1_000);
  notes.broken('suppression', call.dialledAt, named(call), `dialled ${seconds} s after the number was suppressed`);
}

/** What reached nobody counts in no cap. */
const mayHaveRung = ({ outcome }: JudgedCall): boolean => outcome !== 'failed' && outcome !== 'invalid-number';

function judgeCaps(
  call: JudgedCall,
  before: readonly JudgedCall[],
  { contentClass, maxAttempts, isAskedFor }: JudgedSettings & { readonly isAskedFor: boolean },
  place: Whereabouts | null | undefined,
  caps: JudgedInstallation['caps'],
  notes: JudgeNotes,
): void {
  notes.checked('caps');
  const emergency = contentClass === 'emergency';
  const lawful =
    contentClass === 'telemarketing' ? (place?.laws ?? []).map(law => law.salesCallsPerDay ?? Infinity) : [];
  // A call that the person asked for is held by the bounds and the law alone.
  const own = isAskedFor ? hardCaps : caps;
  const perDay = emergency ? hardCaps.perDay : Math.min(own.perDay, hardCaps.perDay, ...lawful);
  const perWeek = emergency ? hardCaps.perWeek : Math.min(own.perWeek, hardCaps.perWeek);
  const rang = before.filter(mayHaveRung);
  const within = (ms: number) => rang.filter(({ dialledAt }) => dialledAt > call.dialledAt - ms).length;
  for (const [count, most, period] of [
    [within(dayMs), perDay, '24 hours'],
    [within(7 * dayMs), perWeek, '7 days'],
  ] as const) {
    if (count < most) continue;
    notes.broken(
      'caps',
      call.dialledAt,
      named(call),
      `call ${count + 1} to the number in ${period}, where ${most} are allowed`,
    );
  }
  const most = Math.min(maxAttempts ?? attemptsPerCampaign.usual, attemptsPerCampaign.most);
  const ours = before.filter(
    each => each.campaignId === call.campaignId && each.contactId === call.contactId && each.sid !== null,
  );
  if (ours.length >= most)
    notes.broken(
      'caps',
      call.dialledAt,
      named(call),
      `attempt ${ours.length + 1} at the person, where the campaign makes ${most}`,
    );
}

function judgeOverlap(call: JudgedCall, calls: readonly JudgedCall[], index: number, notes: JudgeNotes): void {
  notes.checked('at-most-once');
  // Each pair is told once, at the later call; one of another campaign that came later is told at ours.
  const other = calls.find((each, at) => {
    if (at === index || (at > index && each.campaignId === call.campaignId)) return false;
    const [first, second] = at < index ? [each, call] : [call, each];
    return second.dialledAt < (first.endedAt ?? Infinity) - endResolutionMs;
  });
  if (other)
    notes.broken(
      'at-most-once',
      call.dialledAt,
      named(call),
      `dialled while call ${other.id} to the same number lived`,
    );
}

const named = ({ id, contactId }: JudgedCall) => ({ callId: id, contactId });
