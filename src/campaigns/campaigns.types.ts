/** Why a campaign is moved against its manager's wish, and what helps. */
export interface MoveCause {
  /** `budget`, `breaker`, or the code of the error that stopped it. */
  readonly code: string;
  /** What happened and what to do about it, as one sentence for people. */
  readonly message: string;
}

export interface NoteOptions {
  /** The user, key or part of the system that did it; `system` when left out. */
  readonly by?: string;
  /** The person it is about, by contact id; an entry never holds a number or a name. */
  readonly contactId?: string;
  /** An entry with this key is written once in the life of the campaign. */
  readonly once?: string;
  readonly at?: Date;
}

/** What other parts of the campaign engine may do with a campaign. */
export interface CampaignMoves {
  /** Into `error`; false when it had ended, or is in error already. */
  fail(id: string, cause: MoveCause, by?: string): Promise<boolean>;
  /** Stops claiming; live calls finish. False when it was in no state that can be paused. */
  pause(id: string, cause: MoveCause | null, by?: string): Promise<boolean>;
  /** Completes a running campaign that has nobody left to call; false when it has, or nobody was ever added. */
  completeIfDone(id: string): Promise<boolean>;
  /** Adds an entry to the campaign's log; resolves when it is written. */
  note(campaignId: string, type: string, data: Readonly<Record<string, unknown>>, options?: NoteOptions): Promise<void>;
}

/** Something that keeps a campaign from being started, or that should be looked at first. */
export interface PreflightFinding {
  readonly code: string;
  readonly message: string;
}

/** Says what must be mended before a campaign may start. */
export type Preflight = (campaignId: string) => Promise<{ readonly blocking: readonly PreflightFinding[] }>;
