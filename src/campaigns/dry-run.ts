import { createHash } from 'node:crypto';
import type { PastAttempt } from '../compliance/dial-facts.ts';
import type { Verdict } from '../compliance/may-dial.ts';
import type { ClaimedPerson, DialerWorld, DialledCampaign, DialResult } from './dialer.types.ts';
import { dialStep } from './dialer-step.ts';
import type {
  Assumption,
  ByTry,
  DryDial,
  DryHour,
  DryPerson,
  DryPlan,
  DryRunResult,
  DryStanding,
  NotDialled,
} from './dry-run.types.ts';
import { createEarliest } from './judge-order.ts';
import { reserveAgainAt, reserveMoments } from './pacer.ts';
import { nextAttempt } from './retry-rules.ts';

/** Whoever has been due for so long goes before everybody, as in the queue of the store. */
const overdueMs = 20 * 3_600_000;
const hourMs = 3_600_000;
const mostExamples = 5;

/** A person of the dry run, as it changes. */
export interface DryState {
  readonly person: DryPerson;
  state: 'waiting' | 'called' | 'done' | 'blocked';
  dueAt: number;
  bookedFor: number | null;
  attempts: number;
  readonly outcomes: string[];
  /** Attempts of the dry run, newest first: they count in caps as real ones do. */
  readonly made: PastAttempt[];
  refusal: { code: string; message: string; at: number } | null;
}

export interface DryOptions {
  /** The rules' verdict about this person at that moment of the simulated clock; the same rules as before a real dial. */
  readonly judge: (state: DryState, at: number) => Verdict;
  /** Lets others of this process have their turn; called often. */
  readonly breathe: () => Promise<void>;
}

interface LiveCall {
  readonly state: DryState;
  readonly endsAt: number;
  readonly outcome: string;
}

/**
 * Runs a campaign against a clock that jumps: the dialer's own step, pace and retry rules in a world in memory, with calls whose outcomes
 * are assumed. Nobody is called and nothing is written.
 */
export async function dryRun(plan: DryPlan, { judge, breathe }: DryOptions): Promise<DryRunResult> {
  let now = plan.from;
  const states = plan.people.map(
    (person): DryState => ({
      person,
      state: 'waiting',
      dueAt: person.dueAt,
      bookedFor: person.bookedFor,
      attempts: person.attempts,
      outcomes: [...person.outcomes],
      made: [],
      refusal: null,
    }),
  );
  const byContact = new Map(states.map(each => [each.person.contactId, each]));
  const queue = createDryQueue(states);
  const live = createEarliest<LiveCall>(({ endsAt }) => endsAt);
  const free = { campaign: plan.from, account: plan.from };
  const dials: DryDial[] = [];

  function settleCalls(): void {
    for (let call = live.first(); call && call.endsAt <= now; call = live.first()) {
      live.removeFirst();
      settle(call);
    }
  }

  function settle({ state, outcome, endsAt }: LiveCall): void {
    state.outcomes.push(outcome);
    state.made[0] = { ...state.made[0]!, endedAt: endsAt, outcome };
    const next = nextAttempt(plan.retry, state.outcomes, new Date(endsAt));
    if (next.kind !== 'again') {
      state.state = next.kind;
      return;
    }
    state.state = 'waiting';
    state.bookedFor = null;
    queue.add(state, next.dueAt.getTime());
  }

  const standing = await standingOf(states, plan.from, { judge, breathe });
  const campaign: DialledCampaign = { id: plan.campaignId, callsPerSecond: plan.callsPerSecond, priority: 0 };
  const world: DialerWorld = {
    now: () => now,
    until: async moment => {
      now = Math.max(now, moment);
      settleCalls();
    },
    queue: {
      look: async (_, most) => queue.look(most, now),
      claim: async () => queue.claim(now),
      putBack: async (claimed, dueAt, verdict) => {
        const state = byContact.get(claimed.contactId)!;
        state.attempts -= 1;
        if (verdict) state.refusal = refusalOf(verdict, now);
        queue.add(state, dueAt.getTime());
        state.state = 'waiting';
        return true;
      },
      block: async (claimed, verdict) => {
        const state = byContact.get(claimed.contactId)!;
        state.attempts -= 1;
        state.refusal = refusalOf(verdict, now);
        state.state = 'blocked';
        return true;
      },
    },
    pacing: {
      reserve: async (_, most, at) => {
        const { moments, next } = reserveMoments(free.campaign, at, 1_000 / plan.callsPerSecond, most);
        free.campaign = next;
        return { moments, askAgainAt: reserveAgainAt(next) };
      },
      accountTurn: async (_, at) => {
        const { moments, next } = reserveMoments(free.account, at, 1_000 / plan.accountCallsPerSecond, 1, hourMs);
        free.account = next;
        return moments[0] === undefined ? null : Math.max(at, moments[0]);
      },
      onTime: async (_, moment) => moment,
      shift: (_, moment) => moment,
    },
    room: async () => {
      settleCalls();
      const calls = plan.maxConcurrent - live.size;
      return { calls, askAgainAt: calls > 0 ? null : live.first()!.endsAt };
    },
    judge: async claimed => {
      await breathe();
      return judge(byContact.get(claimed.contactId)!, now);
    },
    dial: async (claimed, _campaign, _verdict, turn): Promise<DialResult> => {
      const state = byContact.get(claimed.contactId)!;
      if ((await turn()) === null) return { kind: 'held', code: 'PACE', message: 'no turn', retryAt: null };
      const { outcome, seconds } = assumedFor(plan, claimed);
      state.state = 'called';
      state.made.unshift({
        at: now,
        endedAt: null,
        outcome: null,
        campaignId: plan.campaignId,
        talkedSeconds: outcome === 'conversation' ? seconds : null,
        hungUpByThem: false,
        refused: false,
      });
      live.add({ state, outcome, endsAt: now + seconds * 1_000 });
      dials.push({ at: now, contactId: claimed.contactId, attempt: claimed.attempt, outcome, seconds });
      return { kind: 'dialled', callId: claimed.callId };
    },
    note: () => {},
  };

  while (now <= plan.until) {
    await breathe();
    settleCalls();
    // One turn at a time: in this world nothing takes time but waiting.
    const { turns, again } = await dialStep(world, campaign, 1);
    const [turn] = await Promise.all(turns);
    if (turn && turn.kind !== 'nobody') {
      if (turn.kind === 'held') now = Math.max(now + 1_000, turn.retryAt ?? 0);
      continue;
    }
    const next = [again, live.first()?.endsAt ?? null, queue.nextDue()].filter(each => each !== null && each > now);
    if (next.length === 0) break;
    now = Math.min(...(next as number[]));
  }
  return { standing, ...resultOf(states, dials, live.size) };
}

