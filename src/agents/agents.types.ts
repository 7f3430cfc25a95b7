import type { AudioFormat, EngineKind, EngineOverrides } from '../engines/engine-contract.ts';

export const amdModes = ['off', 'detect', 'wait-for-end'] as const;
export const machineActions = ['hang-up', 'continue', 'leave-message'] as const;

/** What is done about answering machines; a call's own wish goes over its campaign's, its agent's, and the configuration. */
export interface AmdPolicy {
  readonly mode: (typeof amdModes)[number];
  readonly onMachine: (typeof machineActions)[number];
  /** Spoken after the beep, or the address of a recording that is played; without one the agent speaks for itself. */
  readonly message?: string;
  readonly timeoutSeconds?: number;
  readonly speechThresholdMs?: number;
  readonly speechEndThresholdMs?: number;
  readonly silenceTimeoutMs?: number;
}

/** One version of an agent, as a call uses it. */
export interface AgentProfile {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly engine: EngineKind;
  readonly vendorAgentId: string;
  /** What the vendor said when it was last read; null before that. */
  readonly audio: { readonly input: AudioFormat; readonly output: AudioFormat } | null;
  /** Variables that its texts expect. */
  readonly variables: readonly string[];
  /** Fields of the vendor's agent that this record replaces. */
  readonly overrides: EngineOverrides;
  /** Fields that the vendor lets a session replace. */
  readonly permitted: readonly (keyof EngineOverrides)[];
  /** Languages that the vendor's agent speaks; versions of older releases do not say. */
  readonly languages?: readonly string[];
  /** What it says first: the vendor's when last read, unless the record replaces it; null when it waits for the caller. */
  readonly firstMessage: string | null;
  /** The caller id it likes best. */
  readonly callerId: string | null;
  /** Whom it says it is, and for which business it speaks. */
  readonly speaksAs: string | null;
  readonly business: string | null;
  readonly amd: Partial<AmdPolicy> | null;
  readonly record: boolean | null;
  readonly maxMinutes: number | null;
  readonly silenceSeconds: number | null;
  /** The vendor's own limit on a conversation. */
  readonly vendorMaxSeconds: number | null;
  /** After so much silence the vendor ends a conversation itself; null where it does not. */
  readonly vendorSilenceSeconds: number | null;
  /** Goodbye before we end a call at a limit, and after silence; spoken by the agent when null. */
  readonly farewell: string | null;
}

/** What other features may ask the agents feature. */
export interface AgentDirectory {
  /** The current version; throws `AGENT_NOT_FOUND` when there is none or it is archived. */
  current(id: string): Promise<AgentProfile>;
  /** The version a call ran with. */
  version(id: string, version: number): Promise<AgentProfile>;
  /** Who answers when nobody is named: the only agent, or the one made at the first start. */
  byDefault(): Promise<AgentProfile>;
}

/** What other features tell the agents feature, so that nobody is archived who is needed. */
export interface AgentUses {
  /** `find` names, in words for people, what still needs the agent: numbers it answers, campaigns that run with it. */
  neededBy(find: (agentId: string) => Promise<readonly string[]>): void;
}

/** A number of ours about which somebody must do something, and since when. */
export interface TroubledNumber {
  readonly id: string;
  readonly phone: string;
  /** The carrier does not list it any more. */
  readonly gone: boolean;
  /** An agent or a text is to answer it. */
  readonly answered: boolean;
  /** Why calls to it do not reach us. */
  readonly problem: string | null;
  readonly problemSince: Date | null;
  /** Why calls may not come from it. */
  readonly callerProblem: string | null;
  readonly callerProblemSince: Date | null;
}

/** What other features may ask about our own telephone numbers. */
export interface NumberDirectory {
  /** Who answers this number; null when it is not ours. */
  answering(phone: string): Promise<{
    readonly phone: string;
    readonly label: string;
    readonly agentId: string | null;
    /** Spoken instead of, or without, an agent. */
    readonly text: string | null;
    /** Now is outside of its opening hours. */
    readonly closed: boolean;
  } | null>;
  /** Whether a call may come from it: owned, or confirmed by the carrier. */
  mayCallFrom(phone: string): Promise<boolean>;
  /** The carrier took a call from it, or refused it as caller id; then this is what it said. Never rejects. */
  usedAsCallerId(phone: string, problem: string | null): Promise<void>;
  /** Those that calls do not reach or may not come from, among the newest ones. */
  troubled(): Promise<readonly TroubledNumber[]>;
  /** The caller id used when nobody names one. */
  defaultCallerId(): Promise<string | null>;
}
