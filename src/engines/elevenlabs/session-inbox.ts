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
  /** The agent said that it ends the call, and how; the close frame should follow. */
  agentEnds(reason: string): void;
  greetingTimer(run: () => void): void;
}

type MessageOf<K extends ServerMessage['kind']> = Extract<ServerMessage, { readonly kind: K }>;

const mostOpenTools = 200;
const mostNotedKinds = 20;

/** The vendor's own tools after which it hangs up. */
const endingTools: ReadonlyMap<string, string> = new Map([
  ['end_call', 'agent-ended'],
  ['voicemail_detection', 'voicemail-detected'],
]);

/** What each message of the server does, in the order of the wire. */
export class Inbox {
  established = false;
  lastError: { readonly errorType: string | null; readonly message: string } | null = null;
  longestPingGapMs = 0;
  private readonly context: AgentCallContext;
  private readonly listener: EngineListener;
  private readonly actions: InboxActions;
  /** Calls of tools seen, and whether an answer is still due. */
  private readonly tools = new Map<string, boolean>();
  private readonly noted = new Set<string>();
  private open = false;
  private interruptedAt = 0;
  private newest = 0;
  private lastPingAt: number | undefined;
  /** While true, a greeting that could not be left out is not heard; its second answer ends that. */
  private greeting: boolean;
  private greeted = false;

  constructor(context: AgentCallContext, listener: EngineListener, actions: InboxActions) {
    this.context = context;
    this.listener = listener;
    this.actions = actions;
    this.greeting = greetsAgain(context);
  }

  get pinged(): boolean {
    return this.lastPingAt !== undefined;
  }

  receive(message: ServerMessage, at: number) {
    const { listener, actions } = this;
    switch (message.kind) {
      case 'audio':
        return this.audio(message.base64, message.eventId);
      case 'metadata':
        return this.begin(message);
      case 'ping':
        return this.ping(message, at);
      case 'interruption':
        this.interruptedAt = Math.max(this.interruptedAt, this.see(message.eventId));
        this.greeting = false;
        return listener.interrupted(this.interruptedAt);
      case 'caller-said':
        return this.callerSaid(message);
      case 'agent-said':
        return this.agentSaid(message);
      case 'correction':
        return listener.corrected(message.eventId, message.original, message.corrected);
      case 'tool-call':
        return this.callTool(message);
      case 'queue':
        // After `timed_out` the close frame follows.
        return message.status === 'timed_out' ? undefined : listener.queued(message.status === 'waiting');
      case 'error':
        this.lastError = { errorType: message.errorType, message: message.message };
        return;
      case 'tool-progress':
        return this.toolProgress(message);
      case 'mcp-call':
        if (message.state === 'awaiting_approval') actions.send(mcpRefusal(message.id));
        return listener.note('mcp-tool', { tool: message.name, state: message.state });
      case 'guardrail':
        return listener.note('guardrail', { name: message.name });
      case 'complaint':
        return listener.note('complaint', { name: message.name, code: message.code });
      case 'unknown':
        return this.passOver('unknown', message.type);
      case 'unreadable':
        return this.passOver('unreadable', message.why);
      case 'ignored':
        return;
    }
  }

  audio(base64: Buffer | string, eventId: number | null) {
    if (!this.open) return this.passOver('unreadable', 'before-metadata');
    this.established = true;
    const id = this.see(eventId);
    // Only strictly older audio is void: the answer to a message may carry the interruption's own id.
    if (id >= this.interruptedAt && !this.greeting && base64.length > 0) this.listener.audio(base64, id);
  }

  binary() {
    this.passOver('unreadable', 'binary');
  }

  /** Whether this call waits for an answer of ours, which is then its only one. */
  takeToolCall(toolCallId: string): boolean {
    const due = this.tools.get(toolCallId) === true;
    if (due) this.tools.set(toolCallId, false);
    return due;
  }

  private see(eventId: number | null): number {
    if (eventId !== null && eventId > this.newest) this.newest = eventId;
    return eventId ?? this.newest;
  }

  private passOver(problem: 'unknown' | 'unreadable', kind: string) {
    const { noted } = this;
    this.actions.notUnderstood(problem);
    if (noted.has(kind) || noted.size >= mostNotedKinds) return;
    noted.add(kind);
    this.listener.note(`${problem}-message`, { kind });
  }

  private begin({ conversationId, ...names }: MessageOf<'metadata'>) {
    const { actions, context } = this;
    if (this.open) return this.passOver('unreadable', 'metadata-again');
    const [input, output] = [audioFormatOf(names.input), audioFormatOf(names.output)];
    if (!input || !output) {
      const message = `audio formats ${names.input} and ${names.output}`.slice(0, 200);
      return actions.refuse({ kind: 'refused', reason: 'audio-format-unknown', detail: { message } });
    }
    this.open = true;
    actions.ready(conversationId, { input, output });
    if (!context.resume) return;
    const texts = resumeTexts(context.resume);
    actions.send(contextMessage(texts.context));
    actions.send(userMessage(texts.prompt));
    if (!this.greeting) return;
    actions.greetingTimer(() => {
      this.greeting = false;
    });
  }

  private ping({ eventId, latencyMs }: MessageOf<'ping'>, at: number) {
    this.actions.send(pongMessage(eventId));
    this.established = this.open;
    this.see(eventId);
    if (this.lastPingAt !== undefined) this.longestPingGapMs = Math.max(this.longestPingGapMs, at - this.lastPingAt);
    this.lastPingAt = at;
    if (latencyMs !== null) this.listener.note('ping', { latencyMs });
  }

  private callerSaid({ text, eventId, final }: MessageOf<'caller-said'>) {
    this.established = true;
    this.see(eventId);
    if (text.trim() !== '') this.listener.transcript({ role: 'caller', text, eventId }, final);
  }

  private agentSaid({ text, eventId }: MessageOf<'agent-said'>) {
    this.established = true;
    this.see(eventId);
    if (this.greeting && !this.greeted) {
      this.greeted = true;
      return;
    }
    this.greeting = false;
    if (text.trim() !== '') this.listener.transcript({ role: 'agent', text, eventId }, true);
  }

  private callTool(message: MessageOf<'tool-call'>) {
    const { tools } = this;
    const { id, name, expectsResult } = message;
    if (tools.has(id)) return this.passOver('unreadable', 'tool-call-again');
    const refusal =
      message.arguments === null
        ? 'The arguments must be an object.'
        : tools.size >= mostOpenTools
          ? 'Too many tools were called in this conversation.'
          : undefined;
    if (refusal !== undefined) {
      if (expectsResult) this.actions.send(toolResultMessage(id, refusal, true));
      return;
    }
    tools.set(id, expectsResult);
    this.listener.toolCall({ toolCallId: id, name, arguments: message.arguments ?? {}, expectsResult });
  }

  private toolProgress({ finished, data }: MessageOf<'tool-progress'>) {
    this.listener.note(finished ? 'tool-finished' : 'tool-requested', { ...data });
    const worked = data.status === null || data.status === 'success';
    const reason = endingTools.get(data.tool);
    if (finished && worked && reason) this.actions.agentEnds(reason);
  }
}
