import type { AudioFormat } from '../audio/audio-format.ts';
import type { AppError } from '../errors.ts';

export type { AudioFormat };

/** Services that can make an agent speak. Only those with an implementation are offered; the rest are refused by name. */
export const engineKinds = ['elevenlabs', 'openai-realtime', 'pipeline', 'relay'] as const;
export type EngineKind = (typeof engineKinds)[number];

/** One conversation with an AI agent, behind one contract whatever the vendor. */
export interface Engine {
  readonly kind: EngineKind;
  /** Prepares a conversation while the phone rings. Rejects with an `EngineError`: then nobody is dialled. */
  reserve(agent: EngineAgent): Promise<EngineReservation>;
  /** Opens the conversation; the session is returned at once and tells its listener what comes of it. */
  open(context: AgentCallContext, listener: EngineListener): EngineSession;
  /** The vendor's agents, for choosing. */
  agents(): Promise<readonly VendorAgentSummary[]>;
  agent(vendorAgentId: string): Promise<VendorAgent>;
}

/** What an engine needs to know of our agent record. */
export interface EngineAgent {
  readonly vendorAgentId: string;
  /** Fields that the vendor lets a session replace; none when absent. */
  readonly permitted?: readonly (keyof EngineOverrides)[];
  /** What it says first at the vendor, as far as known; null when it waits for the caller. */
  readonly firstMessage?: string | null;
}

/** A conversation that may be opened until it expires; `secret` (such as a signed address) is never logged or stored. */
export interface EngineReservation {
  readonly kind: EngineKind;
  readonly vendorAgentId: string;
  readonly secret: string;
  readonly expiresAt: Date;
}

/** Fields of the vendor's agent that a session may replace, where our record and the vendor's settings allow it. */
export interface EngineOverrides {
  readonly firstMessage?: string;
  readonly prompt?: string;
  readonly language?: string;
  readonly voiceId?: string;
}

export interface AgentCallContext {
  /** Our attempt id. The vendor keeps it with the conversation, so that one can be found by the other. */
  readonly callId: string;
  /** Whom the vendor should take the caller for in its records; the attempt id when absent. */
  readonly userId?: string;
  readonly agent: EngineAgent;
  readonly variables: Readonly<Record<string, string | number | boolean>>;
  readonly overrides?: EngineOverrides;
  readonly reservation?: EngineReservation;
  /**
   * The conversation so far, when this session continues one that was lost. The session tells the agent and asks it to go on;
   * its greeting is left out, or kept from being heard where the vendor does not let us leave it out.
   */
  readonly resume?: { readonly conversation: string };
}

export interface EngineTurn {
  readonly role: 'agent' | 'caller';
  readonly text: string;
  /** The vendor's number of the event it came with; audio of the same answer carries it too. */
  readonly eventId: number | null;
}

export interface EngineToolCall {
  readonly toolCallId: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** False when the vendor does not wait for a result. */
  readonly expectsResult: boolean;
}

/** What one session tells the one who opened it. Methods are called synchronously, in the order of the wire. */
export interface EngineListener {
  /** Audio may flow. `input` is what `sendAudio` must be given, `output` what `audio` brings. */
  ready(formats: { input: AudioFormat; output: AudioFormat; conversationId: string }): void;
  /** Base64 of the output format; the buffer is only valid during the call unless it is copied. */
  audio(base64: Buffer | string, eventId: number): void;
  /** The caller spoke over the agent: audio with a lower event id is void. */
  interrupted(eventId: number): void;
  /** `final` is false for words that may still change. */
  transcript(turn: EngineTurn, final: boolean): void;
  /** What the agent really said before it was cut off, as the vendor sees it. */
  corrected(eventId: number | null, original: string, corrected: string): void;
  toolCall(call: EngineToolCall): void;
  /** The vendor opened a session but makes it wait for capacity; true while waiting. */
  queued(waiting: boolean): void;
  /** Other things that may be worth writing down. Never words that were said. */
  note(type: EngineNote, data: Readonly<Record<string, unknown>>): void;
  /** Exactly once, last. */
  ended(end: EngineEnd): void;
}

/**
 * `ping` the vendor measured the way between us · `tool-requested`, `tool-finished` tools of every kind, `end_call` among them ·
 * `mcp-tool` a tool of the vendor's · `guardrail` · `complaint` the vendor did not like a message of ours ·
 * `unknown-message`, `unreadable-message` the first of each kind; all are counted in the metrics.
 */
export type EngineNote =
  | 'ping'
  | 'tool-requested'
  | 'tool-finished'
  | 'mcp-tool'
  | 'guardrail'
  | 'complaint'
  | 'unknown-message'
  | 'unreadable-message';

export interface EngineEnd {
  /** `agent` it said goodbye · `closed` we closed it · `lost` the socket broke, a new session may go on · `refused` it makes no sense to try again. */
  readonly kind: 'agent' | 'closed' | 'lost' | 'refused';
  /** Short and fixed, such as `agent-ended`, `voicemail-detected`, `credits-exhausted`, `max-duration`. */
  readonly reason: string;
  /** The vendor's own words and codes, for the call's record. */
  readonly detail: { readonly closeCode?: number; readonly closeReason?: string; readonly message?: string };
}

export interface EngineSession {
  readonly kind: EngineKind;
  /** Null until the vendor named it. */
  readonly conversationId: string | null;
  /** One frame or more of base64 audio in the input format. Nothing is sent before `ready`; the caller buffers. */
  sendAudio(base64: Buffer | string): void;
  /** A key the caller pressed. Keys pressed shortly after each other reach the agent together, as one answer. */
  sendDtmf(digit: string): void;
  /** Something the agent should know without answering it. */
  addContext(text: string): void;
  /** Something the agent should answer now, as if the caller had said it. */
  prompt(text: string): void;
  /** Tells the vendor that the caller is active although silent. */
  keepAlive(): void;
  /** Each call is answered once; a second answer, or one nobody waits for, is left unsent. */
  answerTool(toolCallId: string, result: string, isError: boolean): void;
  /** Bytes accepted from us that the network has not taken yet. */
  readonly bufferedBytes: number;
  close(reason: string): void;
}

export interface VendorAgentSummary {
  readonly id: string;
  readonly name: string;
}

export interface VendorAgent extends VendorAgentSummary {
  readonly firstMessage: string | null;
  readonly input: AudioFormat | null;
  readonly output: AudioFormat | null;
  /** Dynamic variables its texts expect, without the vendor's own. */
  readonly variables: readonly string[];
  /** Fields that a session may override. */
  readonly overrides: readonly (keyof EngineOverrides)[];
  /** Languages that it speaks, its own first; a session in another one is refused. */
  readonly languages: readonly string[];
  readonly maxDurationSeconds: number | null;
  /** It ends a conversation itself after so much silence; null where it does not. */
  readonly endsSilenceAfterSeconds: number | null;
}

/** Every rejection of an `Engine`. */
export interface EngineError extends AppError {
  /** `credentials`, `credits`, `agent` wait for a person; `full` and `unavailable` pass by themselves. */
  readonly fault: 'credentials' | 'credits' | 'agent' | 'full' | 'unavailable';
  readonly httpStatus: number | null;
}
