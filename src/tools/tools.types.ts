import type { CallDirection } from '../calls/call-state.ts';
import type { EngineToolCall } from '../engines/engine-contract.ts';

/** The call on which an agent asks for a tool. */
export interface ToolContext {
  readonly callId: string;
  readonly callSid: string;
  readonly direction: CallDirection;
  readonly to: string;
  readonly from: string;
  readonly agentId: string;
  readonly variables: Readonly<Record<string, string | number | boolean>>;
  readonly answeredAt: Date;
  /** Aborted when the session ends: a tool that still runs is told, and its result is not waited for. */
  readonly signal: AbortSignal;
}

export interface ToolOutcome {
  /** What the agent is told, at most `longestToolResult` characters. */
  readonly result: string;
  readonly isError: boolean;
}

/** A result goes through the agent's model: more would cost time and money, and say nothing. */
export const longestToolResult = 16_000;

/** What agents may ask us to do during a call. */
export interface ToolBox {
  /**
   * Exactly one outcome for every call of a tool, whatever happens: an unknown name, bad arguments, a tool that throws,
   * one that takes too long, a session that ends meanwhile. Never rejects.
   */
  run(call: EngineToolCall, context: ToolContext): Promise<ToolOutcome>;
}
