// What goes over Socket.IO, for server and dashboard alike. Types alone: nothing here runs.
import type { MetricsTick } from '../analytics/analytics-events.ts';
import type { SideLevels } from '../bridge/bridge.types.ts';
import type { CallFlag } from '../calls/calls.types.ts';
import type { CampaignLogEntry } from '../campaigns/campaigns-events.ts';
import type { CallSide, LetGo, PersonView, TransferOrder } from '../handoff/handoff.types.ts';

/** A call as the API shows it; `seq` is the one it has here. */
export type LiveCall = {
  readonly id: string;
  readonly sid: string | null;
  readonly seq: number;
  readonly [field: string]: unknown;
};

/**
 * Of every entity the newest `seq` counts: an event with an older one or the same is dropped. The seq of a call is its document's
 * version, the same in every process and in the API; that of a turn is the time at which it was told, in milliseconds.
 */
export interface Stamp {
  readonly seq: number;
  readonly at: string;
}

/** A call that a client said it holds, and that has not changed since; with what is never held back. */
export interface UnchangedCall {
  readonly id: string;
  readonly seq: number;
  readonly live: LiveFields;
}

export interface CallsSnapshot {
  readonly at: string;
  /** Every call that has not ended, each with the seq it has here and its live fields. What a client holds beyond these has ended. */
  readonly calls: readonly { readonly seq: number; readonly call: LiveCall & LiveFields }[];
  /** Those of the `since` that came with the handshake which are still good. */
  readonly unchanged: readonly UnchangedCall[];
}

export interface CallStarted extends Stamp {
  readonly call: LiveCall;
}

