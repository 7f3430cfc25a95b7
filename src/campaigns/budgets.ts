import { Types } from 'mongoose';
import type { CallView } from '../calls/calls.types.ts';
import { amountOf, converted, costOf, estimatedParts, microsOf, type PriceTable } from '../calls/cost-protocol.ts';
import type { Stored } from '../store/schema.ts';
import type { Budgets, Reservation } from './budget.types.ts';
import type { BudgetEntryRepository } from './budget-entry-repository.ts';
import type { Budget, BudgetRepository } from './budget-repository.ts';
import type { Campaign } from './campaign-document.ts';
import type { CampaignMoves } from './campaigns.types.ts';
import type { DialBudget } from './dialer-budget.types.ts';

/** What a call says of its cost; null when there is no such call. */
export type CostOfCall = (
  callId: string,
) => Promise<{ readonly ended: boolean; readonly micros: number; readonly isFinal: boolean } | null>;

export interface BudgetsOptions {
  readonly budgets: BudgetRepository;
  readonly entries: BudgetEntryRepository;
  readonly campaignOf: (id: string) => Promise<Stored<Campaign> | null>;
  readonly moves: () => Pick<CampaignMoves, 'pause' | 'note'>;
  readonly costOfCall: CostOfCall;
  readonly table: PriceTable;
  /** Most that all campaigns may spend in a calendar month. */
  readonly monthly: { readonly amount: string; readonly currency: string } | undefined;
  /** Whose months they are. */
  readonly timeZone: string;
  readonly owner: string;
  readonly now: () => Date;
  readonly holdMs?: number;
}

interface Cap {
  readonly key: string;
  readonly micros: number;
  /** In words, for people. */
  readonly name: string;
}

const warnAt = 0.8;
const usualMinutes = 2;
const firstCheckMs = 2 * 60_000;
const checksMs = [2, 15, 60, 6 * 60, 24 * 60, 48 * 60].map(minutes => minutes * 60_000);
const retryMs = 5_000;
const batchSize = 200;

/**
 * Budgets are documents of the store. A reservation is one conditional write that names its call; what a call cost is written beside it
 * and booked in numbered batches, each in the one write that also gives the reservation back: spent and reserved together never pass
 * the cap by anything but a call that cost more than was expected, whichever process dials and dies.
 */
