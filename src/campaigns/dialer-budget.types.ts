/** Money for calls, as the dialer takes it: reserved before a call is placed, named by the call's id. */
export interface DialBudget {
  /** Null when it is reserved; else why not, and whether the campaign pauses because of it. */
  reserve(order: {
    readonly campaignId: string;
    readonly callId: string;
    readonly to: string;
    readonly maxMinutes: number;
  }): Promise<{ readonly code: string; readonly message: string } | null>;
  /** Nobody was called after all; again, and for a call without a reservation, it does nothing. */
  free(callId: string): Promise<void>;
}

/** For installations and campaigns without any. */
export const noBudget: DialBudget = { reserve: async () => null, free: async () => undefined };
