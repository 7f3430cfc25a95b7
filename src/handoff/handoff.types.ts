import type { Asker, CallView } from '../calls/calls.types.ts';

/** Whose voice a piece of audio is. */
export type CallSide = 'caller' | 'agent' | 'person';

/** Why a listener or a person on the line is let go. */
export type LetGo =
  | 'call-ended'
  | 'taken-by-other'
  | 'handed-back'
  | 'transferred'
  | 'line-lost'
  | 'too-slow'
  | 'holder-lost';

/** Somebody who is with a live call beside its agent, as everybody who sees the call sees them. */
export interface PersonView {
  readonly id: string;
  readonly name: string;
  readonly mode: 'listening' | 'speaking';
  readonly since: string;
}

/** Somebody who hears a live call. Neither method may throw or wait. */
export interface CallListener {
  /** µ-law 8 kHz, some tens of milliseconds; `seq` counts the pieces of each side from zero, so a gap shows what was not sent. */
  audio(side: CallSide, seq: number, mulaw: Buffer): void;
  /** Nothing more is heard; said once, never after `stop()`. */
  stopped(why: LetGo): void;
}

/** Whoever gives a command, with what the audit log keeps of where it came from. */
export interface CommandAsker extends Asker {
  readonly origin?: { readonly ip: string; readonly requestId: string };
}

/** Somebody who speaks on a live call in the agent's place. */
export interface PersonLine extends CallListener {
  readonly who: CommandAsker;
}

/** What listening gives back. */
export interface Listening {
  stop(): void;
}

/** The line of a person who has taken the call. */
export interface HeldLine extends Listening {
  /**
   * What the person says, µ-law 8 kHz, best 20 to 60 ms at a time; `seq` counts from zero, older and repeated pieces are dropped.
   * A muted microphone goes on sending silence: after 1.5 s without a piece the line counts as lost, and the agent takes the call back.
   */
  speak(seq: number, mulaw: Buffer): void;
  /** The person is gone without a word: the agent takes the call back at once. The same as `stop`. */
  stop(): void;
}

/** Where a call is to go. `kind` leaves room for queues. */
export interface TransferOrder {
  readonly to: { readonly kind: 'number'; readonly phone: string };
  readonly mode: 'warm' | 'blind';
  /** Spoken to the person who answers a warm transfer; made from the conversation where it is missing. */
  readonly summary?: string;
}

/**
 * What people do with live calls, whichever process holds them. Every method takes our id or the carrier's, is audited by the
 * service itself, and rejects with an `AppError`: `CALL_NOT_FOUND`, `CALL_ENDED`, `CALL_CANNOT` (the call lacks that capability),
 * `CALL_TAKEN` (another person has it, details name them), `CALL_NOT_YOURS`, `CALL_ELSEWHERE` (another process holds the call
 * and `REDIS_URL` is not set), `CALL_UNREACHABLE` (that process does not answer).
 */
export interface LiveCommands {
  listen(call: string, who: CommandAsker, listener: CallListener): Promise<Listening>;
  whisper(call: string, who: CommandAsker, text: string): Promise<void>;
  /** Resolves when the caller hears the person: the agent is silent and its waiting audio is gone. One wins, everybody else is told. */
  takeOver(call: string, line: PersonLine): Promise<HeldLine>;
  /** Resolves when the agent has the call again. */
  handBack(call: string, who: CommandAsker, note?: string): Promise<void>;
  /** Resolves when the carrier has taken the order; what becomes of it comes as events of the call. */
  transfer(call: string, who: CommandAsker, order: TransferOrder): Promise<CallView>;
  hangUp(call: string, who: CommandAsker): Promise<CallView>;
}
