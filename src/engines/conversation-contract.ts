/** What an engine's vendor says of a conversation after its end, whoever the vendor is. */
export interface ConversationReport {
  readonly conversationId: string;
  /** Our attempt id, where the vendor kept what the session was given. */
  readonly callId: string | null;
  /** `running` also while it is being worked up: what there is so far may change. */
  readonly state: 'running' | 'done' | 'failed';
  readonly startedAt: Date | null;
  readonly durationSeconds: number | null;
  readonly language: string | null;
  readonly title: string | null;
  readonly summary: string | null;
  /** The vendor's judgement whether the conversation did what it was for. */
  readonly success: 'success' | 'failure' | 'unknown' | null;
  readonly criteria: readonly { readonly id: string; readonly result: string; readonly rationale: string | null }[];
  /** Values that the agent was told to find out. */
  readonly collected: readonly {
    readonly id: string;
    readonly value: string | number | boolean | null;
    readonly rationale: string | null;
  }[];
  /** In the order in which they were said; null where the vendor was told to leave them out. */
  readonly turns: readonly ReportedTurn[] | null;
  readonly cost: ReportedCost;
}

export interface ReportedTurn {
  readonly role: 'agent' | 'caller';
  readonly text: string;
  /** Before the vendor corrected it to what it thinks was said. */
  readonly original: string | null;
  /** Milliseconds since the conversation began; the vendor counts in seconds. */
  readonly atMs: number;
  readonly interrupted: boolean;
}

export interface ReportedCost {
  /** Decimal text; null where the vendor tells none. */
  readonly amount: string | null;
  readonly currency: string;
  /** The vendor's own units. */
  readonly credits: number | null;
}
