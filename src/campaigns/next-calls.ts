import { dayMs } from '../compliance/local-time.ts';
import { defaultSchedule, nextInSchedule, type Schedule } from '../compliance/schedule.ts';
import type { KillSwitch } from '../ops/kill-switch.ts';
import type { CampaignRepository } from './campaign-repository.ts';
import type { CampaignState } from './campaign-state.ts';
import type { CampaignTallyRepository, DueSpan } from './campaign-tally-repository.ts';

/** Why no call is expected, or from when on: nobody may be called, no campaign dials, those that do have nobody left who waits. */
export const expectations = ['calling-stopped', 'nothing-runs', 'nobody-waits', 'now', 'later'] as const;

export interface NextCalls {
  readonly state: (typeof expectations)[number];
  /** With `later`: from when on. */
  readonly at: string | null;
  /** By whose clock, where that is one zone and known. */
  readonly timeZone: string | null;
  /** With `now` and `later`: whose calls come first. */
  readonly campaign: { readonly id: string; readonly name: string } | null;
  /** With `nothing-runs`: how many campaigns only wait to be resumed. */
  readonly paused: number;
}

export interface DiallingCampaign {
  readonly id: string;
  readonly name: string;
  readonly state: CampaignState;
  /** Null for the usual hours. */
  readonly schedule: Schedule | null;
  readonly hasAnyHours: boolean;
  readonly due: DueSpan | null;
}

const horizonMs = 60 * dayMs;

/** When the first of campaigns dials next, as far as windows and those who wait tell. */
export function nextOf(campaigns: readonly DiallingCampaign[], now: number): Omit<NextCalls, 'paused'> {
  let first: { readonly at: number; readonly zone: string | null; readonly campaign: DiallingCampaign } | undefined;
  for (const campaign of campaigns) {
    const next = momentOf(campaign, now);
    if (next && (!first || next.at < first.at)) first = { ...next, campaign };
  }
  if (!first) return { state: 'nobody-waits', at: null, timeZone: null, campaign: null };
  const { at, zone, campaign } = first;
  const shown = { id: campaign.id, name: campaign.name };
  return at <= now
    ? { state: 'now', at: null, timeZone: null, campaign: shown }
    : { state: 'later', at: new Date(at).toISOString(), timeZone: zone, campaign: shown };
}

function momentOf({ state, schedule, hasAnyHours, due }: DiallingCampaign, now: number) {
  // Its people are still being added.
  if (state === 'starting') return { at: now, zone: null };
  if (!due) return undefined;
  const earliest = Math.max(now, due.first.getTime());
  const wished = schedule ?? (hasAnyHours ? null : defaultSchedule);
  // By each person's clock: nobody knows it before the first was judged, and then they are due when it allows.
  const zone = wished && wished.timeZone !== 'contact' ? wished.timeZone : due.zone;
  if (!wished || zone === null) return { at: earliest, zone };
  const at = nextInSchedule(wished, [zone], earliest, earliest + horizonMs);
  return at === null ? undefined : { at, zone };
}

export interface NextCallsParts {
  readonly campaigns: Pick<CampaignRepository, 'active' | 'standingStill'>;
  readonly tallies: Pick<CampaignTallyRepository, 'ofMany'>;
  readonly killSwitch: Pick<KillSwitch, 'state'>;
  readonly now: () => Date;
}

/** When calls of campaigns are expected, from what is kept of each as its people change: nobody is looked for when it is asked. */
export function createNextCalls({ campaigns, tallies, killSwitch, now }: NextCallsParts): () => Promise<NextCalls> {
  const none = { at: null, timeZone: null, campaign: null, paused: 0 };
  return async () => {
    const [{ on }, active] = await Promise.all([killSwitch.state(), campaigns.active()]);
    if (on) return { ...none, state: 'calling-stopped' };
    const dialling = active.filter(({ state }) => state !== 'pausing');
    if (dialling.length === 0) return { ...none, state: 'nothing-runs', paused: await campaigns.standingStill() };
    const counted = await tallies.ofMany(dialling.map(({ _id }) => _id));
    const dueOf = new Map(counted.map(({ campaignId, due }) => [campaignId.toHexString(), due ?? null]));
    const known = dialling.map(({ _id, name, state, schedule, contentClass }) => ({
      id: _id.toHexString(),
      name,
      state,
      schedule,
      hasAnyHours: contentClass === 'emergency',
      due: dueOf.get(_id.toHexString()) ?? null,
    }));
    return { ...nextOf(known, now().getTime()), paused: 0 };
  };
}
