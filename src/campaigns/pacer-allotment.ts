import type { DialledCampaign } from './dialer.types.ts';
import { clockSkewMs, type Free, reserveAt } from './pacer.ts';
import { fits, leastDistanceMs, slackOf, soonestFit, windowOf } from './pacer-plan.ts';
import type { InTurn, Turns } from './pacer-turns.ts';

/** When calls of each campaign are going to be dialled and were dialled lately, by all processes. */
export type Planned = Readonly<Record<string, readonly number[]>>;

/** What is free of the account's pace, and for whom the rest is. */
export interface AccountStanding extends Free {
  readonly planned?: Planned | undefined;
}

export interface AllotmentTerms {
  readonly at: number;
  readonly aheadMs: number;
  readonly accountCallsPerSecond: number;
  /** A turn that lies further ahead was given before the clock was set back. */
  readonly latest: number;
}

export interface Demand {
  /** From when on those may have a turn whose moments are taken by now, earliest first. */
  readonly soon: readonly number[];
  /** When the others want to be looked at. */
  readonly later: number;
}

export interface Allotment<W> extends Free {
  readonly given: readonly (readonly [waiter: W, moment: number])[];
  readonly moments: readonly number[];
  readonly planned: Planned;
  readonly demand: Demand;
  /** Whose turn it is once these are given. */
  readonly turns: Turns;
}

/** What was planned longer ago matters to no campaign that can be late: slower ones have their own moments further apart. */
const keepMs = 3_300;

/** What is planned, without what lies so far back that it does not matter, and without what is not going to be. */
export function stillPlanned(planned: Planned, waiting: readonly InTurn[], at: number): Map<string, number[]> {
  const windows = new Map(waiting.map(({ campaign }) => [campaign.id, planMs(campaign)]));
  const dropped = new Set(waiting.map(({ campaign, instead }) => `${campaign.id}:${instead}`));
  const kept = new Map<string, number[]>();
  for (const [id, moments] of Object.entries(planned)) {
    const since = at - (windows.get(id) ?? keepMs);
    const some = moments.filter(each => each > since && each < at + clockSkewMs && !dropped.has(`${id}:${each}`));
    if (some.length > 0) kept.set(id, some);
  }
  return kept;
}

/** Where late calls of each campaign went, by the moments that they had. */
export type Moves = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** What is planned, with late calls where they went. */
export function withMoves(standing: AccountStanding, moves: Moves): AccountStanding {
  const planned = { ...standing.planned };
  for (const [id, moved] of moves)
    planned[id] = [...(planned[id] ?? []).filter(moment => !moved.has(moment)), ...moved.values()];
  return { ...standing, planned };
}

const planMs = ({ callsPerSecond }: DialledCampaign): number =>
  Math.min(keepMs, windowOf(callsPerSecond) + slackOf(callsPerSecond));

/**
 * Who wants a moment of the account by now, and who later. All are asked for equally long ahead: a moment that one needs to know of early
 * would else go to another whose turn is before.
 */
export function demandOf(
  waiting: readonly InTurn[],
  turns: Pick<Turns, 'readyAt'>,
  planned: ReadonlyMap<string, readonly number[]>,
  { at, aheadMs, latest }: Pick<AllotmentTerms, 'at' | 'aheadMs' | 'latest'>,
): Demand {
  const behind = new Map<string, number>();
  const soon: number[] = [];
  let later = Infinity;
  for (const each of waiting) {
    const { id, callsPerSecond } = each.campaign;
    const own = planned.get(id) ?? [];
    const from = Math.max(turns.readyAt(each, latest), (behind.get(id) ?? 0) + leastDistanceMs(callsPerSecond));
    // Of those who are asked later it is looked at then.
    const isSoon = from - aheadMs <= at;
    const ready = isSoon ? soonestFit([{ planned: own, callsPerSecond }], from, keepMs, slackOf(callsPerSecond)) : from;
    behind.set(id, ready);
    const askAt = ready - aheadMs;
    if (askAt <= at) soon.push(ready);
    else later = Math.min(later, askAt);
  }
  return { soon: soon.sort((one, other) => one - other), later };
}

/** Those whose campaigns have room for a call then. */
function keepingPace<W extends InTurn>(
  waiting: readonly W[],
  moment: number,
  planned: ReadonlyMap<string, readonly number[]>,
): W[] {
  const known = new Map<string, boolean>();
  return waiting.filter(({ campaign: { id, callsPerSecond } }) => {
    const isFit = known.get(id) ?? fits(planned.get(id) ?? [], moment, callsPerSecond, slackOf(callsPerSecond));
    known.set(id, isFit);
    return isFit;
  });
}

/**
 * Moments of the account for those who wait, as far as there are any: each at the account's pace, and at its own campaign's over all
 * processes, whatever the calls had to wait for. It changes nothing; what is given holds once it is written.
 */
export function allot<W extends InTurn>(
  standing: AccountStanding,
  waiting: readonly W[],
  before: Turns,
  { at, aheadMs, accountCallsPerSecond, latest }: AllotmentTerms,
): Allotment<W> {
  const intervalMs = 1_000 / accountCallsPerSecond;
  const planned = stillPlanned(standing.planned ?? {}, waiting, at);
  const turns = before.copy();
  const demand = demandOf(waiting, turns, planned, { at, aheadMs, latest });
  const offered = reserveAt(standing, demand.soon, at, intervalMs, aheadMs);
  const left = new Set(waiting);
  const given: (readonly [W, number])[] = [];
  for (const moment of offered.moments) {
    const turn = turns.next(keepingPace([...left], moment, planned), moment, latest);
    if (!turn) continue;
    const { campaign } = turn;
    left.delete(turn);
    turns.took(campaign, moment);
    planned.set(campaign.id, [...(planned.get(campaign.id) ?? []), moment]);
    given.push([turn, moment]);
  }
  const moments = given.map(([, moment]) => moment);
  // What nobody can use stays free.
  const { next, gaps } =
    moments.length < offered.moments.length ? reserveAt(standing, moments, at, intervalMs, aheadMs) : offered;
  return { given, moments, next, gaps, planned: Object.fromEntries(planned), demand, turns };
}
