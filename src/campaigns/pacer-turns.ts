import type { DialledCampaign } from './dialer.types.ts';
import { leastDistanceMs } from './pacer-plan.ts';

/** Somebody who is ready, and waits for a moment of the account. */
export interface InTurn {
  readonly campaign: DialledCampaign;
  /** Its campaign's moment: the account's lies not before it. */
  readonly from: number;
}

/** Whose turn it is, in this process. */
export interface Turns {
  /** The earliest moment at which it may have its turn; a last turn beyond `latest` was given before the clock was set back. */
  readyAt(waiter: InTurn, latest: number): number;
  /**
   * Who has the turn at that moment. While there are enough moments, each has its own. Where the account's pace is shorter than what the
   * campaigns ask together, each campaign has its share of it, by priority, and nobody has none: what one does not need falls to the others.
   */
  next<W extends InTurn>(waiting: readonly W[], at: number, latest: number): W | undefined;
  /** It has it. */
  took(campaign: DialledCampaign, moment: number): void;
}

/** Of two campaigns that ask for more than there is, one of priority 9 has ten times the calls of one of priority 0. */
const shareOf = ({ priority }: DialledCampaign): number => 1 + priority;

/**
 * Fair by the time that each campaign's turns are worth: a turn costs a campaign the less, the larger its share. The turn goes to whoever
 * has used least; who did not want any for a while begins with those that wait, and has nothing to make up for.
 */
export function createTurns(): Turns {
  /** When each campaign has its last turn: two of its calls do not come closer than its own pace. */
  const last = new Map<string, number>();
  /** Up to where each has used its share, and where the last turn began. */
  const used = new Map<string, number>();
  let standing = 0;
  const startOf = ({ id }: DialledCampaign) => Math.max(standing, used.get(id) ?? 0);

  function readyAt({ campaign, from }: InTurn, latest: number): number {
    const before = last.get(campaign.id);
    if (before === undefined || before > latest) return from;
    return Math.max(from, before + leastDistanceMs(campaign.callsPerSecond));
  }

  return {
    readyAt,
    next(waiting, at, latest) {
      let next: (typeof waiting)[number] | undefined;
      for (const each of waiting) {
        if (readyAt(each, latest) > at) continue;
        const before = next ? startOf(each.campaign) - startOf(next.campaign) || each.from - next.from : -1;
        if (before < 0) next = each;
      }
      return next;
    },
    took(campaign, moment) {
      last.set(campaign.id, moment);
      standing = startOf(campaign);
      used.set(campaign.id, standing + 1 / shareOf(campaign));
    },
  };
}

/**
 * From when on those may have a turn whose moments are taken by now, earliest first, and when the others want to be looked at. All are
 * asked for equally long ahead: a moment that one needs to know of early would else go to another whose turn is before.
 */
export function demandOf(
  waiting: readonly InTurn[],
  turns: Pick<Turns, 'readyAt'>,
  { at, aheadMs, latest }: { readonly at: number; readonly aheadMs: number; readonly latest: number },
): { readonly soon: number[]; readonly later: number } {
  const perCampaign = new Map<string, number>();
  const soon: number[] = [];
  let later = Infinity;
  for (const each of waiting) {
    const { id, callsPerSecond } = each.campaign;
    const behind = (perCampaign.get(id) ?? 0) + leastDistanceMs(callsPerSecond);
    const ready = Math.max(turns.readyAt(each, latest), behind);
    perCampaign.set(id, ready);
    const askAt = ready - aheadMs;
    if (askAt <= at) soon.push(ready);
    else later = Math.min(later, askAt);
  }
  return { soon: soon.sort((one, other) => one - other), later };
}
