import type { EngineSession, EngineToolCall } from '../engines/engine-contract.ts';
import type { SessionCore } from './session-core.ts';

/** The tools that the agent called: each is run, written down, and answered where an answer is waited for. */
export class ToolRuns {
  private readonly core: SessionCore;
  private readonly abort = new AbortController();
  private readonly running = new Set<EngineToolCall>();

  constructor(core: SessionCore) {
    this.core = core;
  }

  /** Whether one runs: the caller waits for its result then. */
  get busy(): boolean {
    return this.running.size > 0;
  }

  /** The name of one that runs; of several the first. */
  get current(): string | null {
    for (const { name } of this.running) return name;
    return null;
  }

  async run(call: EngineToolCall, session: EngineSession): Promise<void> {
    const { core } = this;
    const { plan, parts } = core;
    const { callId, callSid, direction, to, from, variables, answeredAt } = plan;
    const { signal } = this.abort;
    const since = parts.clock.now();
    this.running.add(call);
    core.event('tool-called', 'elevenlabs', { name: call.name, toolCallId: call.toolCallId });
    const context = { callId, callSid, direction, to, from, variables, answeredAt, signal, agentId: plan.agent.id };
    const outcome = await parts.tools.run(call, context);
    this.running.delete(call);
    const ms = Math.round(parts.clock.now() - since);
    const { isError, result } = outcome;
    core.event('tool-answered', 'system', { name: call.name, toolCallId: call.toolCallId, isError, ms });
    if (call.expectsResult) session.answerTool(call.toolCallId, result, isError);
  }

  /** The call is over: whatever still runs may stop. */
  stop() {
    this.abort.abort();
  }
}
