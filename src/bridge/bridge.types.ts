import type { AgentProfile } from '../agents/agents.types.ts';
import type { CallDirection, TerminationSource } from '../calls/call-state.ts';
import type { EngineReservation } from '../engines/engine-contract.ts';
import type { CallListener, CallSide, HeldLine, Listening, PersonLine, PersonView } from '../handoff/handoff.types.ts';

/** Who ended a call and why; the first word about it counts. */
export interface Ending {
  readonly source: TerminationSource;
  /** Short and fixed, such as `silence`, `max-duration`, `caller-hung-up`, `agent-ended`, `agent-unavailable`. */
  readonly reason: string;
  /** The vendor's words, for the call's record. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** What a media stream says of itself when it starts. */
export interface StreamClaim {
  readonly token: string;
  readonly callSid: string;
  readonly streamSid: string;
}

/**
 * One thing said, as the transcript keeps it; times are milliseconds since the call was answered. A `person` is a colleague who spoke
 * in the agent's place: their words are not transcribed, and the text says so.
 */
export interface SpokenTurn {
  readonly role: 'agent' | 'caller' | 'person';
  readonly text: string;
  /** What was heard of it, where that is less than the text. */
  readonly heardText?: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly interrupted: boolean;
}

/** What a call's next stream continues. */
export interface Resume {
  readonly count: number;
  /** What was said before, as far as it is written. */
  readonly turns: readonly SpokenTurn[];
  /** How many places the transcript has; more than turns when one is still on its way from a process that died. */
  readonly places: number;
}

/** Everything a session needs to know of its call, handed over when the stream's token was redeemed. */
export interface CallPlan {
  readonly callId: string;
  readonly callSid: string;
  readonly direction: CallDirection;
  readonly to: string;
  readonly from: string;
  /** The version the call runs with. */
  readonly agent: AgentProfile;
  readonly variables: Readonly<Record<string, string | number | boolean>>;
  /** Fetched ahead by this process; absent when another one did. */
  readonly reservation?: EngineReservation;
  readonly answeredAt: Date;
  /** Null for the first stream of a call. */
  readonly resume: Resume | null;
  /** Of the call as a whole, counted from `answeredAt`. */
  readonly maxSeconds: number;
  readonly silenceMs: number;
  /** The caller comes back from a transfer that came to nothing. */
  readonly returned?: { readonly phone: string; readonly reason: string };
}

/** Figures of one stream, added to the call's record when it ends. */
export interface MediaFigures {
  readonly callerFrames: number;
  readonly agentFrames: number;
  /** Frames missing from the carrier's numbering. */
  readonly gaps: number;
  /** Caller frames thrown away because the agent's side took them too slowly. */
  readonly dropped: number;
  /** Pieces of agent audio that could not be played: no audio at all, or more than can be held. */
  readonly agentDropped: number;
  readonly coalesced: number;
  readonly late: number;
  readonly peakQueuedMs: number;
  readonly interruptions: number;
}

/** What the calls feature does for sessions. Nothing here is awaited by the audio loop. */
export interface CallDesk {
  /** Redeems a stream's one-time token, in the store; rejects with an `AppError` that says why the stream may not start. */
  admit(claim: StreamClaim): Promise<CallPlan>;
  /** Notes the ending unless one is noted, and makes sure that the carrier's leg is hung up. Never rejects. */
  end(callId: string, ending: Ending): Promise<void>;
  /** Where a session's doings are written down. */
  readonly journal: CallJournal;
  /**
   * Something the agent said was heard to its end, or cut off. Asked about each thing it says until what must be said first was heard,
   * which is when a recording may begin; `live` is false once the call is over. Never rejects.
   */
  openingHeard(callId: string, turn: SpokenTurn, live: boolean): Promise<OpeningStep>;
}

/**
 * What follows from something the agent said: `said` the caller knows all they must · `say-again` it was cut off, and the agent has to
 * repeat it · `go-on` it is not complete, and there is nothing to repeat · `ask-again` nobody could tell.
 */
export type OpeningStep = 'said' | 'say-again' | 'go-on' | 'ask-again';

/** Writes down what happens on calls, in order, without ever making the caller wait and without ever throwing. */
export interface CallJournal {
  event(callId: string, type: string, source: string, data?: Readonly<Record<string, unknown>>, at?: Date): void;
  /** Writes turn number `index` of the call, or replaces what was written of it before. */
  turn(callId: string, index: number, turn: SpokenTurn): void;
  /** Sets fields of the call document, such as `conversationId`. */
  note(callId: string, fields: Readonly<Record<string, unknown>>): void;
  /** Resolves when everything said so far about the call is in the store. */
  written(callId: string): Promise<void>;
}

/** A live session, as other features may act on it; each command is safe at any moment of the session's life. */
export interface LiveSession {
  readonly callId: string;
  readonly callSid: string;
  readonly startedAt: Date;
  /** It goes on with a call that another session began. */
  readonly resumed: boolean;
  readonly turns: readonly SpokenTurn[];
  view(): SessionView;
  /** The people with the call beside its agent. */
  readonly people: LivePeople;
  addContext(text: string): void;
  /** Ends the call politely: what is being said is played to its end, or cut off `atOnce`, then the farewell if there is one. */
  sayAndEnd(farewell: string | null, ending: Ending, how?: { readonly atOnce?: boolean }): void;
  /** Ends the session at once and closes the stream. */
  end(ending: Ending): void;
  /** The call is to go to somebody else. Resolves when what is being said was heard, or after a moment; then nothing new is said. */
  passOn(): Promise<void>;
  /** The carrier has taken it: the session closes, and the call goes on without it. */
  passedOn(): void;
  /** It came to nothing: the agent goes on. */
  stay(): void;
  /** Answering machine: the agent speaks its message after the beep, then the call ends. */
  leaveMessage(instructions: string, ending: Ending): void;
}

/** Who listens to a call, and who speaks in its agent's place. Each method throws or rejects with an `AppError` that says why not. */
export interface LivePeople {
  view(): readonly PersonView[];
  readonly speaker: PersonView | null;
  listen(who: CallListener & Pick<PersonLine, 'who'>): Listening;
  /** How loud the call is, for whoever looks at it: this is no listening, and shown to nobody. */
  meter(): CallMeter;
  whisper(who: PersonLine['who'], text: string): void;
  takeOver(line: PersonLine): HeldLine;
  /** Resolves when the agent has the call again. */
  handBack(who: PersonLine['who'], note?: string): Promise<void>;
}

/** How loud each side was, between 0 and 1: mean magnitudes as a share of the loudest there is. */
export type SideLevels = Readonly<Record<CallSide, number>>;

export interface CallMeter {
  /** The loudest moment of each side since this was asked last. */
  take(): SideLevels;
  /** The session has closed; the call may have another one. */
  readonly isOver: boolean;
  stop(): void;
}

/** A person who has the call, as the agent's side must know of them. */
export interface SessionPerson {
  readonly who: PersonLine['who'];
  heardCaller(text: string): void;
  droppedAudio(eventId: number): void;
  /** Another agent took the place of the one before: its numbers begin anew. */
  agentReplaced(): void;
}

/** Who is with a call, whenever that changes. */
export interface PeopleNews {
  readonly callId: string;
  readonly callSid: string;
  readonly people: readonly PersonView[];
  /** When the call reaches its limit, while a person speaks and less than a minute is left. */
  readonly endsAt: string | null;
}

/** One line of the list of sessions. */
export interface SessionView {
  readonly callId: string;
  readonly callSid: string;
  readonly streamSid: string | null;
  readonly direction: CallDirection;
  readonly state: 'connecting' | 'talking' | 'ending' | 'waiting-for-stream';
  readonly agent: 'connecting' | 'queued' | 'ready' | 'reopening' | 'closed';
  readonly startedAt: Date;
  readonly lastCallerAudioAt: Date | null;
  readonly lastAgentAudioAt: Date | null;
  readonly queuedMs: number;
  readonly figures: MediaFigures;
  /** A person speaks in the agent's place. */
  readonly person: boolean;
  /** The tool that the agent uses. */
  readonly tool: string | null;
  /** When the caller ended what the agent has not answered yet; null while they speak, and after the answer. */
  readonly waitsSince: Date | null;
}

/** Every session of this process: one per call. */
export interface SessionRegistry {
  get(callId: string): LiveSession | undefined;
  bySid(callSid: string): LiveSession | undefined;
  all(): readonly LiveSession[];
  readonly size: number;
}
