/** What somebody did on a call who wants no more of them. */
export interface OptOutEvidence {
  readonly callId: string;
  /** Place in the call's transcript, and when it was said; null for a key. */
  readonly turn: number | null;
  readonly atMs: number | null;
  /** Null for a key, and after the call was erased. */
  readonly words: string | null;
}

/** A number that must not be called, and since when. */
export interface SuppressionView {
  readonly id: string;
  /** Null after the person's data was erased: only the keyed hash is left, and still holds. */
  readonly phone: string | null;
  readonly reason: string;
  readonly source: string;
  /** Of an opt-out on a call. */
  readonly evidence: OptOutEvidence | null;
  readonly createdAt: string;
}

/** Who must not be called. Read from the store with every question: an opt-out holds with the next dial, on every process. */
export interface Suppressions {
  /** Null when the number may be called; `phone` is E.164. */
  of(phone: string): Promise<SuppressionView | null>;
  /**
   * Writes down that somebody does not want to be called. `source` says where it came from: `api`, `call-key` (a key pressed),
   * `call-speech` (words said), `import`. Twice is the same as once; the first reason stays. When it resolves, no process dials the number
   * any more, and a call that was on its way there is being cancelled.
   */
  add(
    phone: string,
    reason: string,
    source: string,
    evidence?: OptOutEvidence,
  ): Promise<{ suppression: SuppressionView; added: boolean }>;
  /** Since when which of these keyed hashes must not be called, in milliseconds since 1970. */
  sinceWhen(phoneHashes: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The keyed hash of a number, under which it stays as evidence when a person's data is erased. */
  hashOf(phone: string): Promise<string>;
}
