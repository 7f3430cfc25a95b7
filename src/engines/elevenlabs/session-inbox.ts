import type { AgentCallContext, AudioFormat, EngineEnd, EngineListener } from '../engine-contract.ts';
import {
  audioFormatOf,
  contextMessage,
  mcpRefusal,
  pongMessage,
  type ServerMessage,
  toolResultMessage,
  userMessage,
} from './elevenlabs-protocol.ts';
import { greetsAgain, resumeTexts } from './session-start-protocol.ts';

/** What messages make a session do. */
export interface InboxActions {
  send(message: string): void;
  ready(conversationId: string, formats: { input: AudioFormat; output: AudioFormat }): void;
  notUnderstood(problem: 'unknown' | 'unreadable'): void;
  refuse(end: EngineEnd): void;
  /** The agent said that it ends the call; the close frame should follow. */
  agentEnds(): void;
  greetingTimer(run: () => void): void;
}

export interface Inbox {
  receive(message: ServerMessage, at: number): void;
  binary(): void;
  /** Whether this call waits for an answer of ours, which is then its only one. */
  takeToolCall(toolCallId: string): boolean;
  readonly established: boolean;
  readonly lastError: { readonly errorType: string | null; readonly message: string } | null;
  readonly pinged: boolean;
  readonly longestPingGapMs: number;
}

type MessageOf<K extends ServerMessage['kind']> = Extract<ServerMessage, { readonly kind: K }>;

const mostOpenTools = 200;
const mostNotedKinds = 20;

/** What each message of the server does, in the order of the wire. */
export function createInbox(context: AgentCallContext, listener: EngineListener, actions: InboxActions): Inbox {
  /** Calls of tools seen, and whether an answer is still due. */
  const tools = new Map<string, boolean>();
  const noted = new Set<string>();
  let open = false;
  let established = false;
  let lastError: Inbox['lastError'] = null;
  let interruptedAt = 0;
  let newest = 0;
  let lastPingAt: number | undefined;
  let longestPingGapMs = 0;
  /** While true, a greeting that could not be left out is not heard; its second answer ends that. */
  let greeting = greetsAgain(context);
  let greeted = false;

  const see = (eventId: number | null): number => {
    if (eventId !== null && eventId > newest) newest = eventId;
    return eventId ?? newest;
  };
  const passOver = (problem: 'unknown' | 'unreadable', kind: string) => {
    actions.notUnderstood(problem);
    if (noted.has(kind) || noted.size >= mostNotedKinds) return;
    noted.add(kind);
    listener.note(`${problem}-message`, { kind });
  };

  const begin = ({ conversationId, ...names }: MessageOf<'metadata'>) => {
    if (open) return passOver('unreadable', 'metadata-again');
    const [input, output] = [audioFormatOf(names.input), audioFormatOf(names.output)];
    if (!input || !output) {
      const message = `audio formats ${names.input} and ${names.output}`.slice(0, 200);
      return actions.refuse({ kind: 'refused', reason: 'audio-format-unknown', detail: { message } });
    }
    open = true;
    actions.ready(conversationId, { input, output });
    if (!context.resume) return;
    const texts = resumeTexts(context.resume);
    actions.send(contextMessage(texts.context));
    actions.send(userMessage(texts.prompt));
    if (greeting) actions.greetingTimer(() => (greeting = false));
  };

  const callTool = (message: MessageOf<'tool-call'>) => {
    const { id, name, expectsResult } = message;
    if (tools.has(id)) return passOver('unreadable', 'tool-call-again');
    const refusal =
      message.arguments === null
        ? 'The arguments must be an object.'
        : tools.size >= mostOpenTools
          ? 'Too many tools were called in this conversation.'
          : undefined;
    if (refusal !== undefined) {
      if (expectsResult) actions.send(toolResultMessage(id, refusal, true));
      return;
    }
    tools.set(id, expectsResult);
    listener.toolCall({ toolCallId: id, name, arguments: message.arguments ?? {}, expectsResult });
  };

  const handlers: { readonly [K in ServerMessage['kind']]: (message: MessageOf<K>, at: number) => void } = {
    audio({ base64, eventId }) {
      if (!open) return passOver('unreadable', 'before-metadata');
      established = true;
      const id = see(eventId);
      // Only strictly older audio is void: the answer to a message may carry the interruption's own id.
      if (id >= interruptedAt && !greeting && base64.length > 0) listener.audio(base64, id);
    },
    metadata: begin,
    ping({ eventId, latencyMs }, at) {
      actions.send(pongMessage(eventId));
      established = open;
      see(eventId);
      if (lastPingAt !== undefined) longestPingGapMs = Math.max(longestPingGapMs, at - lastPingAt);
      lastPingAt = at;
      if (latencyMs !== null) listener.note('ping', { latencyMs });
    },
    interruption({ eventId }) {
      interruptedAt = Math.max(interruptedAt, see(eventId));
      greeting = false;
      listener.interrupted(interruptedAt);
    },
    'caller-said'({ text, eventId, final }) {
      established = true;
      see(eventId);
      if (text.trim() !== '') listener.transcript({ role: 'caller', text, eventId }, final);
    },
    'agent-said'({ text, eventId }) {
      established = true;
      see(eventId);
      if (greeting && !greeted) {
        greeted = true;
        return;
      }
      greeting = false;
      if (text.trim() !== '') listener.transcript({ role: 'agent', text, eventId }, true);
    },
    correction: ({ eventId, original, corrected }) => listener.corrected(eventId, original, corrected),
    'tool-call': callTool,
    queue({ status }) {
      // After `timed_out` the close frame follows.
      if (status !== 'timed_out') listener.queued(status === 'waiting');
    },
    error({ errorType, message }) {
      lastError = { errorType, message };
    },
    'tool-progress'({ finished, data }) {
      listener.note(finished ? 'tool-finished' : 'tool-requested', { ...data });
      const worked = data.status === null || data.status === 'success';
      if (finished && worked && data.tool === 'end_call') actions.agentEnds();
    },
    'mcp-call'({ id, name, state }) {
      if (state === 'awaiting_approval') actions.send(mcpRefusal(id));
      listener.note('mcp-tool', { tool: name, state });
    },
    guardrail: ({ name }) => listener.note('guardrail', { name }),
    complaint: ({ name, code }) => listener.note('complaint', { name, code }),
    unknown: ({ type }) => passOver('unknown', type),
    unreadable: ({ why }) => passOver('unreadable', why),
    ignored: () => undefined,
  };

  return {
    receive: (message, at) => handlers[message.kind](message as never, at),
    binary: () => passOver('unreadable', 'binary'),
    takeToolCall(id) {
      const due = tools.get(id) === true;
      if (due) tools.set(id, false);
      return due;
    },
    get established() {
      return established;
    },
    get lastError() {
      return lastError;
    },
    get pinged() {
      return lastPingAt !== undefined;
    },
    get longestPingGapMs() {
      return longestPingGapMs;
    },
  };
}
