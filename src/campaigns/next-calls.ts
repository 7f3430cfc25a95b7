import { dayMs } from '../compliance/local-time.ts';
import { defaultSchedule, nextInSchedule, type Schedule } from '../compliance/schedule.ts';
import type { KillSwitch } from '../ops/kill-switch.ts';
import type { Stored } from '../store/schema.ts';
import type { Campaign } from './campaign-document.ts';
import type { CampaignRepository } from './campaign-repository.ts';
import type { CampaignState } from './campaign-state.ts';
import type { CampaignTallyRepository, DueSpan } from './campaign-tally-repository.ts';
import type { Opening } from './next-opening.ts';

/** Why no call is expected, or from when on: nobody may be called, no campaign dials, those that do have nobody left who waits. */
export const expectations = ['calling-stopped', 'nothing-runs', 'nobody-waits', 'now', 'later'] as const;

export interface NextCalls {
  readonly state: (typeof expectations)[number];
  /** With `later`: from when on. */
  readonly at: string | null;
  /** By whose clock, where that is one zone and known. */
  readonly timeZone: string | null;
  /** Some of those who are due were looked at, and others may come earlier. */
  readonly about: boolean;
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
  /** When those may be called who are due, where that was looked at. */
  readonly opening?: Opening | null;
}

const horizonMs = 60 * dayMs;

/** When the first of campaigns dials next, as far as windows and those who wait tell. */
export function nextOf(campaigns: readonly DiallingCampaign[], now: number): Omit<NextCalls, 'paused'> {
  let first: (Opening & { readonly campaign: DiallingCampaign }) | undefined;
  for (const campaign of campaigns) {
    const next = momentOf(campaign, now);
    if (next && (!first || next.at < first.at)) first = { ...next, campaign };
  }
  if (!first) return { state: 'nobody-waits', at: null, timeZone: null, about: false, campaign: null };
  const { at, zone, about, campaign } = first;
  const shown = { id: campaign.id, name: campaign.name };
  return at <= now
    ? { state: 'now', at: null, timeZone: null, about: false, campaign: shown }
    : { state: 'later', at: new Date(at).toISOString(), timeZone: zone, about, campaign: shown };
}

function momentOf({ state, schedule, hasAnyHours, due, opening }: DiallingCampaign, now: number): Opening | undefined {
  const about = false;
  // Its people are still being added.
  if (state === 'starting') return { at: now, zone: null, about };
  if (!due) return undefined;
  if (opening) return opening;
  const earliest = Math.max(now, due.first.getTime());
  const wished = schedule ?? (hasAnyHours ? null : defaultSchedule);
  // By each person's clock: nobody knows it before the first was judged, and then they are due when it allows.
  const zone = wished && wished.timeZone !== 'contact' ? wished.timeZone : due.zone;
  if (!wished || zone === null) return { at: earliest, zone, about };
  const at = nextInSchedule(wished, [zone], earliest, earliest + horizonMs);
  return at === null ? undefined : { at, zone, about };
}

export interface NextCallsParts {
  readonly campaigns: Pick<CampaignRepository, 'active' | 'standingStill'>;
  readonly tallies: Pick<CampaignTallyRepository, 'ofMany'>;
  readonly killSwitch: Pick<KillSwitch, 'state'>;
  /** When those may be called who are due. */
  readonly openingOf: (campaign: Stored<Campaign>, now: Date) => Promise<Opening | null>;
  readonly now: () => Date;
}

/** So long what was looked at holds, however many walls ask. */
const openingHoldsMs = 2_000;

/**
 * When calls of campaigns are expected, from what is kept of each as its people change. Where somebody is due, a few are looked at: they
 * may have to wait for their hours, and nobody has judged them yet.
 */
export function createNextCalls(parts: NextCallsParts): () => Promise<NextCalls> {
  const { campaigns, tallies, killSwitch, now } = parts;
  const none = { at: null, timeZone: null, about: false, campaign: null, paused: 0 };
  let looked = new Map<string, { readonly at: number; readonly opening: Opening | null }>();

  async function lookAt(campaign: Stored<Campaign>, at: number): Promise<Opening | null> {
    const id = campaign._id.toHexString();
    const before = looked.get(id);
    if (before && at >= before.at && at < before.at + openingHoldsMs) return before.opening;
    const opening = await parts.openingOf(campaign, new Date(at));
    looked.set(id, { at, opening });
    return opening;
  }

  return async () => {
    const [{ on }, active] = await Promise.all([killSwitch.state(), campaigns.active()]);
    if (on) return { ...none, state: 'calling-stopped' };
    const dialling = active.filter(({ state }) => state !== 'pausing');
    if (dialling.length === 0) return { ...none, state: 'nothing-runs', paused: await campaigns.standingStill() };
    const counted = await tallies.ofMany(dialling.map(({ _id }) => _id));
    const dueOf = new Map(counted.map(({ campaignId, due }) => [campaignId.toHexString(), due ?? null]));
    const at = now().getTime();
    const known: DiallingCampaign[] = [];
    for (const campaign of dialling) {
      const { _id, name, state, schedule, contentClass } = campaign;
      const id = _id.toHexString();
      const due = dueOf.get(id) ?? null;
      const isDue = state !== 'starting' && due !== null && due.first.getTime() <= at;
      const opening = isDue ? await lookAt(campaign, at) : null;
      known.push({ id, name, state, schedule, hasAnyHours: contentClass === 'emergency', due, opening });
      // Nobody comes earlier than at once.
      if (opening && opening.at <= at) break;
    }
    looked = new Map([...looked].filter(([id]) => known.some(each => each.id === id)));
    return { ...nextOf(known, at), paused: 0 };
  };
}