export interface CallUpdated extends Stamp {
  readonly callSid: string | null;
  readonly callId: string;
  /**
   * The fields bring whoever holds the call as it was at this seq, or at any between this and `seq`, to `seq`. Whoever holds an
   * older one has missed something, and asks for the call. With 0 they are all fields that a call has.
   */
  readonly since: number;
  /** The changed fields with their values, as the API shows them. Live ones that no document has (`activity`) come with both seqs 0 and always count. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A `person` is a colleague who spoke in the agent's place: their words are not transcribed, and the text says so. */
export interface LiveTurn {
  readonly role: 'agent' | 'caller' | 'person';
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

/** What was said on a call until now, as `call:watch` answers it. A place without a turn is one whose words are still on their way. */
export interface TranscriptSnapshot {
  readonly callSid: string | null;
  readonly callId: string;
  readonly turns: readonly (LiveTurn | null)[];
}

/** How things stand, at most once a second; `processes` are all that share the store. */
export type MetricsUpdate = Omit<MetricsTick, 'at'> & Stamp;

/** Why a connection is about to be ended by the server. */
export interface ConnectionEnding {
  /** `expired` no fresh token came in time · `revoked` the session, account or key is gone · `flood` too many refused commands · `closing` the process stops. */
  readonly reason: 'expired' | 'revoked' | 'flood' | 'closing';
  readonly code: string;
  readonly message: string;
}

/** Several events in the order in which they happened, for clients that asked for them with `auth: {batch: true}`. */
export interface LiveBatch {
  readonly at: string;
  readonly events: readonly (readonly [name: string, payload: unknown])[];
}

export interface CallReported {
  readonly callSid: string | null;
  readonly callId: string;
  readonly at: string;
}

export interface CommandError {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details?: Readonly<Record<string, unknown>>;
  };
}
export type CommandAnswer<T = unknown> = ({ readonly ok: true } & T) | CommandError;

/** A colleague who is with a live call. Listening is never secret: whoever sees the call sees them. */
export type LivePerson = PersonView;

export interface LiveActivity {
  readonly agent: 'connecting' | 'speaking' | 'listening' | 'thinking' | 'using-tool' | 'person';
  readonly step?: string;
  readonly lastActivityAt: string;
}

/**
 * Why a call needs a person, by rules over what happened on it: `opt-out`, `emergency`, `agent-lost` · `asked-for-person`, `upset`,
 * `silence`, `interruptions`, `agent-slow`, `tool-failed`. Here the reason quotes what was said; the call's own `flags` do not.
 */
export type LiveFlag = CallFlag;

/**
 * What a live call has beside the fields of its document, in snapshots and in `call:updated` (then with the seq unchanged). Each
 * is sent whole; one that is missing is not known, and a dashboard leaves out what it would show.
 */
export interface LiveFields {
  readonly activity?: LiveActivity;
  /** In the order in which they came. */
  readonly people?: readonly LivePerson[];
  /** When the call reaches its limit, while a colleague speaks and less than a minute is left. */
  readonly endsAt?: string | null;
  /** The newest turn, in snapshots: a wall need not ask for every transcript. Afterwards `call:transcript` tells. */
  readonly lastTurn?: Pick<CallTranscript, 'index' | 'turn' | 'final'> | null;
  /** Urgent ones first, then the oldest. One that no longer holds is not there any more. */
  readonly flags?: readonly LiveFlag[];
}

/** To those who watch a call: one more entry of `GET /api/calls/:sid/events`; `event.seq` is the entry's own. */
export interface CallEventAdded {
  readonly callSid: string | null;
  readonly callId: string;
  readonly event: {
    readonly seq: number;
    readonly type: string;
    readonly at: string;
    readonly source: string;
    readonly data: Readonly<Record<string, unknown>>;
  };
}

/** To those who watch a call, five times a second while it is not silent: how loud each side was, between 0 and 1. Some may be missing. */
export interface CallLevels extends Stamp {
  readonly callSid: string | null;
  readonly callId: string;
  readonly levels: SideLevels;
}

/** The campaign as the API shows it; `seq` is its version, there and here. Older than what is held: drop it. */
export interface CampaignStatus extends Stamp {
  readonly campaignId: string;
  readonly campaign: Readonly<Record<string, unknown>>;
  /** What changed; null when it is new. */
  readonly fields: readonly string[] | null;
}

/** How far a campaign is, at most once a second while it runs; whole each time. Its `seq` counts by itself. */
export interface CampaignProgress extends Stamp {
  readonly campaignId: string;
  readonly stats: Readonly<Record<string, unknown>>;
}

/** One more entry of the campaign's log; `entry.seq` is the entry's own. */
export interface CampaignEventAdded {
  readonly campaignId: string;
  readonly entry: CampaignLogEntry;
}

/** This connection no longer hears the call, or no longer speaks on it. Somebody who was handed back or outrun may go on listening. */
export interface CallLetGo {
  readonly callSid: string | null;
  readonly callId: string;
  readonly what: 'listen' | 'takeover';
  readonly why: LetGo;
}

/** What the server sends, by name. A connection that may see calls gets `calls:snapshot` at once, also after every reconnect. */
export interface ServerEvents {
  'calls:snapshot': (snapshot: CallsSnapshot) => void;
  'call:started': (event: CallStarted) => void;
  'call:updated': (event: CallUpdated) => void;
  'call:transcript': (event: CallTranscript) => void;
  'call:ended': (event: CallEnded) => void;
  /** The record of an ended call was completed by the agent's vendor: its transcript and summary are to be read again. */
  'call:reported': (event: CallReported) => void;
  'call:event': (event: CallEventAdded) => void;
  'call:levels': (event: CallLevels) => void;
  'call:letgo': (event: CallLetGo) => void;
  'campaign:status': (event: CampaignStatus) => void;
  'campaign:progress': (event: CampaignProgress) => void;
  'campaign:event': (event: CampaignEventAdded) => void;
  'metrics:update': (event: MetricsUpdate) => void;
  /** What only a person can mend may have changed: `GET /api/alerts` says how it stands. */
  'alerts:changed': (event: { readonly at: string }) => void;
  /** The last word on a connection; it is ended right after. */
  'auth:expired': (ending: ConnectionEnding) => void;
  /** The process takes no new calls and stops when its live ones have ended: time to connect to another one. */
  'server:draining': (event: { readonly at: string }) => void;
  'live:batch': (batch: LiveBatch) => void;
  /** µ-law 8 kHz; one stream for each connection and call: taking over while listening does not double it, and seq goes on. */
  'call:audio': (sid: string, side: CallSide, seq: number, bytes: Uint8Array) => void;
}

type Command<A, R = unknown> = (args: A, answer: (answer: CommandAnswer<R>) => void) => void;

/** What a client asks, by name. `sid` may be our id or the carrier's. */
export interface ClientCommands {
  'auth:renew': Command<{ readonly token: string }, { readonly expiresAt: string | null }>;
  /** Adds one call's `call:event`, and answers what was said on it until now; `call:unwatch` takes it away. */
  'call:watch': Command<{ readonly sid: string }, { readonly transcript: TranscriptSnapshot }>;
  'call:unwatch': Command<{ readonly sid: string }>;
  /** Adds one campaign's events, and answers the campaign as it is now. */
  'campaign:watch': Command<{ readonly id: string }, { readonly campaign: Readonly<Record<string, unknown>> }>;
  'campaign:unwatch': Command<{ readonly id: string }>;
  'call:listen': Command<{ readonly sid: string }>;
  'call:unlisten': Command<{ readonly sid: string }>;
  'call:whisper': Command<{ readonly sid: string; readonly text: string }>;
  'call:takeover': Command<{ readonly sid: string }>;
  'call:handback': Command<{ readonly sid: string; readonly note?: string }>;
  'call:transfer': Command<{ readonly sid: string } & TransferOrder>;
  'call:hangup': Command<{ readonly sid: string }>;
  'call:microphone': (sid: string, seq: number, bytes: Uint8Array) => void;
}

/** What a client sends as `auth` when it connects. */
export interface HandshakeAuth {
  /** An access token, an API key or the installation's `API_KEY`. */
  readonly token: string;
  /** Take events in `live:batch` envelopes: far cheaper for both sides. Audio and answers come on their own all the same. */
  readonly batch?: boolean;
  /** The calls held from before with their seqs: the snapshot then repeats only what has changed. */
  readonly since?: readonly (readonly [id: string, seq: number])[];
}
