/** How patient a session is with its vendor. */
export interface SessionLimits {
  /** From opening until the metadata, fetching an address included. */
  readonly startMs: number;
  /** Nothing at all was received: the other half is gone, whatever the socket says. */
  readonly silenceMs: number;
  /** Keys pressed within this of each other are one answer. */
  readonly keysMs: number;
  /** How long the server may take to close after it said that it ends the call, and to confirm our close. */
  readonly endCallMs: number;
  readonly closeMs: number;
  /** How long a greeting that could not be left out is kept from being heard. */
  readonly greetingMs: number;
}

export const sessionLimits: SessionLimits = {
  startMs: 15_000,
  silenceMs: 15_000,
  keysMs: 800,
  endCallMs: 10_000,
  closeMs: 1_000,
  greetingMs: 4_000,
};