export function createBudgets(options: BudgetsOptions): Budgets {
  const { budgets, entries, moves, table, monthly, owner, now, holdMs = 10_000 } = options;
  const months = new Intl.DateTimeFormat('en-CA', { timeZone: options.timeZone, year: 'numeric', month: '2-digit' });
  const monthOf = (at: Date) => {
    const parts = Object.fromEntries(months.formatToParts(at).map(({ type, value }) => [type, value]));
    return `${parts['year']}-${parts['month']}`;
  };

  async function capsOf(campaignId: string): Promise<Cap[]> {
    const budget = (await options.campaignOf(campaignId))?.budget;
    const month = monthOf(now());
    const caps: Cap[] = [];
    if (budget) {
      // A campaign's currency was checked when it was set; without a rate now, nothing may be spent.
      const micros = converted(Math.round(budget.amount * 1_000_000), budget.currency, table) ?? 0;
      const period = budget.per === 'month' ? month : 'total';
      caps.push({ key: `campaign|${campaignId}|${period}`, micros, name: 'the campaign’s budget' });
    }
    if (monthly) {
      const micros = converted(microsOf(monthly.amount) ?? 0, monthly.currency, table) ?? 0;
      caps.push({ key: `installation|${month}`, micros, name: 'MONTHLY_BUDGET' });
    }
    return caps;
  }

  async function finish({ key, seq, batch }: Budget): Promise<void> {
    await entries.markBooked(seq, batch ?? []);
    await budgets.noted(key, seq);
  }

  /** Books what is due in one budget; leaves it to another process that is at it. */
  async function book(key: string): Promise<void> {
    for (;;) {
      const standing = await budgets.of(key);
      if (standing.state === 'noting') {
        if (standing.owner !== owner && standing.heldUntil > now()) return;
        await finish(standing);
        continue;
      }
      const due = await entries.due(key, batchSize);
      if (due.length === 0) return;
      const batch = due.map(({ _id, version, micros }) => ({ id: _id, version, micros: micros ?? 0 }));
      const change = due.reduce((sum, { micros, counted }) => sum + (micros ?? 0) - (counted?.micros ?? 0), 0);
      const calls = due.map(({ callId }) => callId.toHexString());
      const held = { owner, until: new Date(now().getTime() + holdMs) };
      const booked = await budgets.book(standing, change, calls, batch, held);
      if (booked) await finish(booked);
    }
  }

  async function warn(campaignId: string, { key, micros, name }: Cap): Promise<void> {
    if (!(await budgets.warn(key, Math.ceil(micros * warnAt), micros))) return;
    const { committedMicros } = await budgets.of(key);
    const percent = micros > 0 ? Math.round((committedMicros / micros) * 100) : 100;
    await moves().note(campaignId, 'budget.warning', { percent, budget: name }, { by: 'system' });
  }

  async function refusal(campaignId: string, cap: Cap, expected: number): Promise<Reservation> {
    const { spentMicros } = await budgets.of(cap.key);
    const amount = `${amountOf(cap.micros)} ${table.currency}`;
    if (spentMicros + expected <= cap.micros) {
      const message = `What is left of ${cap.name} (${amount}) is reserved for live calls.`;
      return { ok: false, code: 'BUDGET_RESERVED', message, retryAt: new Date(now().getTime() + retryMs) };
    }
    const message = `${amountOf(spentMicros)} of ${amount} are spent: ${cap.name} is used up. Raise it, then resume the campaign.`;
    await moves().pause(campaignId, { code: 'budget', message }, 'system');
    return { ok: false, code: 'BUDGET_SPENT', message, retryAt: null };
  }

  async function settle(callId: string, realMicros: number, isFinal = false): Promise<void> {
    const micros = Math.max(0, Math.round(realMicros));
    for (const { key, checks, micros: before } of await entries.ofCall(callId)) {
      const checkAt = isFinal ? null : laterThan(checks);
      if (before === micros) await entries.checkLater(callId, key, checkAt);
      else await entries.cost(callId, key, micros, checkAt);
      await book(key);
    }
  }

  const laterThan = (checks: number): Date | null => {
    const wait = checksMs[checks];
    return wait === undefined ? null : new Date(now().getTime() + wait);
  };

  async function check(callId: string): Promise<void> {
    const said = await options.costOfCall(callId);
    // No call under this id can come any more: the attempt is written within seconds of its reservation.
    if (!said) return settle(callId, 0, true);
    if (said.ended) return settle(callId, said.micros, said.isFinal);
    const later = new Date(now().getTime() + firstCheckMs);
    for (const { key } of await entries.ofCall(callId)) await entries.postpone(callId, key, later);
  }

  return {
    expectedMicros({ to, engine, amd, recorded, minutes = usualMinutes }) {
      const facts = {
        direction: 'outbound',
        to,
        answered: true,
        seconds: minutes * 60,
        amd,
        recorded,
        engine,
      } as const;
      return costOf(estimatedParts(facts, table), table).micros;
    },
    async reserve(callId, campaignId, expectedMicros) {
      const expected = Math.max(0, Math.round(expectedMicros));
      const id = new Types.ObjectId(callId);
      const caps = await capsOf(campaignId);
      const checkAt = new Date(now().getTime() + firstCheckMs);
      for (const [index, cap] of caps.entries()) {
        await entries.open(cap.key, id, campaignId, expected, checkAt);
        const { open } = await budgets.of(cap.key);
        if (open[callId] !== undefined) continue;
        if (await budgets.reserve(cap.key, id, expected, cap.micros)) {
          await warn(campaignId, cap);
          continue;
        }
        // What another one did for this call in the same moment holds for it.
        if ((await budgets.of(cap.key)).open[callId] !== undefined) continue;
        for (const { key } of caps.slice(0, index + 1)) {
          await entries.cost(callId, key, 0, null);
          await book(key);
        }
        return refusal(campaignId, cap, expected);
      }
      return { ok: true };
    },
    settle,
    settleLate: check,
    async leaked(campaignId) {
      const leaked: string[] = [];
      for (const { key } of await capsOf(campaignId)) {
        for (const callId of Object.keys((await budgets.of(key)).open)) {
          const entry = (await entries.ofCall(callId)).find(each => each.key === key);
          if (entry?.campaignId.toHexString() !== campaignId) continue;
          const said = await options.costOfCall(callId);
          // A call is written within seconds of its reservation; until then it is not missing.
          const isYoung = now().getTime() - entry.createdAt.getTime() < firstCheckMs;
          if (said ? said.ended : !isYoung) leaked.push(callId);
        }
      }
      return [...new Set(leaked)];
    },
    async standing(campaignId) {
      const caps = await capsOf(campaignId);
      return Promise.all(
        caps.map(async ({ key, micros, name }) => {
          const { spentMicros, committedMicros } = await budgets.of(key);
          const reservedMicros = committedMicros - spentMicros;
          return { name, currency: table.currency, capMicros: micros, spentMicros, reservedMicros };
        }),
      );
    },
    free: callId => settle(callId, 0, true),
    async tend() {
      for (const key of await entries.anyDue()) await book(key);
      const due = await entries.toCheck(now());
      for (const callId of new Set(due.map(each => each.callId.toHexString()))) await check(callId);
    },
  };
}

/** What a call says of its cost. */
export function costIn(call: CallView): { ended: boolean; micros: number; isFinal: boolean } {
  const cost = call['cost'] as { readonly amount: string; readonly estimated: boolean } | null | undefined;
  // One that was never dialled has no cost, and gets none.
  const isFinal = cost ? !cost.estimated : call.sid === null;
  return { ended: call['endedAt'] !== null, micros: cost ? (microsOf(cost.amount) ?? 0) : 0, isFinal };
}

/** The same as the dialer takes it: what it is about to place is reserved at the expected cost. */
export const dialBudgetOf = (budgets: Budgets): DialBudget => ({
  async reserve({ campaignId, callId, to, maxMinutes }) {
    const minutes = Math.min(usualMinutes, maxMinutes);
    // Detection and recording cost little; what is not used is given back.
    const expected = budgets.expectedMicros({ to, engine: 'elevenlabs', amd: true, recorded: true, minutes });
    const answer = await budgets.reserve(callId, campaignId, expected);
    return answer.ok ? null : { code: answer.code, message: answer.message };
  },
  free: callId => budgets.free(callId),
});
