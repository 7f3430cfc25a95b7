import type { AgentToolUse } from '../scenarios/scenario.ts';
import { fillVariables, type ToolDocument } from './agent-document.ts';
import type { AgentViolationKind } from './agent-ledger.ts';
import type { ClientMessage } from './client-messages.ts';
import { clientToolCall, type ServerMessage, toolPayload, toolRequest, toolResponse } from './server-messages.ts';
import { type SystemTool, systemResult } from './system-tools.ts';

export interface ToolOutcome {
  callId: string;
  name: string;
  type: 'client' | 'webhook' | 'system';
  parameters: object;
  isError: boolean;
  result: string;
  latencySecs: number;
  url?: string;
  /** Of a system tool, in the vendor's form. */
  details?: object;
}

export interface ToolRunnerContext {
  send(message: ServerMessage): void;
  violation(kind: AgentViolationKind, detail: string): void;
  nextEventId(): number;
  newCallId(): string;
  variables(): Record<string, unknown>;
  signal: AbortSignal;
}

export interface ToolRunner {
  /** Runs one tool of the script to its end: answered, failed or timed out. Never rejects. */
  run(use: AgentToolUse, tool: ToolDocument): Promise<ToolOutcome>;
  /** Does what the vendor does itself, and tells the client of it. */
  runSystem(name: SystemTool, use: Pick<AgentToolUse, 'parameters'>, said: string): ToolOutcome;
  /** Takes the client's answer to a call. */
  answer(message: Extract<ClientMessage, { type: 'client_tool_result' }>): void;
}

const defaultTimeoutSecs = 20;
const longestResult = 1024 * 1024;

/** Runs client tools over the socket and server tools over HTTP. Their time limits are in real time: the product is a real computer. */
export function createToolRunner(context: ToolRunnerContext): ToolRunner {
  const waiting = new Map<string, (result: { isError: boolean; result: string }) => void>();
  const timedOut = new Set<string>();

  const askClient = (callId: string, name: string, parameters: object, tool: ToolDocument, eventId: number) =>
    new Promise<{ isError: boolean; result: string }>(resolve => {
      const expects = tool.expects_response ?? false;
      const seconds = tool.response_timeout_secs ?? defaultTimeoutSecs;
      const settle = (outcome: { isError: boolean; result: string }) => {
        clearTimeout(timer);
        context.signal.removeEventListener('abort', gone);
        waiting.delete(callId);
        resolve(outcome);
      };
      const gone = () => settle({ isError: true, result: 'the conversation ended' });
      const late = () => {
        timedOut.add(callId);
        context.violation('tool-result-missing', `${name} was not answered within ${seconds} s`);
        settle({ isError: true, result: `Tool call timed out after ${seconds} seconds` });
      };
      const timer = expects && seconds > 0 ? setTimeout(late, seconds * 1_000) : undefined;
      context.signal.addEventListener('abort', gone, { once: true });
      if (expects) waiting.set(callId, settle);
      context.send(clientToolCall({ name, callId, type: 'client', eventId }, parameters, expects));
      if (!expects) settle({ isError: false, result: '' });
    });

  const askServer = async (parameters: object, tool: ToolDocument) => {
    const { url, method = 'GET', request_headers: headers = {} } = tool.api_schema!;
    const variables = context.variables();
    const filled = new URL(fillVariables(url, variables));
    const withBody = method !== 'GET' && method !== 'DELETE';
    if (!withBody) for (const [key, value] of Object.entries(parameters)) filled.searchParams.set(key, String(value));
    const seconds = tool.response_timeout_secs ?? defaultTimeoutSecs;
    try {
      const reply = await fetch(filled, {
        method,
        redirect: 'manual',
        signal: AbortSignal.any([context.signal, AbortSignal.timeout(seconds * 1_000)]),
        headers: {
          ...(withBody ? { 'content-type': 'application/json' } : {}),
          ...Object.fromEntries(
            Object.entries(headers).map(([key, value]) => [
              key,
              typeof value === 'string'
                ? fillVariables(value, variables)
                : String(variables[value.variable_name] ?? ''),
            ]),
          ),
        },
        ...(withBody ? { body: JSON.stringify(parameters) } : {}),
      });
      const text = (await reply.text()).slice(0, longestResult);
      return { isError: !reply.ok, result: reply.ok ? text : `HTTP ${reply.status}: ${text.slice(0, 500)}` };
    } catch (error) {
      return { isError: true, result: `${filled.origin} did not answer: ${(error as Error).message}` };
    }
  };

  return {
    async run(use, tool) {
      const call = { name: use.name, callId: context.newCallId(), type: tool.type, eventId: context.nextEventId() };
      const parameters = use.parameters ?? {};
      const began = performance.now();
      const expects = tool.type === 'webhook' || (tool.expects_response ?? false);
      context.send(toolRequest(call, expects, tool.response_timeout_secs ?? defaultTimeoutSecs));
      const { isError, result } =
        tool.type === 'client'
          ? await askClient(call.callId, use.name, parameters, tool, call.eventId)
          : await askServer(parameters, tool);
      context.send(toolResponse(call, isError));
      context.send(toolPayload(call, isError, result));
      return {
        ...{ callId: call.callId, name: use.name, type: tool.type, parameters, isError, result },
        latencySecs: (performance.now() - began) / 1_000,
        ...(tool.api_schema ? { url: tool.api_schema.url } : {}),
      };
    },
    runSystem(name, use, said) {
      const call = {
        ...{ name, type: 'system' as const },
        ...{ callId: context.newCallId(), eventId: context.nextEventId() },
      };
      const details = systemResult(name, use, said);
      const isError = details.status === 'error';
      const result = JSON.stringify(details);
      context.send(toolRequest(call, false, defaultTimeoutSecs));
      context.send(toolResponse(call, isError));
      context.send(toolPayload(call, isError, result));
      const { callId, type } = call;
      return { callId, name, type, parameters: use.parameters ?? {}, isError, result, latencySecs: 0, details };
    },
    answer({ tool_call_id: callId, result, is_error: isError, error_type: errorType }) {
      const settle = waiting.get(callId);
      if (settle) return settle({ isError: isError || errorType !== undefined, result });
      if (timedOut.delete(callId)) return; // late, but it came: the agent has gone on without it
      context.violation('tool-result-unknown', `no call ${callId} waits for a result`);
    },
  };
}
