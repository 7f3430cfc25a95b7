/** What the carrier said about a recording, or what was found there. */
export interface RecordingReport {
  readonly callId: string;
  /** The carrier's id of the recording. */
  readonly sid: string;
  readonly status: 'running' | 'completed' | 'absent';
  readonly channels: number | null;
  readonly durationSeconds: number | null;
  /** In whole seconds. */
  readonly startedAt: Date | null;
  readonly errorCode: string | null;
}

/** What the calls feature tells recordings. Everything may be said twice, late, and in any order. */
export interface RecordingDesk {
  /** The carrier was asked for a recording, which began at this moment as far as we noticed. */
  started(callId: string, sid: string, at: Date): Promise<void>;
  /** Resolves when the news cannot be lost any more. */
  reported(report: RecordingReport): Promise<void>;
  /**
   * Removes every recording of a call, here, in object storage, in the cache and at the carrier; says whether nothing is left to do.
   * What arrives later for that call is removed as well.
   */
  erase(callId: string, callSid: string | null): Promise<{ readonly recordings: number; readonly complete: boolean }>;
}
