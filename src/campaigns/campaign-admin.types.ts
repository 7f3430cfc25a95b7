/** Where a campaign stands, as an operator needs it when something is wrong. */
export interface CampaignStanding {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly cause: { readonly code: string; readonly message: string; readonly at: string } | null;
  readonly people: Readonly<Record<'waiting' | 'dialing' | 'in-call' | 'done' | 'blocked', number>>;
  /** Who waits longest, or is due next. */
  readonly nextDueAt: string | null;
  /** Being called by processes that have not been heard of. */
  readonly leftBehind: number;
}

export interface StandingReport {
  readonly at: string;
  readonly killSwitch: { readonly on: boolean; readonly since: string | null; readonly by: string | null };
  readonly campaigns: readonly CampaignStanding[];
}

export interface StopReport {
  readonly dryRun: boolean;
  readonly stopped: readonly { readonly id: string; readonly name: string; readonly from: string }[];
  /** Nothing was done about these, and why. */
  readonly left: readonly { readonly id: string; readonly name: string; readonly reason: string }[];
}

export interface ResetReport {
  readonly dryRun: boolean;
  readonly released: readonly Stuck[];
  readonly left: readonly Stuck[];
}

/** Somebody whose process has not been heard of, and what is known of their call. */
export interface Stuck {
  readonly campaignId: string;
  readonly contactId: string;
  readonly callId: string;
  readonly reason: string;
}

export interface RepairReport {
  readonly dryRun: boolean;
  readonly id: string;
  readonly name: string;
  /** Calls that held a place although they have ended. */
  readonly places: number;
  /** Calls for which money is reserved although they have ended. */
  readonly reservations: number;
  /** What the counters said and what they should have said, where that differs. */
  readonly counters: readonly { readonly counter: string; readonly is: number; readonly should: number }[];
  /** Nobody is left to call, and it had not noticed. */
  readonly completes: boolean;
  /** People who are counted anew. */
  readonly recounted: number;
  /** Calls that would count otherwise today, and are counted again. */
  readonly recountedCalls: number;
}
