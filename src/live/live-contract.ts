// What goes over Socket.IO, for server and dashboard alike. Types alone: nothing here runs.

/** A call as the API shows it. */
export type LiveCall = { readonly id: string; readonly sid: string | null; readonly [field: string]: unknown };

/**
 * Of every entity the newest `seq` counts: an event with an older one or the same is dropped, and after a gap the entity is
 * fetched again. The seq of a call is its document's version, the same in every process and in the API.
 */
export interface Stamp {
  readonly seq: number;
  readonly at: string;
}

export interface CallsSnapshot {
  readonly at: string;
  /** Every call that has not ended, each with the seq it has here. What a client holds beyond these has ended. */
  readonly calls: readonly { readonly seq: number; readonly call: LiveCall }[];
}

export interface CallStarted extends Stamp {
  readonly call: LiveCall;
}

export interface CallUpdated extends Stamp {
  readonly callSid: string | null;
  readonly callId: string;
  /** The changed fields with their values, as the API shows them. Live ones that no document has (`activity`) come with the seq unchanged. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface LiveTurn {
  readonly role: 'agent' | 'caller';
  readonly text: string;
  readonly heardText?: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly interrupted: boolean;
}

export interface CallTranscript extends Stamp {
  readonly callSid: string | null;
  readonly callId: string;
  /** The turn's place; a turn that comes again replaces what was there. */
  readonly index: number;
  readonly turn: LiveTurn;
  readonly final: boolean;
}

export interface CallEnded extends Stamp {
  readonly call: LiveCall;
}

export interface CommandError {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details?: Readonly<Record<string, unknown>>;
  };
}
export type CommandAnswer<T = unknown> = ({ readonly ok: true } & T) | CommandError;
