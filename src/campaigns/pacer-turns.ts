import type { DialledCampaign } from './dialer.types.ts';
import { leastDistanceMs } from './pacer-plan.ts';

/** Somebody who is ready, and waits for a moment of the account. */
export interface InTurn {
  readonly campaign: DialledCampaign;
  /** Its campaign's moment: the account's lies not before it. */
  readonly from: number;
  /** The moment that it missed, and is not going to use. */
  readonly instead?: number;
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
  /** As it is now, for trying out what follows. */
  copy(): Turns;
}

/** Of two campaigns that ask for more than there is, one of priority 9 has ten times the calls of one of priority 0. */
const shareOf = ({ priority }: DialledCampaign): number => 1 + priority;
/** No two calls of a campaign keep more than that from each other, so a turn that is older says nothing. */
const turnHoldsMs = leastDistanceMs(0);

/**
 * Fair by the time that each campaign's turns are worth: a turn costs a campaign the less, the larger its share. The turn goes to whoever
 * has used least; who did not want any for a while begins with those that wait, and has nothing to make up for.
 */
export function createTurns(
  /** When each campaign has its last turn: two of its calls do not come closer than its own pace. */
  last = new Map<string, number>(),
  /** Up to where each has used its share, and where the last turn began. */
  used = new Map<string, number>(),
  standing = 0,
): Turns {
  const startOf = ({ id }: DialledCampaign) => Math.max(standing, used.get(id) ?? 0);

  function readyAt({ campaign, from, instead }: InTurn, latest: number): number {
    // It had its turn already.
    if (instead !== undefined) return from;
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
    copy() {
      const latest = Math.max(...last.values());
      return createTurns(
        new Map([...last].filter(([, moment]) => moment > latest - turnHoldsMs)),
        new Map([...used].filter(([, until]) => until > standing)),
        standing,
      );
    },
  };
}
