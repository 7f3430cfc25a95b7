/** How patient sessions are. */
export interface SessionRules {
  /** From the start of the stream to an agent that is ready; past it the caller gets an apology. */
  readonly readyMs: number;
  /** From the loss of an agent to one that is ready again. */
  readonly reopenMs: number;
  /** How long a caller may be kept in the vendor's queue. */
  readonly queueMs: number;
  /** How long a session waits for its call's next stream when one was lost. */
  readonly streamBackMs: number;
  /** From the opening of a socket to its `start`. */
  readonly startMs: number;
  /** A stream over which nothing came for so long is dead. */
  readonly idleMs: number;
  /** How long the carrier may take to hang up before the socket is closed regardless. */
  readonly hangUpMs: number;
  /** Later first words and answers get an event. */
  readonly slowFirstWordMs: number;
  readonly slowTurnMs: number;
  /** How often a call's agent may be reopened within a minute before it counts as broken. */
  readonly reopensPerMinute: number;
}

export const defaultRules: SessionRules = {
  readyMs: 6_000,
  reopenMs: 5_000,
  queueMs: 15_000,
  streamBackMs: 10_000,
  startMs: 5_000,
  idleMs: 30_000,
  hangUpMs: 3_000,
  slowFirstWordMs: 2_000,
  slowTurnMs: 3_000,
  reopensPerMinute: 4,
};