/** Who could be called at this moment, and which rule keeps the others from it. */
async function standingOf(
  states: readonly DryState[],
  at: number,
  { judge, breathe }: DryOptions,
): Promise<DryStanding> {
  let dialable = 0;
  const rules = new Map<string, { message: string; people: number; waits: boolean }>();
  const keep = (code: string, message: string, waits: boolean) => {
    const entry = rules.get(code) ?? { message, people: 0, waits };
    entry.people += 1;
    rules.set(code, entry);
  };
  for (const state of states) {
    await breathe();
    // The rules are asked as before a real try, which counts itself.
    const verdict = state.dueAt <= at ? judge({ ...state, attempts: state.attempts + 1 }, at) : null;
    if (verdict?.allowed) dialable += 1;
    else if (!verdict) keep('NOT_DUE', 'Their next try comes later.', true);
    else {
      const { code, message } = refusalOf(verdict, at)!;
      keep(code, message, verdict.dueAt !== null);
    }
  }
  const all = [...rules].map(([code, entry]) => ({ code, ...entry }));
  return { dialable, rules: all.sort((one, other) => other.people - one.people) };
}

const refusalOf = ({ code, message }: Verdict, at: number): DryState['refusal'] => ({
  code: code ?? 'VERDICT_INCOMPLETE',
  message: message ?? 'This person may not be called now.',
  at,
});

