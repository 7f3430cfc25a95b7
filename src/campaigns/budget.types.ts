/** Whether a call may be paid for. */
export type Reservation =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** `BUDGET_SPENT` nothing is left, and the campaign is being paused · `BUDGET_RESERVED` live calls hold the rest for now. */
      readonly code: 'BUDGET_SPENT' | 'BUDGET_RESERVED';
      readonly message: string;
      /** When it is worth asking again; null when waiting does not help. */
      readonly retryAt: Date | null;
    };

/** Where a budget stands. Amounts are millionths of `currency`. */
export interface BudgetStanding {
  /** In words, for people. */
  readonly name: string;
  readonly currency: string;
  readonly capMicros: number;
  readonly spentMicros: number;
  readonly reservedMicros: number;
}

export interface ExpectedCall {
  readonly to: string;
  readonly engine: string;
  readonly amd: boolean;
  readonly recorded: boolean;
  /** How long it is expected to last; the usual length when left out. */
  readonly minutes?: number;
}

/** Money, over all processes. Amounts are millionths of COST_CURRENCY. */
export interface Budgets {
  /** What a call is expected to cost by the price table. */
  expectedMicros(call: ExpectedCall): number;
  /** Before the attempt is written: takes the expected cost from the campaign's budget and the installation's, or from neither. */
  reserve(callId: string, campaignId: string, expectedMicros: number): Promise<Reservation>;
  /** The call cost this, in the month in which it was reserved; again when a price comes late, however often. */
  settle(callId: string, realMicros: number, isFinal?: boolean): Promise<void>;
  /** Nobody was dialled. */
  free(callId: string): Promise<void>;
  /** Calls of a campaign that hold a reservation although they have ended, or were never written. */
  leaked(campaignId: string): Promise<readonly string[]>;
  /** Asks such a call what it cost, and books that instead of its reservation. */
  settleLate(callId: string): Promise<void>;
  /** What limits a campaign now, and what is left of it: its own budget and the installation's. */
  standing(campaignId: string): Promise<readonly BudgetStanding[]>;
  /** Makes up for what a dead process left: books what is due, and asks calls that nobody settled. */
  tend(): Promise<void>;
}
