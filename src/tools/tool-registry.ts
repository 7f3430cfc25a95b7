import type { Logger } from 'pino';
import type { TObject } from 'typebox';
import Schema from 'typebox/schema';
import type { EngineToolCall } from '../engines/engine-contract.ts';
import type { Metrics } from '../ops/metrics.ts';
import { longestToolResult, type ToolBox, type ToolContext, type ToolOutcome } from './tools.types.ts';

/** Something an agent may ask us to do during a call, by the name it has at the vendor. */
export interface Tool {
  readonly name: string;
  /** Arguments the handler is given; others are refused before it runs. */
  readonly parameters: TObject;
  /** After this the agent is told that it took too long; at most what the vendor waits. */
  readonly timeLimitMs?: number;
  /**
   * Returns what the agent is told, as text or as something that JSON can say. A `ToolProblem` is told to the agent as it
   * stands; whatever else is thrown is logged, and the agent hears only that it did not work.
   */
  run(args: Readonly<Record<string, unknown>>, context: ToolContext): Promise<unknown> | unknown;
}

/** Something the agent should know and may tell the caller: written for it, without internals. */
export class ToolProblem extends Error {
  override readonly name = 'ToolProblem';
}

export interface ToolRegistry extends ToolBox {
  /** Adds a tool; a name that is taken or malformed is a mistake of ours and throws. */
  add(tool: Tool): void;
  readonly names: readonly string[];
}

const standardLimitMs = 15_000;
const vendorName = /^[a-zA-Z0-9_-]{1,64}$/;
const results = ['ok', 'unknown', 'bad-arguments', 'refused', 'failed', 'timeout', 'gone'] as const;
type Result = (typeof results)[number];

export function createToolRegistry({ logger, metrics }: { logger: Logger; metrics: Metrics }): ToolRegistry {
  const tools = new Map<string, Tool>();
  // Names of tools come from the vendor's agents, so an unknown one is no label.
  const calls = metrics.counter('tool_calls_total', 'Tools that agents called, by what came of it.', [
    'tool',
    'result',
  ]);
  const seconds = metrics.histogram(
    'tool_seconds',
    'Time a tool took.',
    [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 20],
    ['tool'],
  );

  return {
    get names() {
      return [...tools.keys()];
    },

    add(tool) {
      if (!vendorName.test(tool.name) || tools.has(tool.name)) {
        throw new Error(`A tool cannot be named ${tool.name}: the name is taken, or no name the vendor allows`);
      }
      tools.set(tool.name, tool);
    },

    async run(call, context) {
      const tool = tools.get(call.name);
      const label = tool?.name ?? 'none';
      const startedAt = performance.now();
      const [result, outcome] = await resultOf(tool, call, context, error =>
        logger.error({ err: error, tool: label, callId: context.callId }, 'a tool failed'),
      );
      calls.inc({ tool: label, result });
      if (tool) seconds.observe({ tool: label }, (performance.now() - startedAt) / 1000);
      return outcome;
    },
  };
}

const failed = (result: Result, text: string): [Result, ToolOutcome] => [result, { result: text, isError: true }];

async function resultOf(
  tool: Tool | undefined,
  call: EngineToolCall,
  context: ToolContext,
  log: (error: unknown) => void,
): Promise<[Result, ToolOutcome]> {
  if (!tool) return failed('unknown', 'There is no tool with this name.');
  if (context.signal.aborted) return failed('gone', 'The call has ended.');
  const problem = argumentProblem(tool.parameters, call.arguments);
  if (problem) return failed('bad-arguments', problem);

  const own = new AbortController();
  const signal = AbortSignal.any([context.signal, own.signal]);
  let timer: NodeJS.Timeout | undefined;
  let gone = () => {};
  const cut = new Promise<[Result, ToolOutcome]>(resolve => {
    gone = () => resolve(failed('gone', 'The call has ended.'));
    context.signal.addEventListener('abort', gone, { once: true });
    timer = setTimeout(() => resolve(failed('timeout', 'It took too long.')), tool.timeLimitMs ?? standardLimitMs);
  });
  // A handler that throws at once, later, or after nobody waits for it any more: all are the same to the agent.
  const work = (async () => asText(await tool.run(structuredClone(call.arguments), { ...context, signal })))().then(
    (result): [Result, ToolOutcome] => ['ok', { result, isError: false }],
    (error: unknown) => {
      if (error instanceof ToolProblem) return failed('refused', error.message.slice(0, longestToolResult));
      if (!signal.aborted) log(error);
      return failed('failed', 'It did not work.');
    },
  );
  try {
    return await Promise.race([work, cut]);
  } finally {
    clearTimeout(timer);
    context.signal.removeEventListener('abort', gone);
    // Whatever it still does, nobody waits for: it should stop.
    own.abort();
  }
}

/** The first thing wrong with the arguments, in words that let the agent's model do better. */
function argumentProblem(parameters: TObject, given: unknown): string | undefined {
  const [fits, errors] = Schema.Errors(parameters, given);
  if (fits) return undefined;
  const error =
    errors.find(({ keyword }) => keyword === 'additionalProperties') ??
    errors.find(({ keyword }) => keyword === 'required') ??
    errors.find(({ keyword }) => keyword !== 'boolean');
  if (!error) return 'The arguments are not valid.';
  const field = error.instancePath.slice(1).replaceAll('/', '.');
  const params = error.params as { requiredProperties?: string[]; additionalProperties?: string[] };
  if (error.keyword === 'required') return `These arguments are missing: ${params.requiredProperties?.join(', ')}.`;
  if (error.keyword === 'additionalProperties') {
    return `There are no such arguments: ${params.additionalProperties?.join(', ').slice(0, 500)}.`;
  }
  return `The argument ${field || 'object'} ${error.message}.`;
}

/** Objects become JSON; nothing becomes an empty text. Throws for what JSON cannot say, such as a circle. */
function asText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length <= longestToolResult ? text : `${text.slice(0, longestToolResult - 1)}…`;
}