/** The people who wait, handed out as the queue of the store does: booked ones, those due for long, by priority, by time. */
function createDryQueue(states: readonly DryState[]) {
  const later = createEarliest<{ state: DryState; dueAt: number }>(({ dueAt }) => dueAt);
  /** Due ones by priority; each earliest first. */
  const due = Array.from({ length: 10 }, () => createEarliest<DryState>(({ dueAt }) => dueAt));
  const booked = createEarliest<DryState>(({ bookedFor }) => bookedFor ?? 0);
  for (const state of states) later.add({ state, dueAt: state.dueAt });

  function ripen(now: number): void {
    for (let next = later.first(); next && next.dueAt <= now; next = later.first()) {
      later.removeFirst();
      const { state } = next;
      if (state.bookedFor !== null && state.bookedFor <= now) booked.add(state);
      else due[state.person.priority]!.add(state);
    }
  }

  function turnOf(now: number): DryState | undefined {
    if (booked.size > 0) return booked.removeFirst();
    const waiting = due.filter(each => each.size > 0);
    if (waiting.length === 0) return undefined;
    const longest = waiting.reduce((one, other) => (other.first()!.dueAt < one.first()!.dueAt ? other : one));
    return longest.first()!.dueAt <= now - overdueMs ? longest.removeFirst() : waiting.at(-1)!.removeFirst();
  }

  return {
    add(state: DryState, dueAt: number): void {
      state.dueAt = dueAt;
      later.add({ state, dueAt });
    },
    nextDue: () => later.first()?.dueAt ?? null,
    look(most: number, now: number) {
      ripen(now);
      const count = booked.size + due.reduce((sum, each) => sum + each.size, 0);
      const next = later.first()?.dueAt;
      return { due: Math.min(most, count), next: next === undefined ? null : new Date(next) };
    },
    claim(now: number): ClaimedPerson | null {
      ripen(now);
      const state = turnOf(now);
      if (!state) return null;
      const { person, refusal } = state;
      state.attempts += 1;
      return {
        id: person.contactId,
        campaignId: '',
        contactId: person.contactId,
        phone: person.phone,
        attempt: state.attempts,
        callId: '',
        priority: person.priority,
        dueAt: new Date(state.dueAt),
        bookedFor: state.bookedFor === null ? null : new Date(state.bookedFor),
        outcomes: state.outcomes,
        variant: null,
        lastRefusal: refusal && { code: refusal.code, at: new Date(refusal.at) },
      };
    },
  };
}

/** By person and attempt, so that another pace or order does not change what a call is assumed to come to. */
function assumedFor({ seed, assumptions }: DryPlan, { contactId, attempt }: ClaimedPerson): Assumption {
  const hash = createHash('sha256').update(`${seed}:${contactId}:${attempt}`).digest();
  const total = assumptions.reduce((sum, { share }) => sum + share, 0);
  let place = (hash.readUIntBE(0, 6) / 2 ** 48) * total;
  for (const each of assumptions) {
    if (place < each.share) return each;
    place -= each.share;
  }
  return assumptions.at(-1)!;
}

/** Dials gathered by the hour that `nameOf` finds for each, in the order of these names. */
export function hoursOf(dials: readonly DryDial[], nameOf: (dial: DryDial) => string): DryHour[] {
  type Hour = { dialled: number; byTry: Record<keyof ByTry, number>; byOutcome: Record<string, number> };
  const hours = new Map<string, Hour>();
  for (const dial of dials) {
    const { attempt, outcome } = dial;
    const hour = nameOf(dial);
    const entry = hours.get(hour) ?? { dialled: 0, byTry: { first: 0, second: 0, later: 0 }, byOutcome: {} };
    entry.dialled += 1;
    entry.byTry[attempt <= 1 ? 'first' : attempt === 2 ? 'second' : 'later'] += 1;
    entry.byOutcome[outcome] = (entry.byOutcome[outcome] ?? 0) + 1;
    hours.set(hour, entry);
  }
  return [...hours].map(([hour, entry]) => ({ hour, ...entry })).sort((one, other) => (one.hour < other.hour ? -1 : 1));
}

function resultOf(
  states: readonly DryState[],
  dials: readonly DryDial[],
  live: number,
): Omit<DryRunResult, 'standing'> {
  const byOutcome: Record<string, number> = {};
  for (const { outcome } of dials) byOutcome[outcome] = (byOutcome[outcome] ?? 0) + 1;
  const reasons = new Map<string, { message: string; people: number; examples: string[] }>();
  for (const { person, made, refusal } of states) {
    if (made.length > 0) continue;
    const code = refusal?.code ?? 'NOT_REACHED';
    const message = refusal?.message ?? 'Their turn does not come within the time that was looked at.';
    const entry = reasons.get(code) ?? { message, people: 0, examples: [] };
    entry.people += 1;
    if (entry.examples.length < mostExamples) entry.examples.push(person.contactId);
    reasons.set(code, entry);
  }
  const left = states.filter(({ state }) => state === 'waiting' || state === 'called').length;
  const last = dials.at(-1);
  const notDialled = [...reasons].map(([code, entry]): NotDialled => ({ code, ...entry }));
  return {
    dialled: dials.length,
    hours: hoursOf(dials, ({ at }) => new Date(Math.floor(at / hourMs) * hourMs).toISOString()),
    notDialled: notDialled.sort((one, other) => other.people - one.people),
    byOutcome,
    left,
    endsAt: left === 0 && live === 0 && last ? last.at + last.seconds * 1_000 : null,
    dials,
  };
}
